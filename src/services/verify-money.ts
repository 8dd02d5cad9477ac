import { costNano, type Rates, type TierRates } from '../core/money.ts';
import { spentIn } from '../store/budgets.ts';
import type { Tx } from '../store/port.ts';
import type { SpendQuarterRow } from '../store/schema.ts';
import { allQuarters, quartersOfEntries } from '../store/spend.ts';
import {
  attemptsAfter,
  attemptsInPeriod,
  type CheckedAttempt,
  type CheckedEntry,
  type CheckedPeriod,
  entriesOfAttempts,
  liveHoldsToCheck,
  periodsToCheck,
  runsToCheck,
  spentByHolds,
  turnsPaidTwice,
} from '../store/verify.ts';
import { type Check, checked, paged } from './verify-check.ts';

/** A call that cost more than it was allowed: the only way past a limit (rule M7). */
export interface Overrun {
  readonly attempt: string;
  readonly run: string;
  readonly step: string;
  readonly holdNano: number;
  readonly costNano: number;
}

/** Holds, budgets, the ledger, its rollup and the caps, each recomputed from the rows it stands for. */
export async function checkMoney(
  tx: Tx,
  workspace: string,
): Promise<{ readonly checks: readonly Check[]; readonly overruns: readonly Overrun[] }> {
  const periods = await periodsToCheck(tx, workspace);
  const attempts = await checkAttempts(tx, workspace);
  return {
    checks: [
      checkHeld(periods),
      await checkSpent(tx, workspace, periods),
      await checkLimits(tx, workspace, periods),
      await checkHolds(tx, workspace),
      ...attempts.checks,
      await checkRollup(tx, workspace),
      await checkCaps(tx, workspace),
      await checkPaidOnce(tx, workspace),
    ],
    overruns: attempts.overruns,
  };
}

/** Rule M5. */
function checkHeld(periods: readonly CheckedPeriod[]): Check {
  const faults = periods
    .filter((p) => p.held_nano !== p.live_nano)
    .map((p) => `${p.id} says ${p.held_nano} held, its live holds are ${p.live_nano}`);
  return checked('held', periods.length, 'What each budget holds is the sum of its live holds.', faults);
}

/**
 * Rule M5. A removed budget stops to count at some instant within its window: between what was held on it and all that its
 * window has seen.
 */
async function checkSpent(tx: Tx, workspace: string, periods: readonly CheckedPeriod[]): Promise<Check> {
  const faults: string[] = [];
  for (const p of periods) {
    const all = Number(await spentIn(tx, workspace, p.scope, p.starts_at, p.ends_at));
    const least = p.removed_at === null ? all : Math.min(all, await spentByHolds(tx, workspace, p));
    if (p.spent_nano < least || p.spent_nano > all)
      faults.push(`${p.id} says ${p.spent_nano} spent, the ledger ${all}`);
  }
  return checked('spent', periods.length, 'What each budget has spent is what the ledger says.', faults);
}

/** Rules M4, M7, M12: every hold fitted when it was taken; only overruns and a limit set below what was used exceed. */
async function checkLimits(tx: Tx, workspace: string, periods: readonly CheckedPeriod[]): Promise<Check> {
  const faults: string[] = [];
  for (const p of periods) {
    const used = p.spent_nano + p.held_nano;
    if (used <= p.limit_nano) continue;
    if (used > (await mostAllowed(tx, workspace, p)))
      faults.push(`${p.id} has used ${used} of ${p.limit_nano}, and no overrun explains it`);
  }
  return checked('limits', periods.length, 'No budget was passed except by listed overruns.', faults);
}

async function mostAllowed(tx: Tx, workspace: string, period: CheckedPeriod): Promise<number> {
  const counted = await attemptsInPeriod(tx, workspace, period);
  // What ended without ever being held on the period ended before it was opened.
  const openedAt = counted.reduce(
    (latest, a) => (a.on_period === null ? Math.max(latest, a.held_at, a.ended_at ?? 0) : latest),
    period.set_at,
  );
  const most = (a: (typeof counted)[number]) => Math.max(a.hold_nano ?? 0, a.cost_nano ?? 0);
  const before = counted.filter((a) => a.held_at <= openedAt).reduce((sum, a) => sum + most(a), 0);
  const over = counted.reduce((sum, a) => sum + most(a) - (a.hold_nano ?? most(a)), 0);
  return Math.max(period.limit_nano, before) + over;
}

async function checkHolds(tx: Tx, workspace: string): Promise<Check> {
  const holds = await liveHoldsToCheck(tx, workspace);
  const faults = holds
    .filter((h) => h.state !== 'held' || h.nano !== (h.hold_nano ?? 0))
    .map((h) => `the live hold of ${h.attempt_id} on ${h.period_id} is not that of a call in flight`);
  return checked('holds', holds.length, 'Every live hold is that of a call in flight.', faults);
}

/** Rules M1, M6, M8: one charge per attempt, and its amount. */
async function checkAttempts(tx: Tx, workspace: string) {
  let count = 0;
  const charges: string[] = [];
  const costs: string[] = [];
  const overruns: Overrun[] = [];
  for await (const attempts of paged((after, most) => attemptsAfter(tx, workspace, after, most), 500)) {
    count += attempts.length;
    const ids = attempts.map((a) => a.id);
    const entries = Map.groupBy(await entriesOfAttempts(tx, workspace, ids), (e) => e.attempt_id);
    for (const attempt of attempts) {
      const charge = chargeFault(attempt, entries.get(attempt.id) ?? []);
      if (charge !== null) charges.push(charge);
      const cost = costFault(attempt);
      if (cost !== null) costs.push(cost);
      const { id, run_id, step, hold_nano: hold, cost_nano: paid } = attempt;
      if (hold !== null && paid !== null && paid > hold)
        overruns.push({ attempt: id, run: run_id, step, holdNano: hold, costNano: paid });
    }
  }
  return {
    checks: [
      checked(
        'charges',
        count,
        'Every call that may have cost something has one charge, of its cost.',
        charges,
      ),
      checked('costs', count, 'Every cost is what its usage costs at the stored rates.', costs),
    ],
    overruns,
  };
}

