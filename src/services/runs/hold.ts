import type { Clock } from '../../clock.ts';
import { type Rates, worstNano } from '../../core/money.ts';
import type { Failure, StepState } from '../../core/run.ts';
import { Secret } from '../../core/secret.ts';
import { shapeToJsonSchema } from '../../core/shape-schema.ts';
import { isBadOutput, type PaidTurn, type ToolCall } from '../../core/turns.ts';
import { CrewsmithError } from '../../errors.ts';
import type { ModelRequest, OpenKey, ProviderName } from '../../providers/port.ts';
import type { Prices } from '../../providers/prices-when-needed.ts';
import type { Queue } from '../../queue/port.ts';
import { type Attempt, claimTurn } from '../../store/attempts.ts';
import { removeWaiter } from '../../store/budgets.ts';
import type { Tx } from '../../store/port.ts';
import { insertSources } from '../../store/runs.ts';
import type { Tool } from '../../tools/port.ts';
import type { Aliases, AliasQuery, LiveEntry } from '../aliases.ts';
import type { Budgets, Kept, Locked } from '../budgets.ts';
import type { Ids } from '../ids.ts';
import type { Keys } from '../keys.ts';
import { attemptRow } from './attempt-row.ts';
import { choose, told, wait } from './choose.ts';
import { bytesOf, newBytes } from './conversation.ts';
import { fits, type Look } from './fit.ts';
import type { InFlight } from './in-flight.ts';
import { type Loaded, promptStep, type Runs } from './load.ts';
import type { RunNotes } from './notes.ts';
import { hasKnownFee } from './search.ts';
import { judgeOf, situationOf } from './situation.ts';
import { type Gathered, isUnpaid, planTurn, request, type Situation, type Turn } from './turn.ts';
import { apply, type Working } from './working.ts';

/** A call that may be made now: its hold is taken. */
export interface Held {
  readonly attempt: Attempt;
  readonly kept: Kept;
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
  readonly prices: Prices;
  readonly queue: Queue;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly notes: RunNotes;
  readonly keys: Keys;
  readonly inFlight: InFlight;
}

/** How a worker came to a step. */
export interface Coming {
  /** What tools gave since the last paid turn; null: not run yet. */
  readonly gathered: readonly Gathered[] | null;
  /** The periods, where the caller has locked them already. */
  readonly locked: Locked | null;
  readonly look: Look | null;
}

export const afresh: Coming = { gathered: null, locked: null, look: null };

/** Works out the step's next call and takes its hold, in the caller's transaction (rules M4, R1). */
export async function holdTurn(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  step: string,
  coming: Coming,
): Promise<Holding> {
  const state = work.state.steps.find((s) => s.id === step);
  const active =
    work.state.status === 'running' || work.state.status === 'waiting' || work.state.status === 'queued';
  const due =
    state?.kind === 'prompt' && !state.live && (state.status === 'running' || state.status === 'waiting');
  if (!active || !due || work.state.steps.some((s) => s.status === 'failed')) return { got: 'nothing' };

  const loaded = { ...work.loaded, state: work.state, attempts: work.attempts, sources: work.sources };
  const asking = askedOf(loaded, step);
  const able = asking.maySearch ? await searchingEntries(tx, parts, asking) : [];
  const found = orFailure(() => situationOf(parts.runs, parts.tools, loaded, state, able.length > 0));
  if ('failure' in found) {
    apply(parts.runs, work, { type: 'failed', step, failure: found.failure });
    return { got: 'nothing' };
  }
  const { situation, attempts } = found;
  const declined = new Map<string, string>();
  let plan = planTurn(situation, coming.gathered, declined);
  while (plan.need === 'call' && plan.turn.kind === 'search') {
    const { turn } = plan;
    const searching = await holdSearch(tx, parts, work, { found, asking, able, turn, state, coming });
    if ('holding' in searching) return searching.holding;
    declined.set(turn.call ?? '', searching.declined);
    plan = planTurn(situation, coming.gathered, declined);
  }
  if (plan.need === 'tools') return { got: 'tools', calls: plan.calls };
  if (plan.need === 'nothing') {
    apply(parts.runs, work, { type: 'held', step });
    apply(parts.runs, work, { type: 'done', step, output: plan.output });
    return { got: 'nothing' };
  }
  if (plan.need === 'failure') {
    apply(parts.runs, work, { type: 'failed', step, failure: plan.failure });
    return { got: 'nothing' };
  }

  const entries = await parts.aliases.liveEntries(tx, asking);
  const now = parts.clock.now();
  const { choice, entry } = choose(entries, situation, plan.turn.turn, now);
  if (state.status === 'running') {
    work.notes.push(...told(parts.notes, situation, plan.turn.turn, choice, entry, now));
  }
  if (choice.do !== 'call' || entry === null) {
    await wait(tx, parts, work, { step, choice, place: asking, attempts: attempts.length });
    return { got: 'nothing' };
  }
  const { alias } = asking;
  const claimed = { stepId: step, round: state.round, situation, turn: plan.turn, attempts, alias, entry };
  return await claim(tx, parts, work, claimed, coming);
}

