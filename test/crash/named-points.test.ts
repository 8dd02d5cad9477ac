import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectWhole } from './check.ts';
import type { Ending } from './child.ts';
import { type Outcome, openStage, type Stage, type Trial } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.end());

const slow = { timeout: 60_000 };

function endingOf(outcome: Outcome): Ending {
  if ('ended' in outcome) return outcome.ended;
  throw new Error(`it died: ${outcome.died.name}`);
}

const diedAt = (outcome: Outcome) => ('died' in outcome ? outcome.died.name : null);

function rows(trial: Trial, sql: string): unknown[] {
  const database = new Database(trial.database, { readonly: true });
  try {
    return database.prepare(sql).all();
  } finally {
    database.close();
  }
}

const decisions = (trial: Trial) =>
  rows(trial, 'select g.status, d.decision from gates g left join decisions d on d.gate_id = g.id');
const keysUsed = (trial: Trial) => trial.calls().map((call) => call.key);

/** Title and number of buttons of each card in the gate's wake, as people see them now. */
async function gateAndDelivery(trial: Trial) {
  const [{ id }] = rows(trial, 'select id from runs') as [{ id: string }];
  const cards = await trial.cards(id);
  const of = (kind: string) => cards.filter((card) => card.dedupe.startsWith(`${id}:${kind}:`));
  return { buttons: of('gate').map(({ card }) => card.actions.length), deliveries: of('delivery').length };
}

test('killed before its decision is committed, a gate waits on and is decided once', slow, async () => {
  const trial = await stage.trial();
  expect(diedAt(await trial.go({ die: 'decide commit before' }))).toBe('decide commit before');
  expect(decisions(trial)).toEqual([{ status: 'open', decision: null }]);

  const { run, status } = endingOf(await trial.go());
  expect(status).toBe('completed');
  expect(decisions(trial)).toEqual([{ status: 'approved', decision: 'approve' }]);
  await expectWhole(trial, run);
  await trial.end();
});

test('killed between a decision and its cards, the decision is kept and the cards follow', slow, async () => {
  const trial = await stage.trial();
  expect(diedAt(await trial.go({ patient: true, die: 'decide commit after' }))).toBe('decide commit after');
  expect(decisions(trial)).toEqual([{ status: 'approved', decision: 'approve' }]);
  expect(await gateAndDelivery(trial)).toEqual({ buttons: [4], deliveries: 0 });

  const { run, status } = endingOf(await trial.go());
  expect(status).toBe('completed');
  expect(await gateAndDelivery(trial)).toEqual({ buttons: [0], deliveries: 1 });
  await expectWhole(trial, run);
  await trial.end();
});

test('killed before a revocation is committed, the key works on', slow, async () => {
  const trial = await stage.trial();
  const meanwhile = { revoke: true } as const;
  expect(diedAt(await trial.go({ meanwhile, die: 'revoke commit before' }))).toBe('revoke commit before');

  const { run, status } = endingOf(await trial.go());
  expect(status).toBe('completed');
  await expectWhole(trial, run);
  await trial.end();
});

test.each([
  ['killed as soon as a revocation is committed', 'revoke commit after'],
  ['left with a revocation', null],
])('%s, no call uses the key again, and a new one takes the run to its end', slow, async (_, die) => {
  const trial = await stage.trial();
  const left = await trial.go({ meanwhile: { revoke: true }, die });
  expect(diedAt(left)).toBe(die);
  const before = keysUsed(trial);
  expect(before.length).toBe(2);

  // Its variable still holds the key that was revoked (rule K3).
  const waiting = endingOf(await trial.go());
  expect(waiting).toMatchObject({ status: 'waiting', waitingFor: 'key' });
  expect(waiting.said).toContainEqual(expect.stringMatching(/revoked or replaced here: it is not used/));
  expect(keysUsed(trial)).toEqual(before);

  const add = trial.newKey();
  const { run, status } = endingOf(await trial.go({ add }));
  expect(status).toBe('completed');
  expect(new Set(keysUsed(trial).slice(2))).toEqual(new Set([add]));
  await expectWhole(trial, run, ['key']);
  await trial.end();
});

test.each([
  ['killed before a rotation is committed, runs go on with the key before', 'rotate commit before', 'old'],
  ['killed as soon as a rotation is committed, runs go on with the new key', 'rotate commit after', 'new'],
  ['rotated during a call, that call ends on the key before and the next ones use the new one', null, 'new'],
])('%s', slow, async (_, die, used) => {
  const trial = await stage.trial();
  const rotate = trial.newKey();
  const first = await trial.go({ meanwhile: { rotate }, die });
  expect(diedAt(first)).toBe(die);
  const [old, second] = keysUsed(trial);
  expect(second).toBe(old);

  const { run, status } = endingOf('died' in first ? await trial.go() : first);
  expect(status).toBe('completed');
  expect(new Set(keysUsed(trial).slice(2))).toEqual(new Set([used === 'new' ? rotate : old]));
  const { lost } = await expectWhole(trial, run);
  expect(lost).toBe(die === null ? 0 : 1);
  await trial.end();
});