function chargeFault(attempt: CheckedAttempt, entries: readonly CheckedEntry[]): string | null {
  const { id, state, cost_nano: cost } = attempt;
  if (state === 'held' || state === 'unsent')
    return entries.length === 0 ? null : `${id} is ${state} and has ${entries.length} entries`;
  const charges = entries.filter((e) => e.kind === 'charge').length;
  if (charges !== 1) return `${id} is ${state} and has ${charges} charges`;
  const unpriced = entries.filter((e) => e.nano === null).length;
  if (cost === null) return unpriced === entries.length ? null : `${id} has no price and was charged`;
  const sum = entries.reduce((all, e) => all + (e.nano ?? 0), 0);
  return unpriced === 0 && sum === cost ? null : `${id} cost ${cost} and was charged ${sum}`;
}

/** Of paid calls. Where the usage is unknown the hold is the cost, at most (rule M6). */
function costFault(attempt: CheckedAttempt): string | null {
  if (attempt.state !== 'settled' && attempt.state !== 'bad-output') return null;
  const { id, price, cost_nano: cost } = attempt;
  const used = {
    inputTokens: attempt.input_tokens,
    outputTokens: attempt.output_tokens,
    cacheReadTokens: attempt.cache_read_tokens,
    cacheWriteTokens: attempt.cache_write_tokens,
    searches: attempt.searches,
  };
  if (price === null) return cost === null ? null : `${id} has a cost and no price`;
  const exact = costNano(used, ratesOf(price));
  const right = exact === null ? attempt.hold_nano : Number(exact);
  return cost === right ? null : `${id} cost ${cost}, by its usage ${right}`;
}

/** As they were stored with the attempt: amounts are texts there. */
function ratesOf(text: string): Rates {
  type Stored<T> = { readonly [K in keyof T]: T[K] extends bigint ? string : T[K] };
  type StoredTier = Stored<TierRates> & { readonly aboveInputTokens: number };
  const stored = JSON.parse(text) as Omit<Stored<Rates>, 'tiers'> & { readonly tiers: readonly StoredTier[] };
  const tier = (rates: Stored<TierRates>): TierRates => ({
    inputPico: BigInt(rates.inputPico),
    cacheReadPico: BigInt(rates.cacheReadPico),
    cacheWritePico: BigInt(rates.cacheWritePico),
    outputPico: BigInt(rates.outputPico),
  });
  return {
    date: stored.date,
    contextWindow: stored.contextWindow,
    searchNano: stored.searchNano === null ? null : BigInt(stored.searchNano),
    ...tier(stored),
    tiers: stored.tiers.map((t) => ({ aboveInputTokens: t.aboveInputTokens, ...tier(t) })),
  };
}

/** Rule M8. */
async function checkRollup(tx: Tx, workspace: string): Promise<Check> {
  const wanted = new Map((await quartersOfEntries(tx, workspace)).map((q) => [dimensionsOf(q), q]));
  const stored = new Map((await allQuarters(tx, workspace)).map((q) => [dimensionsOf(q), q]));
  const faults = [...new Set([...wanted.keys(), ...stored.keys()])]
    .filter((id) => sumsOf(wanted.get(id)) !== sumsOf(stored.get(id)))
    .map((id) => `the bucket ${id} is not the sum of its entries`);
  return checked('rollup', stored.size, 'The rollup is the sum of the ledger.', faults);
}

const dimensionsOf = (q: SpendQuarterRow): string =>
  [
    new Date(q.bucket).toISOString(),
    ...[q.channel_id, q.crew, q.step, q.provider, q.model, q.key_label, q.environment],
  ].join(' ');

const sumsOf = (q: SpendQuarterRow | undefined): string | null =>
  q === undefined
    ? null
    : [
        ...[q.calls, q.unpriced_calls, q.input_tokens, q.output_tokens, q.cache_read_tokens],
        ...[q.cache_write_tokens, q.reasoning_tokens, q.searches, q.cost_nano, q.uncertain_nano],
      ].join(' ');

/** Rule M3: `uncertain` calls count in budgets, not against the cap. */
async function checkCaps(tx: Tx, workspace: string): Promise<Check> {
  const runs = await runsToCheck(tx, workspace);
  const faults = runs.flatMap((r) => {
    if (r.cap_used_nano !== r.used_nano)
      return [`${r.id} says ${r.cap_used_nano} of its cap used, its calls ${r.used_nano}`];
    return r.cap_used_nano > r.cap_nano + r.over_nano
      ? [`${r.id} has used ${r.cap_used_nano} of its cap ${r.cap_nano}`]
      : [];
  });
  return checked(
    'caps',
    runs.length,
    'No run has cost more than its cap, except by listed overruns.',
    faults,
  );
}

async function checkPaidOnce(tx: Tx, workspace: string): Promise<Check> {
  const { turns, twice } = await turnsPaidTwice(tx, workspace);
  const faults = twice.map(
    (t) =>
      `turn ${t.turn} of ${[t.step, t.item].join(' ').trim()}, round ${t.round} of ${t.run_id}, was paid ${t.times} times`,
  );
  return checked('paid-once', turns, 'No turn was paid twice.', faults);
}
