import type { Clock } from '../../clock.ts';
import { type Choice, chooseEntry, type Try } from '../../core/failures.ts';
import { type Rates, worstNano } from '../../core/money.ts';
import { Secret } from '../../core/secret.ts';
import { shapeToJsonSchema } from '../../core/shape-schema.ts';
import { isBadOutput, type PaidTurn, type ToolCall } from '../../core/turns.ts';
import { CrewsmithError } from '../../errors.ts';
import type { ModelRequest, OpenKey, ProviderName } from '../../providers/port.ts';
import type { PriceTable } from '../../providers/prices.ts';
import type { Queue } from '../../queue/port.ts';
import { type Attempt, claimTurn } from '../../store/attempts.ts';
import { putWaiter, removeWaiter, waitersOf } from '../../store/budgets.ts';
import type { Tx } from '../../store/port.ts';
import { insertSources } from '../../store/runs.ts';
import type { Tool } from '../../tools/port.ts';
import type { Aliases, LiveEntry } from '../aliases.ts';
import type { Budgets, Locked } from '../budgets.ts';
import type { Ids } from '../ids.ts';
import type { Keys } from '../keys.ts';
import type { InFlight } from './in-flight.ts';
import type { Runs } from './load.ts';
import type { RunNotes } from './notes.ts';
import { judgeOf, situationOf } from './situation.ts';
import {
  bytesOf,
  type Gathered,
  newBytes,
  planTurn,
  request,
  type SaidRecord,
  type Situation,
  type Turn,
} from './turn.ts';
import { apply, type Working } from './working.ts';

/** A call that may be made now: its hold is taken. */
export interface Held {
  readonly attempt: Attempt;
  readonly request: ModelRequest;
  readonly provider: ProviderName;
  readonly keyVersion: string | null;
  readonly key: OpenKey;
  readonly timeMs: number;
  readonly rates: Rates | null;
  /** Whether the reply to this turn could not be used. */
  readonly isBad: (paid: PaidTurn) => boolean;
  /** Known to stop and to the cut from the commit on. */
  readonly controller: AbortController;
}

export type Holding =
  | { readonly got: 'call'; readonly held: Held }
  | { readonly got: 'read'; readonly address: string }
  | { readonly got: 'tools'; readonly calls: readonly ToolCall[] }
  /** The step waits, ended, or is another worker's; what follows is in the effects. */
  | { readonly got: 'nothing' };

export interface HoldParts {
  readonly clock: Clock;
  readonly ids: Ids;
  readonly owner: string;
  readonly runs: Runs;
  readonly budgets: Budgets;
  readonly aliases: Aliases;
  readonly prices: PriceTable;
  readonly queue: Queue;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly notes: RunNotes;
  readonly keys: Keys;
  readonly inFlight: InFlight;
}

/** Only others' holds are in the way: look again after this (rule M9). */
const lookAgainMs = 1000;
/** A later call may pass an earlier waiter for so long. */
const passMs = 60_000;

/**
 * Works out the step's next call and takes its hold, in the caller's transaction (rules M4, R1). `locked`: the periods, where
 * the caller has locked them already.
 */
export async function holdTurn(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  stepId: string,
  gathered: readonly Gathered[] | null,
  locked: Locked | null,
): Promise<Holding> {
  const state = work.state.steps.find((s) => s.id === stepId);
  const active =
    work.state.status === 'running' || work.state.status === 'waiting' || work.state.status === 'queued';
  const due =
    state?.kind === 'prompt' && !state.live && (state.status === 'running' || state.status === 'waiting');
  if (!active || !due || work.state.steps.some((s) => s.status === 'failed')) return { got: 'nothing' };

  const loaded = { ...work.loaded, state: work.state, attempts: work.attempts, sources: work.sources };
  const { situation, attempts } = situationOf(parts.runs, parts.tools, loaded, state);
  const plan = planTurn(situation, gathered);
  if (plan.need === 'read') return { got: 'read', address: plan.address };
  if (plan.need === 'tools') return { got: 'tools', calls: plan.calls };
  if (plan.need !== 'call') {
    if (plan.need === 'nothing') apply(parts.runs, work, { type: 'held', step: stepId });
    apply(
      parts.runs,
      work,
      plan.need === 'nothing'
        ? { type: 'done', step: stepId, output: plan.output }
        : { type: 'failed', step: stepId, failure: plan.failure },
    );
    return { got: 'nothing' };
  }

  const alias = work.loaded.crew.agents[situation.step.agent]?.model ?? '';
  const { row } = work.loaded;
  const entries = await parts.aliases.liveEntries(tx, {
    workspace: row.workspace_id,
    alias,
    channel: row.channel_id,
    crew: row.crew_name,
    environment: row.environment,
    sandboxRun: row.sandbox === 1,
  });
  const choice = choose(entries, attempts, plan.turn.turn, situation, parts.clock.now());
  if (choice.do !== 'call') {
    await wait(tx, parts, work, stepId, choice, alias);
    return { got: 'nothing' };
  }
  const entry = entries.find((e) => nameOf(e) === choice.entry);
  if (entry === undefined)
    throw new CrewsmithError('internal.impossible', { what: 'an entry that is not listed was chosen' });
  return await claim(tx, parts, work, {
    stepId,
    round: state.round,
    situation,
    turn: plan.turn,
    attempts,
    alias,
    entry,
    locked,
  });
}

