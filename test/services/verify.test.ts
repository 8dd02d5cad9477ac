import { createHash } from 'node:crypto';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentBytes } from '../../src/core/document.ts';
import { type ModelRequest, ProviderFailure } from '../../src/providers/port.ts';
import { createBudgetAdmin } from '../../src/services/budget-admin.ts';
import { createVerify, type Verification } from '../../src/services/verify.ts';
import { db } from '../../src/store/db.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { crewOf, type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted } from '../support/scripted.ts';

const crew = crewOf(`
name: note
summary: A short note, approved, then shared.
input:
  topic: { type: text, label: Topic }
agents:
  writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - polish: { agent: writer, prompt: "Polish {{ steps.draft.text }}", output: { text: text } }
  - approve: { gate: { shows: polish.text } }
  - publish: { deliver: channel, approved: approve }
`);

let house: House;
let copies = 0;
let lost = false;

/** By the topic: the answer is lost once, costs more than it held, tells no usage, or never comes. */
function answer(request: ModelRequest, call: number): Answer {
  const asked = JSON.stringify(request.conversation);
  if (asked.includes('About lost') && !lost) {
    lost = true;
    return {
      fail: new ProviderFailure('network', 'The answer ended half-way.', { money: 'maybe' }),
      usage: null,
    };
  }
  if (asked.includes('About never')) return { hold: new Promise(() => {}) };
  const json = { text: `words ${call}` };
  if (asked.includes('About dear')) return { json, usage: { outputTokens: 600 } };
  if (asked.includes('About silent')) return { json, usage: null };
  return { json };
}
beforeAll(async () => {
  house = await openHouse({ providers: [createScripted(answer)] });
  const { services, store, clock } = house;
  const { home, ids, settings, audit, engine, runs } = services;
  const wake = (workspace: string) => runs.wake(workspace, 'budget');
  const admin = createBudgetAdmin({ store, clock, ids, settings, audit, budgets: engine.budgets, wake });
  const set = { workspace: home.workspace, actor: home.member, limitNano: 10n ** 12n };
  await admin.set({ ...set, scope: '', window: 'month' });
  await admin.set({ ...set, scope: 'crew:note', window: 'week' });
  await house.pass(1_000);
  await house.decide(await house.ask(crew, { topic: 'tea' }), 'approve');
  await house.decide(await house.ask(crew, { topic: 'milk' }), 'reject');
  for (const topic of ['waiting', 'lost', 'dear', 'silent', 'never']) {
    await house.ask(crew, { topic });
    await house.pass(60_000);
  }
});

afterAll(() => house.end());

/** The books of a copy of the database, changed past the program. */
async function verifyAfter(...sql: readonly string[]): Promise<Verification> {
  copies++;
  const file = join(house.file.file, '..', `copy-${copies}.db`);
  const raw = new Database(house.file.file);
  raw.prepare('vacuum into ?').run(file);
  raw.close();
  const copy = new Database(file);
  for (const trigger of ['entries_keep', 'entries_stay', 'audit_keep', 'audit_stay'])
    copy.exec(`drop trigger ${trigger}`);
  copy.exec('drop index attempts_held_or_paid');
  for (const statement of sql) expect(copy.prepare(statement).run().changes, statement).toBeGreaterThan(0);
  copy.close();
  const store = await openSqlite({ file, readonly: true });
  try {
    return await createVerify({ store, audit: house.services.audit }).verify(house.services.home.workspace);
  } finally {
    await store.close();
  }
}

const failing = ({ checks }: Verification) => checks.filter((c) => !c.ok).map((c) => c.name);

test('the books of runs that completed, were rejected, wait, lost an answer and cost too much are right', async () => {
  const verdict = await verifyAfter();
  expect(verdict.checks.filter((c) => !c.ok)).toEqual([]);
  expect(verdict.ok).toBe(true);
  for (const check of verdict.checks) expect(check.count, check.name).toBeGreaterThan(0);
  const states = await house.store.read((tx) =>
    db(tx).selectFrom('attempts').select('state').distinct().orderBy('state').execute(),
  );
  expect(states.map((s) => s.state)).toEqual(['held', 'settled', 'uncertain']);
});

test('a call that cost more than it held is listed as an overrun, and breaks nothing', async () => {
  const { overruns } = await verifyAfter();
  expect(overruns).toEqual([
    expect.objectContaining({
      step: 'draft',
      run: expect.stringMatching(/^run_/),
      attempt: expect.stringMatching(/^attempt_/),
    }),
  ]);
  const [overrun] = overruns;
  expect(overrun?.costNano).toBeGreaterThan(overrun?.holdNano ?? Number.NaN);
});