/** Whom a step may ask, and whether that may be for a search. */
interface Asking extends AliasQuery {
  readonly maySearch: boolean;
}

function askedOf(loaded: Loaded, id: string): Asking {
  const { row, crew } = loaded;
  const step = promptStep(crew, id);
  const agent = crew.agents[step.agent];
  return {
    workspace: row.workspace_id,
    alias: agent?.model ?? '',
    channel: row.channel_id,
    crew: row.crew_name,
    environment: row.environment,
    sandboxRun: row.sandbox === 1,
    maySearch: step.limits.searches > 0 && (agent?.tools.includes('web.search') ?? false),
  };
}

/** The entries that have a search of their own, at a fee that is known. */
async function searchingEntries(tx: Tx, parts: HoldParts, asking: Asking): Promise<readonly LiveEntry[]> {
  const able: LiveEntry[] = [];
  for (const entry of await parts.aliases.liveEntries(tx, asking)) {
    if (!parts.aliases.searches(entry.provider)) continue;
    if (hasKnownFee(await parts.prices.rates(entry.provider, entry.model, parts.clock.now())))
      able.push(entry);
  }
  return able;
}

/**
 * Takes the hold of a search. One that nobody makes, or that a provider refuses for good, is declined: the model is told so, and
 * the step goes on without it.
 */
async function holdSearch(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  s: {
    readonly found: { readonly situation: Situation; readonly attempts: readonly Attempt[] };
    readonly asking: Asking;
    readonly able: readonly LiveEntry[];
    readonly turn: Turn;
    readonly state: StepState;
    readonly coming: Coming;
  },
): Promise<{ readonly holding: Holding } | { readonly declined: string }> {
  const { turn, state, asking } = s;
  const { attempts } = s.found;
  // Its own calls that were not paid count, not those of the conversation.
  const situation = { ...s.found.situation, unpaid: s.found.situation.searches.filter(isUnpaid) };
  const now = parts.clock.now();
  const { choice, entry } = choose(s.able, situation, turn.turn, now);
  if (state.status === 'running') {
    work.notes.push(...told(parts.notes, situation, turn.turn, choice, entry, now));
  }
  if (choice.do === 'fail') return { declined: `The search failed: ${choice.failure.says}` };
  if (choice.do === 'wait-for-key') return { declined: 'Nobody can search for this step now.' };
  const { alias } = asking;
  if (choice.do === 'wait' || entry === null) {
    await wait(tx, parts, work, { step: state.id, choice, place: asking, attempts: attempts.length });
    return { holding: { got: 'nothing' } };
  }
  const claimed = { stepId: state.id, round: state.round, situation, turn, attempts, alias, entry };
  return { holding: await claim(tx, parts, work, claimed, s.coming) };
}