interface Claim {
  readonly stepId: string;
  readonly round: number;
  readonly situation: Situation;
  readonly turn: Turn;
  readonly attempts: readonly Attempt[];
  readonly alias: string;
  readonly entry: LiveEntry;
  readonly locked: Locked | null;
}

async function claim(tx: Tx, parts: HoldParts, work: Working, c: Claim): Promise<Holding> {
  const { row } = work.loaded;
  const now = parts.clock.now();
  const rates = parts.prices.rates(c.entry.provider, c.entry.model, now);
  const inputBound = Math.min(inputBoundOf(c), rates?.contextWindow ?? Number.MAX_SAFE_INTEGER);
  const outputBound = c.situation.step.limits.outputTokens;
  const nano = rates === null ? null : worstNano(inputBound, outputBound, rates);

  if (nano !== null && work.capUsedNano + nano > work.capNano) {
    work.notes.push(parts.notes.capReached(work, c.stepId, nano));
    apply(parts.runs, work, { type: 'blocked', step: c.stepId, for: 'budget' });
    return { got: 'nothing' };
  }
  const scope = { workspace: row.workspace_id, channel: row.channel_id, crew: row.crew_name };
  const locked = c.locked ?? (await parts.budgets.lock(tx, scope, now, []));
  if (!(await fits(tx, parts, work, c, locked, nano, now))) return { got: 'nothing' };

  const attempt = attemptRow(parts, work, c, { now, nano, inputBound, outputBound, rates });
  if (!(await claimTurn(tx, attempt))) return { got: 'nothing' };
  if (locked.current.length > 0) {
    await parts.budgets.hold(tx, row.workspace_id, attempt.id, locked, nano ?? 0n);
    await removeWaiter(tx, row.workspace_id, row.id, c.stepId);
  }
  await insertSources(
    tx,
    c.turn.newSources.map((s) => ({ workspace_id: row.workspace_id, run_id: row.id, ...s, read_at: now })),
  );
  work.attempts = [...work.attempts, attempt];
  work.sources = [...work.sources, ...c.turn.newSources];
  work.capUsedNano += nano ?? 0n;
  apply(parts.runs, work, { type: 'held', step: c.stepId });
  const controller = new AbortController();
  tx.onCommit(() => parts.inFlight.enter(row.id, controller));
  const { step, sources, tools } = c.situation;
  const judge = judgeOf(step, [...sources, ...c.turn.newSources], tools.length > 0);
  const shape = step.output;
  const output = shape === null ? null : { name: c.stepId, schema: shapeToJsonSchema(shape) };
  return {
    got: 'call',
    held: {
      attempt,
      request: request(c.situation, c.turn, c.entry.model, output),
      provider: c.entry.provider,
      keyVersion: c.entry.key?.versionId ?? null,
      key: c.entry.key === null ? noKey : await parts.keys.open(tx, row.workspace_id, c.entry.key.versionId),
      timeMs: step.limits.timeMs,
      rates,
      isBad: (paid) => isBadOutput(step, paid, judge),
      controller,
    },
  };
}

const noKey: OpenKey = { secret: new Secret(''), baseUrl: null };

/** Rule M4: what this model has been sent already counts at its reported usage, new text at one token a byte. */
function inputBoundOf(c: Claim): number {
  const all = bytesOf(c.situation, c.turn);
  const last = c.situation.paid.at(-1);
  if (last?.provider !== c.entry.provider || last.model !== c.entry.model) return all;
  if (last.input_tokens === null || last.output_tokens === null) return all;
  // The last turn of a step adds the schema of the output, which the turns before did not carry.
  const schema = c.turn.kind === 'final' ? 256 + 3 * JSON.stringify(c.situation.step.output ?? '').length : 0;
  return Math.min(all, last.input_tokens + last.output_tokens + newBytes(c.turn) + schema);
}

