import type { Failure } from './run.ts';

/**
 * What follows a call that was not paid (rule M6): pure, over the attempts made for one turn. SDK retries are off; this is
 * the only place where a call is repeated.
 */
export interface Try {
  /** `provider/model/key label`, as the alias lists it. */
  readonly entry: string;
  readonly state: 'unsent' | 'uncertain';
  readonly kind: FailureKind;
  readonly says: string;
  readonly retryAfterMs: number | null;
  readonly endedAt: number;
}

/** How a call failed; `lost`: nobody knows, since its process ended before it. */
export type FailureKind =
  | 'rate-limited'
  | 'key-rejected'
  | 'quota-exhausted'
  | 'overloaded'
  | 'refused'
  | 'too-long'
  | 'bad-request'
  | 'timeout'
  | 'network'
  | 'aborted'
  | 'bad-output'
  | 'lost';

export type Choice =
  | { readonly do: 'call'; readonly entry: string }
  | { readonly do: 'wait'; readonly for: 'rate-limit' | 'time'; readonly until: number }
  | { readonly do: 'wait-for-key' }
  | { readonly do: 'fail'; readonly failure: Failure };

export const unsentRepeatsMax = 4;
export const uncertainRepeatsMax = 2;
/** A longer wait than this goes on at the alias's next entry instead, where there is one. */
const waitInsteadOfFallbackMs = 60_000;

/**
 * Rule M6, R5: which of the live entries is called next, when. `entries` in the alias's order, `preferred` first; `tries` in
 * the order in which they were made. A key that was refused is listed again only after somebody has mended it.
 */
export function chooseEntry(
  entries: readonly string[],
  preferred: string | null,
  tries: readonly Try[],
  timeMs: number,
  now: number,
): Choice {
  const last = tries.at(-1);
  const hopeless = tries.find((t) => t.kind in hopelessKinds);
  if (hopeless) return fails(hopeless, hopelessKinds[hopeless.kind] ?? 'provider');
  const lost = tries.filter((t) => t.state === 'uncertain');
  if (last && lost.length > uncertainRepeatsMax) {
    return fails(
      lost.at(-1) ?? last,
      'network',
      'No answer arrived three times; the provider may bill each.',
    );
  }
  if (entries.length === 0) return { do: 'wait-for-key' };
  const ordered =
    preferred !== null && entries.includes(preferred)
      ? [preferred, ...entries.filter((e) => e !== preferred)]
      : entries;
  const deadline = (tries.find((t) => t.state === 'unsent')?.endedAt ?? now) + timeMs;
  let longWait: { until: number; for: 'rate-limit' | 'time' } | null = null;
  for (const entry of ordered) {
    const own = tries.filter((t) => t.entry === entry);
    const before = own.at(-1);
    if (before === undefined) return { do: 'call', entry };
    const unsent = own.filter((t) => t.state === 'unsent').length;
    if (before.kind === 'quota-exhausted' || unsent > unsentRepeatsMax) continue;
    const until = pausedUntil(before, own.length, now);
    if (before.state === 'unsent' && Math.max(until, now) > deadline) continue;
    if (until <= now) return { do: 'call', entry };
    const wait = { until, for: isBusy(before) ? ('rate-limit' as const) : ('time' as const) };
    if (until - before.endedAt <= waitInsteadOfFallbackMs) return { do: 'wait', ...wait };
    if (longWait === null || until < longWait.until) longWait = wait;
  }
  if (longWait !== null) return { do: 'wait', ...longWait };
  if (last === undefined || last.kind === 'quota-exhausted' || last.kind === 'key-rejected')
    return { do: 'wait-for-key' };
  const asked = last.retryAfterMs ?? 0;
  const more =
    asked > timeMs ? `It asks to wait ${seconds(asked)} s, and this step waits ${seconds(timeMs)} s.` : '';
  return fails(last, isUnreached(last) ? 'network' : 'provider', more);
}

/** The same request would be answered in the same way. */
const hopelessKinds: Partial<Record<FailureKind, Failure['reason']>> = {
  'bad-request': 'provider',
  'too-long': 'content',
  refused: 'content',
};

const isBusy = ({ kind }: Try) => kind === 'rate-limited' || kind === 'overloaded';
const isUnreached = ({ kind }: Try) => kind === 'network' || kind === 'timeout' || kind === 'lost';
const seconds = (ms: number) => Math.round(ms / 1000);

/**
 * 1, 2, 4, 8 s, or what the provider asked for; a lost answer and a revoked key are no reason to pause. A clock that stands
 * before the failure was set back since, and cannot tell how long ago that was (rule Q2).
 */
function pausedUntil(before: Try, count: number, now: number): number {
  if (now < before.endedAt || before.kind === 'aborted' || before.kind === 'lost') return now;
  return before.endedAt + (before.retryAfterMs ?? 1000 * 2 ** Math.min(count - 1, 3));
}

const fails = (last: Try, reason: Failure['reason'], more = ''): Choice => ({
  do: 'fail',
  failure: { code: `provider.${last.kind}`, says: [last.says, more].filter(Boolean).join(' '), reason },
});
