import type { Clock } from '../../clock.ts';
import { costNano, type Rates } from '../../core/money.ts';
import type { PaidTurn } from '../../core/turns.ts';
import type { Usage } from '../../providers/port.ts';
import type { Queue } from '../../queue/port.ts';
import { type Attempt, correctAttempt, endAttempt } from '../../store/attempts.ts';
import type { Tx } from '../../store/port.ts';
import { type Budgets, type Locked, periodsOf } from '../budgets.ts';
import type { Keys } from '../keys.ts';
import type { Ledger } from '../ledger.ts';
import type { Outcome } from './call.ts';
import { answerOf } from './conversation.ts';
import type { Held } from './hold.ts';
import type { Runs } from './load.ts';
import type { RunNotes } from './notes.ts';
import { stepJob } from './step-job.ts';
import { isUnpaid, type ReplyRecord, type SaidRecord } from './turn.ts';
import { apply, type Working } from './working.ts';

export interface SettleParts {
  readonly clock: Clock;
  readonly runs: Runs;
  readonly budgets: Budgets;
  readonly ledger: Ledger;
  readonly keys: Keys;
  readonly queue: Queue;
  readonly notes: RunNotes;
}

/** What an attempt became, with its money. `nano` null: unpriced. */
interface End {
  readonly state: 'settled' | 'bad-output' | 'unsent' | 'uncertain';
  readonly nano: bigint | null;
  /** `nano` is at most: the answer or its usage was lost. */
  readonly uncertain: boolean;
  readonly failure: object | null;
}

/**
 * Books a call that has ended, whatever its run has become (rule R2), and applies what follows from it. What comes back are
 * the periods as they are now, for the next hold of the same transaction.
 */
export async function settle(
  tx: Tx,
  parts: SettleParts,
  work: Working,
  held: Held,
  outcome: Outcome,
): Promise<Locked> {
  const { attempt } = held;
  const { row } = work.loaded;
  const now = parts.clock.now();
  const scope = { workspace: row.workspace_id, channel: row.channel_id, crew: row.crew_name };
  const holds = await parts.budgets.heldOn(tx, row.workspace_id, attempt.id, held.kept);
  const locked = await parts.budgets.lock(tx, scope, now, periodsOf(holds));

  const end = endOf(held, outcome);
  const changes = {
    ...endChanges(outcome, end, now),
    overrun: isOverrun(attempt, end) ? (1 as const) : (0 as const),
  };
  if (!(await endAttempt(tx, attempt, changes))) {
    await correct(tx, parts, work, attempt, outcome, held.rates);
    return locked;
  }
  const ended: Attempt = { ...attempt, ...changes };
  work.attempts = work.attempts.map((a) => (a.id === ended.id ? ended : a));
  const after = await parts.budgets.settle(tx, row.workspace_id, attempt.id, locked, holds, end.nano ?? 0n);
  if (end.state !== 'unsent')
    await parts.ledger.charge(tx, row, ended, { nano: end.nano, uncertain: end.uncertain });
  work.capUsedNano -= BigInt(attempt.hold_nano ?? 0);
  if (end.state === 'settled' || end.state === 'bad-output') work.capUsedNano += end.nano ?? 0n;
  if (changes.overrun === 1) work.notes.push(parts.notes.overrun(tx, work, ended));

  await follow(tx, parts, work, ended, outcome);
  if (holds.length > 0) await parts.ledger.wakeWaiters(tx, row.workspace_id, parts.queue, after);
  return after;
}

/** Rule M6. */
function endOf(held: Held, outcome: Outcome): End {
  const { attempt } = held;
  const atMost = attempt.hold_nano === null ? null : BigInt(attempt.hold_nano);
  const known = outcome.usage === null ? null : priceOf(outcome.usage, held.rates);
  if (outcome.ended === 'answered') {
    const state = held.isBad(paidBy(attempt, outcome)) ? ('bad-output' as const) : ('settled' as const);
    // The answer is here and its usage is not: it is kept, for asking again would be paid again; its hold is what it cost at most.
    if (known === null || known === 'unknown') return { state, nano: atMost, uncertain: true, failure: null };
    return { state, nano: known.nano, uncertain: false, failure: null };
  }
  const { kind, message: says, retryAfterMs, status, money } = outcome.failure;
  const failure = { kind, says, retryAfterMs, status };
  if (known !== null && known !== 'unknown')
    return { state: 'bad-output', nano: known.nano, uncertain: false, failure };
  if (money === 'none') return { state: 'unsent', nano: 0n, uncertain: false, failure };
  return { state: 'uncertain', nano: atMost, uncertain: true, failure };
}

