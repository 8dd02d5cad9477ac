import { createHash } from 'node:crypto';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { documentBlocks } from '../../src/chat/document-card.ts';
import type { Document } from '../../src/core/document.ts';
import { openReader } from '../../src/main.ts';
import type { Attempt } from '../../src/store/attempts.ts';
import type { Gate, StoredDocument } from '../../src/store/gates.ts';
import type { Run } from '../../src/store/runs.ts';
import type { RecordedCall } from '../support/openai.ts';
import type { Trial } from './stage.ts';

/** What is left of a trial, for its table. */
export interface Whole {
  readonly turns: number;
  readonly requests: number;
  /** Calls whose answer was lost. */
  readonly lost: number;
}

/**
 * Every promise that a crash may have broken, on a run that has completed. `notes`: what its thread was told beside lost calls,
 * each as its first word.
 */
export async function expectWhole(trial: Trial, run: string, notes: readonly string[] = []): Promise<Whole> {
  const database = new Database(trial.database, { readonly: true });
  try {
    await expectVerified(trial);
    expectNothingLeft(database, run);
    const paid = expectPaidOnce(database, trial.calls(), run);
    await expectCards(database, trial, run, notes);
    return paid;
  } finally {
    database.close();
  }
}

async function expectVerified(trial: Trial): Promise<void> {
  const reader = await openReader(trial.config);
  const { checks, overruns } = await reader.verify.verify(reader.workspace);
  await reader.close();
  expect(checks.filter((check) => !check.ok).map((check) => `${check.name}: ${check.says}`)).toEqual([]);
  expect(overruns).toEqual([]);
}

function expectNothingLeft(database: Database.Database, run: string): void {
  const all = (sql: string) => database.prepare(sql).all();
  expect(all(`select id, status from runs`)).toEqual([{ id: run, status: 'completed' }]);
  expect(all(`select step, status, live from steps where status <> 'done' or live = 1`)).toEqual([]);
  expect(all(`select id, state from attempts where state in ('held', 'unsent')`)).toEqual([]);
  expect(all(`select message, state from outbox where state <> 'sent' or duplicate_possible = 1`)).toEqual(
    [],
  );
  // The reminder and the expiry of the gate stay until their time and find it decided then.
  expect(all(`select kind from jobs`)).toEqual([{ kind: 'gate' }, { kind: 'gate' }]);
  expect(all(`select step from waiters`)).toEqual([]);
  expect(all(`select scope from budgets where removed_at is null order by scope`)).toEqual([
    { scope: '' },
    { scope: 'crew:research' },
  ]);
}

/** Rules M6, R1: a request is repeated only where an answer was lost, and each turn has one answer that counts. */
function expectPaidOnce(database: Database.Database, calls: readonly RecordedCall[], run: string): Whole {
  const attempts = database
    .prepare('select * from attempts where run_id = ? order by held_at, id')
    .all(run) as Attempt[];
  const turns = [...Map.groupBy(attempts, (a) => `${a.step} ${a.round} ${a.turn}`).values()];
  // A turn that is asked again is asked in the same words, so each text is one turn; the crew takes them one by one.
  const requests = [...Map.groupBy(calls, (call) => JSON.stringify(call.body)).values()];
  expect(requests.length, 'different requests').toBe(turns.length);
  turns.forEach((turn, i) => {
    const asked = requests[i] ?? [];
    const lost = turn.filter((a) => a.state === 'uncertain').length;
    const [answered, ...more] = turn.filter((a) => a.state === 'settled' || a.state === 'bad-output');
    expect(more, 'a turn that was paid twice').toEqual([]);
    expect(asked.length, `requests of ${answered?.step} ${answered?.turn}`).toBeLessThanOrEqual(1 + lost);
    const { input, output, cached } = asked.at(-1)?.billed ?? {};
    expect(answered).toMatchObject({
      state: 'settled',
      input_tokens: input,
      output_tokens: output,
      cache_read_tokens: cached,
    });
  });
  const lost = attempts.filter((a) => a.state === 'uncertain').length;
  return { turns: turns.length, requests: calls.length, lost };
}

/** Rule S3: each card stands once, in the order of the run, as it should look at the end. */
async function expectCards(
  database: Database.Database,
  trial: Trial,
  run: string,
  notes: readonly string[],
): Promise<void> {
  const cards = await trial.cards(run);
  const one = <T>(sql: string) => database.prepare(sql).get(run) as T;
  const gate = one<Gate>('select * from gates where run_id = ?');
  const approved = one<StoredDocument>('select * from documents where run_id = ?');
  const lost = database
    .prepare(`select id from attempts where run_id = ? and state = 'uncertain'`)
    .all(run) as { id: string }[];
  const messages = cards.map((card) => card.dedupe.slice(run.length + 1));
  const isNote = (message: string) => message.startsWith('note:');
  expect(messages.filter((message) => !isNote(message))).toEqual([
    ...['parent', 'step:gather:1', 'step:brief:1', 'step:review:1', `gate:${gate.id}:1`],
    'delivery:publish:1',
  ]);
  // The thread says that the provider may bill both (rule M6).
  const ofCalls = lost.map(({ id }) => `note:call:${id}`);
  expect(messages).toEqual(expect.arrayContaining(ofCalls));
  const others = messages.filter((message) => isNote(message) && !ofCalls.includes(message));
  expect(others.map((message) => message.split(':')[1])).toEqual(notes);

  const card = (message: string) => cards[messages.indexOf(message)]?.card;
  expect(card('parent')).toMatchObject({ status: 'completed', tone: 'good', actions: [] });
  expect(card(`gate:${gate.id}:1`)).toMatchObject({
    title: expect.stringMatching(/ · approved$/),
    tone: 'good',
    actions: [],
  });
  expect(createHash('sha256').update(approved.body).digest('hex')).toBe(approved.sha256);
  const document = JSON.parse(approved.body) as Document;
  expect(card('delivery:publish:1')).toMatchObject({ title: document.title, body: documentBlocks(document) });
  const { thread } = one<Run>('select * from runs where id = ?');
  const parent = cards[messages.indexOf('parent')]?.address ?? '';
  expect(thread ?? parent).toBe(parent);
  for (const { place, dedupe } of cards) {
    const inChannel = /:(parent|delivery:publish:1)$/.test(dedupe);
    expect(place.thread, dedupe).toBe(inChannel ? null : parent);
  }
}
