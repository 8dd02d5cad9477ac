import type { Clock } from '../../clock.ts';
import type { Crew, PromptStep } from '../../core/crew.ts';
import { type Rates, worstNano } from '../../core/money.ts';
import type { Prices } from '../../providers/prices-when-needed.ts';
import type { Tx } from '../../store/port.ts';
import { recentCosts } from '../../store/runs.ts';
import type { Aliases, AliasPlace, LiveEntry } from '../aliases.ts';
import { hasKnownFee } from './search.ts';

/** What a run may cost, said before it starts (rule M3). */
export interface RunPrice {
  /** Worst case of everything that has a price; enforced as the run's cap. */
  readonly worstNano: bigint;
  /** Median of the last runs; null until `likelyRuns` are known. */
  readonly likelyNano: bigint | null;
  /** Models that may be called and have no price: "no price at most" (rule M11). */
  readonly unpriced: readonly string[];
  /** Aliases that no live key answers for. */
  readonly withoutKey: readonly string[];
  /** Every call would go to the sandbox. */
  readonly sandbox: boolean;
}

/** The likely price is known from this number of runs on. */
const likelyRuns = 5;
const lookedAt = 20;
/** It is said with "about", so it need not know of the last seconds. */
const likelyForMs = 10_000;
const likelyMax = 1_000;

/** What the last finished runs of a crew cost, nano-dollars. */
export interface LikelyCosts {
  of(tx: Tx, workspace: string, crew: string): Promise<readonly number[]>;
}

/** Looks no more often than each ten seconds: with many runs the look costs more than all else that a start does. */
export function createLikelyCosts({ clock }: { clock: Clock }): LikelyCosts {
  const known = new Map<string, { readonly at: number; readonly costs: readonly number[] }>();
  return {
    async of(tx, workspace, crew) {
      const name = `${workspace} ${crew}`;
      const now = clock.now();
      const before = known.get(name);
      if (before !== undefined && before.at <= now && now < before.at + likelyForMs) return before.costs;
      const costs = await recentCosts(tx, workspace, crew, lookedAt);
      if (known.size >= likelyMax) known.clear();
      known.set(name, { at: now, costs });
      return costs;
    },
  };
}

/** Worst case of one step: every turn and the one repair at the dearest rates of the entries that may answer. */
function stepWorstNano(step: PromptStep, rates: readonly Rates[], searching: readonly Rates[]): bigint {
  const callOf = (r: Rates) => worstNano(boundedInput(step, r), step.limits.outputTokens, r);
  const call = most(rates.map(callOf));
  // A search reads and writes as much as any call of the step may (rule M3).
  const search = most(searching.map((r) => callOf(r) + (r.searchNano ?? 0n)));
  return BigInt(step.limits.turns + 1) * call + BigInt(step.limits.searches) * search;
}

const most = (amounts: readonly bigint[]): bigint =>
  amounts.reduce((dearest, nano) => (nano > dearest ? nano : dearest), 0n);

const boundedInput = (step: PromptStep, rates: Rates) =>
  Math.min(step.limits.inputTokens, rates.contextWindow ?? Number.MAX_SAFE_INTEGER);

export async function priceOf(
  tx: Tx,
  parts: { aliases: Aliases; prices: Prices; likely: LikelyCosts },
  crew: Crew,
  query: Omit<AliasPlace, 'alias'> & { readonly environment: string; readonly sandboxRun: boolean },
  now: number,
  only: ReadonlySet<string> | null = null,
): Promise<RunPrice> {
  let worst = 0n;
  const unpriced = new Set<string>();
  const withoutKey = new Set<string>();
  let sandbox = true;
  const answers = new Map<string, readonly LiveEntry[]>();
  for (const step of crew.steps) {
    if (step.kind !== 'prompt' || (only !== null && !only.has(step.id))) continue;
    const alias = crew.agents[step.agent]?.model ?? '';
    const entries = answers.get(alias) ?? (await parts.aliases.liveEntries(tx, { ...query, alias }));
    answers.set(alias, entries);
    if (entries.length === 0) withoutKey.add(alias);
    if (entries.some((entry) => entry.provider !== 'sandbox')) sandbox = false;
    // Without a key the run waits for one, of any of these (rule K7): its cap must let it go on then.
    const possible = entries.length > 0 ? entries : await keyable(tx, parts.aliases, { ...query, alias });
    const rates: Rates[] = [];
    const searching: Rates[] = [];
    for (const entry of possible) {
      const found = await parts.prices.rates(entry.provider, entry.model, now);
      if (found === null) unpriced.add(entry.model);
      else rates.push(found);
      if (found !== null && parts.aliases.searches(entry.provider) && hasKnownFee(found))
        searching.push(found);
    }
    worst += stepWorstNano(step, rates, searching);
  }
  const costs = sandbox ? [] : await parts.likely.of(tx, query.workspace, crew.name);
  return {
    worstNano: worst,
    likelyNano: likelyOf(costs),
    unpriced: [...unpriced],
    withoutKey: [...withoutKey],
    sandbox,
  };
}

const keyable = async (tx: Tx, aliases: Aliases, place: AliasPlace) =>
  (await aliases.entries(tx, place)).filter((entry) => entry.provider !== 'sandbox');

/** The median, once enough runs are known. */
export function likelyOf(costs: readonly number[]): bigint | null {
  if (costs.length < likelyRuns) return null;
  const sorted = [...costs].sort((a, b) => a - b);
  return BigInt(sorted[Math.floor(sorted.length / 2)] ?? 0);
}