const settled = `select id from attempts where state = 'settled' order by id limit 1`;
const firstPeriod = 'select id from budget_periods order by id limit 1';
const undelivered = `select gate_id from documents where gate_id in (select id from gates where status = 'open') limit 1`;

describe('a changed row makes exactly its own check fail', () => {
  test.each([
    [
      'held',
      'what a budget says is held',
      [`update budget_periods set held_nano = held_nano + 1 where id = (${firstPeriod})`],
    ],
    [
      'spent',
      'what a budget says was spent',
      [`update budget_periods set spent_nano = spent_nano - 1 where id = (${firstPeriod})`],
    ],
    [
      'limits',
      'a limit below what was let through',
      [`update budget_periods set limit_nano = 1 where id = (${firstPeriod})`],
    ],
    [
      'holds',
      'a hold of a call that has ended',
      [
        `update budget_periods set held_nano = held_nano + (select nano from holds where attempt_id = (${settled}) and period_id = budget_periods.id)`,
        `update holds set live = 1 where attempt_id = (${settled})`,
      ],
    ],
    [
      'holds',
      'a call in flight that holds less than it should',
      [
        `update budget_periods set held_nano = held_nano - 1 where id = (${firstPeriod})`,
        `update holds set nano = nano - 1 where live = 1 and period_id = (${firstPeriod})`,
      ],
    ],
    [
      'charges',
      'a charge for a call that is said to be unsent',
      [`update attempts set state = 'unsent' where state = 'uncertain'`],
    ],
    [
      'charges',
      'the amount of a call whose answer was lost',
      [`update attempts set cost_nano = cost_nano - 1 where state = 'uncertain'`],
    ],
    [
      'costs',
      'the rates a call was priced by',
      [
        `update attempts set price = replace(price, '"outputPico":"', '"outputPico":"1') where id = (${settled})`,
      ],
    ],
    [
      'costs',
      'the usage of a call',
      [`update attempts set input_tokens = input_tokens + 1 where id = (${settled})`],
    ],
    [
      'rollup',
      'a sum of the rollup',
      [
        `update spend_quarters set output_tokens = output_tokens + 1 where bucket = (select min(bucket) from spend_quarters)`,
      ],
    ],
    [
      'rollup',
      'a bucket that is gone',
      [`delete from spend_quarters where bucket = (select min(bucket) from spend_quarters)`],
    ],
    [
      'caps',
      'what a run says it has used',
      [`update runs set cap_used_nano = cap_used_nano + 1 where status = 'completed'`],
    ],
    ['caps', 'a cap below what was let through', [`update runs set cap_nano = 1 where status = 'completed'`]],
    [
      'paid-once',
      'a second paid call of one turn',
      [
        `update attempts set step = 'draft' where step = 'polish' and run_id = (select id from runs where status = 'completed')`,
      ],
    ],
    [
      'documents',
      'the text of a draft',
      [`update documents set body = replace(body, 'words', 'lies') where gate_id = (${undelivered})`],
    ],
    [
      'deliveries',
      'what was sent',
      [`update outbox set payload = replace(payload, 'words', 'lies') where message like 'delivery:%'`],
    ],
    ['deliveries', 'an approval that is gone', [`delete from decisions where decision = 'approve'`]],
    [
      'deliveries',
      'another draft than the one that was delivered',
      [`update outbox set message = 'delivery:publish:2' where message like 'delivery:%'`],
    ],
    [
      'decisions',
      'a decision on a draft that never was',
      [`update decisions set draft = 9 where decision = 'reject'`],
    ],
    ['audit', 'who did something', [`update audit set actor = 'somebody' where seq = 2`]],
    ['audit', 'the newest audit row', ['delete from audit where seq = (select max(seq) from audit)']],
  ] as const)('%s: %s', async (name, _what, sql) => {
    const verdict = await verifyAfter(...sql);
    expect(failing(verdict)).toEqual([name]);
    expect(verdict.ok).toBe(false);
    expect(verdict.checks.find((c) => c.name === name)?.says).not.toBe('');
  });
});

test('a draft rewritten together with its hash is found by what was delivered', async () => {
  const body = documentBytes({ v: 1, title: 'Lies', labels: [], blocks: [], sources: [] });
  const sha256 = createHash('sha256').update(body).digest('hex');
  const approved = `gate_id in (select id from gates where status = 'approved')`;
  const verdict = await verifyAfter(
    `update documents set body = '${body}', sha256 = '${sha256}' where ${approved}`,
  );
  expect(failing(verdict)).toEqual(['deliveries']);
});