function priceOf(usage: Usage, rates: Rates | null): { nano: bigint | null } | 'unknown' {
  if (usage.inputTokens === null || usage.outputTokens === null) return 'unknown';
  if (rates === null) return { nano: null };
  const nano = costNano(usage, rates);
  return nano === null ? 'unknown' : { nano };
}

function paidBy(attempt: Attempt, outcome: Extract<Outcome, { ended: 'answered' }>): PaidTurn {
  const said = JSON.parse(attempt.said) as SaidRecord;
  return {
    turn: attempt.turn,
    kind: said.kind === 'search' ? 'final' : said.kind,
    repair: attempt.purpose === 'repair',
    finish: outcome.finish,
    ...answerOf(outcome.items),
  };
}

const replyRecord = ({ items, raw, found }: Extract<Outcome, { ended: 'answered' }>): ReplyRecord => ({
  v: 1,
  items,
  raw,
  ...(found.length > 0 ? { found } : {}),
});

const isOverrun = (attempt: Attempt, end: End) =>
  end.nano !== null && attempt.hold_nano !== null && end.nano > BigInt(attempt.hold_nano);

function endChanges(outcome: Outcome, end: End, now: number) {
  const usage = outcome.usage;
  const reply: ReplyRecord | null = outcome.ended === 'answered' ? replyRecord(outcome) : null;
  return {
    state: end.state,
    reply: reply === null ? null : JSON.stringify(reply),
    finish: outcome.ended === 'answered' ? outcome.finish : null,
    failure: end.failure === null ? null : JSON.stringify(end.failure),
    input_tokens: usage?.inputTokens ?? null,
    output_tokens: usage?.outputTokens ?? null,
    cache_read_tokens: usage?.cacheReadTokens ?? null,
    cache_write_tokens: usage?.cacheWriteTokens ?? null,
    reasoning_tokens: usage?.reasoningTokens ?? null,
    searches: usage?.searches ?? null,
    cost_nano: end.nano === null ? null : Number(end.nano),
    ended_at: now,
  };
}

/** Rule M5: an attempt that lapsed meanwhile is not revived; only what is now known of its cost is written. */
async function correct(
  tx: Tx,
  parts: SettleParts,
  work: Working,
  attempt: Attempt,
  outcome: Outcome,
  rates: Rates | null,
): Promise<void> {
  const price = outcome.usage === null ? 'unknown' : priceOf(outcome.usage, rates);
  const none = outcome.ended === 'failed' && outcome.failure.money === 'none';
  const nano = none ? 0n : price === 'unknown' ? null : price.nano;
  if (nano === null) return;
  const {
    reply: _,
    state: __,
    failure: ___,
    ended_at: ____,
    ...usage
  } = endChanges(outcome, { state: 'uncertain', nano, uncertain: false, failure: null }, parts.clock.now());
  await correctAttempt(tx, attempt, usage);
  work.attempts = work.attempts.map((a) => (a.id === attempt.id ? { ...a, ...usage } : a));
  await parts.ledger.correct(tx, work.loaded.row, { ...attempt, ...usage }, nano);
}

/** What the run does next. The worker works it out from what is stored; here only the marks of the step change. */
async function follow(
  tx: Tx,
  parts: SettleParts,
  work: Working,
  attempt: Attempt,
  outcome: Outcome,
): Promise<void> {
  const { workspace_id: workspace } = work.loaded.row;
  const version = attempt.key_version_id;
  if (outcome.ended === 'answered' && version !== null) {
    await parts.keys.markWorked(tx, workspace, { versionId: version });
  }
  apply(parts.runs, work, { type: 'turned', step: attempt.step });
  if (outcome.ended === 'failed') {
    if (outcome.failure.kind === 'key-rejected' && version !== null) {
      const status = outcome.failure.status ?? 401;
      work.last.push(() => parts.keys.markRejected(tx, workspace, { versionId: version, status }));
    }
    // A step that goes on tells it with what follows: asked again when, of whom.
    const goesOn =
      isUnpaid(attempt) && work.state.steps.some((s) => s.id === attempt.step && s.status === 'running');
    const stopped = outcome.failure.kind === 'aborted' && work.state.status === 'canceled';
    if (!goesOn && !stopped) work.notes.push(parts.notes.callFailed(attempt, outcome.failure.message, ''));
  }
  for (const { id, waitingFor } of work.state.steps) {
    // It may wait for what this call has held of the run's cap.
    if (waitingFor === 'budget') await parts.queue.enqueue(tx, stepJob(work, id, parts.clock.now()));
  }
}