/** A prompt that cannot be rendered is a mistake of the crew: the step fails with its sentence. */
function orFailure<T extends object>(make: () => T): T | { readonly failure: Failure } {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof CrewsmithError) || error.code !== 'template.failed') throw error;
    return { failure: { code: error.code, says: error.message, reason: 'crew' } };
  }
}

export interface Claim {
  readonly stepId: string;
  readonly round: number;
  readonly situation: Situation;
  readonly turn: Turn;
  readonly attempts: readonly Attempt[];
  readonly alias: string;
  readonly entry: LiveEntry;
}

async function claim(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  c: Claim,
  { locked: before, look }: Coming,
): Promise<Holding> {
  const { row } = work.loaded;
  const scope = { workspace: row.workspace_id, channel: row.channel_id, crew: row.crew_name };
  const locked = before ?? (await parts.budgets.lock(tx, scope, parts.clock.now(), []));
  // The time of the hold fixes its periods (rule M8): they must be those that were locked.
  const now = locked.at;
  const rates = await parts.prices.rates(c.entry.provider, c.entry.model, now);
  const inputBound = Math.min(inputBoundOf(c), rates?.contextWindow ?? Number.MAX_SAFE_INTEGER);
  const outputBound = c.situation.step.limits.outputTokens;
  const fee = c.turn.kind === 'search' ? (rates?.searchNano ?? 0n) : 0n;
  const nano = rates === null ? null : worstNano(inputBound, outputBound, rates) + fee;

  if (nano !== null && work.capUsedNano + nano > work.capNano) {
    // What its own calls in flight hold comes back when they end: their settle wakes this step.
    if (!work.state.steps.some((s) => s.live)) work.notes.push(parts.notes.capReached(work, c.stepId, nano));
    apply(parts.runs, work, { type: 'blocked', step: c.stepId, for: 'budget' });
    await removeWaiter(tx, row.workspace_id, row.id, c.stepId);
    return { got: 'nothing' };
  }
  const wanted = { step: c.stepId, model: c.entry.model, nano };
  if (!(await fits(tx, parts, work, wanted, locked, look))) return { got: 'nothing' };

  const attempt = attemptRow(parts, work, c, { now, nano, inputBound, outputBound, rates });
  if (!(await claimTurn(tx, attempt))) return { got: 'nothing' };
  const kept = await parts.budgets.hold(tx, row.workspace_id, attempt.id, locked, nano ?? 0n);
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
  const judge = judgeOf(work.loaded.compiled, step, [...sources, ...c.turn.newSources], tools.length > 0);
  const shape = step.output;
  const output = shape === null ? null : { name: c.stepId, schema: shapeToJsonSchema(shape) };
  return {
    got: 'call',
    held: {
      attempt,
      kept,
      request: request(c.situation, c.turn, c.entry.model, output),
      provider: c.entry.provider,
      keyVersion: c.entry.key?.versionId ?? null,
      key: c.entry.key === null ? noKey : await parts.keys.open(tx, row.workspace_id, c.entry.key.versionId),
      timeMs: step.limits.timeMs,
      rates,
      isBad: (paid) => c.turn.kind !== 'search' && isBadOutput(step, paid, judge),
      controller,
    },
  };
}

const noKey: OpenKey = { secret: new Secret(''), baseUrl: null };

/** Rule M4: what this model has been sent already counts at its reported usage, new text at one token a byte. */
function inputBoundOf(c: Claim): number {
  // How much a search reads is known only afterwards.
  if (c.turn.kind === 'search') return c.situation.step.limits.inputTokens;
  const all = bytesOf(c.situation, c.turn);
  const last = c.situation.paid.at(-1);
  if (last?.provider !== c.entry.provider || last.model !== c.entry.model) return all;
  if (last.input_tokens === null || last.output_tokens === null) return all;
  // The last turn of a step adds the schema of the output, which the turns before did not carry.
  const schema = c.turn.kind === 'final' ? 256 + 3 * JSON.stringify(c.situation.step.output ?? '').length : 0;
  return Math.min(all, last.input_tokens + last.output_tokens + newBytes(c.turn) + schema);
}