async function fits(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  c: Claim,
  locked: Locked,
  nano: bigint | null,
  now: number,
): Promise<boolean> {
  if (locked.current.length === 0) return true;
  const { row } = work.loaded;
  const fit = parts.budgets.fit(locked, nano ?? 0n);
  const waiters = await waitersOf(tx, row.workspace_id);
  const own = waiters.find((w) => w.run_id === row.id && w.step === c.stepId);
  const shares = (ids: string) =>
    (JSON.parse(ids) as string[]).some((id) => locked.current.some((p) => p.id === id));
  const earlier = waiters.some(
    (w) =>
      w !== own &&
      w.blocked === 0 &&
      w.since < now - passMs &&
      w.since <= (own?.since ?? now) &&
      shares(w.period_ids),
  );
  if (fit.fits && nano !== null && !earlier) return true;
  const blocked = nano === null || (!fit.fits && fit.because === 'limit');
  await putWaiter(tx, {
    workspace_id: row.workspace_id,
    run_id: row.id,
    step: c.stepId,
    item: '',
    need_nano: Number(nano ?? 0n),
    blocked: blocked ? 1 : 0,
    since: own?.since ?? now,
    period_ids: JSON.stringify(locked.current.map((p) => p.id)),
    carded: blocked || (own !== undefined && now - own.since >= passMs) ? 1 : (own?.carded ?? 0),
  });
  if (nano === null) work.notes.push(parts.notes.unpriced(work, c.stepId, c.entry.model));
  else if (!fit.fits && fit.because === 'limit') {
    const period = locked.current.find((p) => p.id === fit.period.id);
    if (period) work.notes.push(await parts.notes.budgetReached(tx, work, c.stepId, nano, period));
  } else if (own?.carded === 0 && now - own.since >= passMs)
    work.notes.push(parts.notes.waitsForHolds(work, c.stepId, nano));
  apply(parts.runs, work, { type: 'blocked', step: c.stepId, for: 'budget' });
  if (!blocked) await parts.queue.enqueue(tx, stepJob(work, c.stepId, now + lookAgainMs));
  return false;
}

export const stepJob = (work: Working, step: string, dueAt: number) => ({
  workspace: work.loaded.row.workspace_id,
  kind: 'step' as const,
  run: work.loaded.row.id,
  payload: { step },
  dueAt,
});

export const nameOf = (entry: LiveEntry) => `${entry.provider}/${entry.model}/${entry.key?.label ?? ''}`;

function choose(
  entries: readonly LiveEntry[],
  attempts: readonly Attempt[],
  turn: number,
  situation: Situation,
  now: number,
): Choice {
  const tries = attempts.flatMap((attempt): Try[] => {
    if (attempt.turn !== turn || (attempt.state !== 'unsent' && attempt.state !== 'uncertain')) return [];
    const failure = JSON.parse(attempt.failure ?? '{}') as Partial<Try>;
    return [
      {
        entry: `${attempt.provider}/${attempt.model}/${attempt.key_label}`,
        state: attempt.state,
        kind: failure.kind ?? 'lost',
        says: failure.says ?? 'The answer was lost.',
        retryAfterMs: failure.retryAfterMs ?? null,
        endedAt: attempt.ended_at ?? attempt.held_at,
      },
    ];
  });
  const last = situation.paid.at(-1);
  const preferred = last === undefined ? null : `${last.provider}/${last.model}/${last.key_label}`;
  return chooseEntry(entries.map(nameOf), preferred, tries, situation.step.limits.timeMs, now);
}

async function wait(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  step: string,
  choice: Exclude<Choice, { do: 'call' }>,
  alias: string,
): Promise<void> {
  if (choice.do === 'fail') {
    apply(parts.runs, work, { type: 'failed', step, failure: choice.failure });
  } else if (choice.do === 'wait-for-key') {
    work.notes.push(parts.notes.noKey(work, step, alias));
    apply(parts.runs, work, { type: 'blocked', step, for: 'key' });
  } else {
    apply(parts.runs, work, { type: 'blocked', step, for: choice.for });
    await parts.queue.enqueue(tx, stepJob(work, step, choice.until));
  }
}

function attemptRow(
  parts: HoldParts,
  work: Working,
  c: Claim,
  m: { now: number; nano: bigint | null; inputBound: number; outputBound: number; rates: Rates | null },
): Attempt {
  const { row } = work.loaded;
  const said: SaidRecord = { v: 1, kind: c.turn.kind, items: c.turn.said };
  return {
    id: parts.ids.next('attempt'),
    workspace_id: row.workspace_id,
    run_id: row.id,
    step: c.stepId,
    item: '',
    round: c.round,
    turn: c.turn.turn,
    purpose: c.turn.repair ? 'repair' : 'turn',
    owner: parts.owner,
    state: 'held',
    provider: c.entry.provider,
    model: c.entry.model,
    alias: c.alias,
    key_id: c.entry.key?.keyId ?? null,
    key_version_id: c.entry.key?.versionId ?? null,
    key_label: c.entry.key?.label ?? '',
    environment: c.entry.key?.environment ?? row.environment,
    hold_nano: m.nano === null ? null : Number(m.nano),
    input_bound: m.inputBound,
    output_bound: m.outputBound,
    price: m.rates === null ? null : priceText(m.rates),
    said: JSON.stringify(said),
    reply: null,
    finish: null,
    failure: null,
    input_tokens: null,
    output_tokens: null,
    cache_read_tokens: null,
    cache_write_tokens: null,
    reasoning_tokens: null,
    searches: null,
    cost_nano: null,
    overrun: 0,
    held_at: m.now,
    ended_at: null,
  };
}

const priceText = (rates: Rates) =>
  JSON.stringify(rates, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value));
