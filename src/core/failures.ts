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

export const unsentTriesMax = 4;
export const uncertainRepeatsMax = 2;
/** A longer wait than this goes on at the alias's next entry instead, where there is one. */
export const waitInsteadOfFallbackMs = 60_000;

/** Rule M6, R5: which of the live entries is called next, when. `entries` in the alias's order, `preferred` first. */
export function chooseEntry(
  entries: readonly string[],
  preferred: string | null,
  tries: readonly Try[],
  timeMs: number,
  now: number,
): Choice {
  const hopeless = tries.find((t) => t.kind === 'bad-request' || t.kind === 'too-long');
  if (hopeless) return fails(hopeless, hopeless.kind === 'too-long' ? 'content' : 'provider');
  const uncertain = tries.filter((t) => t.state === 'uncertain');
  const lost = uncertain.at(-1);
  if (lost && uncertain.length > uncertainRepeatsMax) {
    return fails(lost, 'network', 'No answer arrived three times; the provider may bill each.');
  }
  if (entries.length === 0) return { do: 'wait-for-key' };
  const ordered =
    preferred !== null && entries.includes(preferred)
      ? [preferred, ...entries.filter((e) => e !== preferred)]
      : entries;
  const first = tries[0];
  const outOfTime = first !== undefined && now - first.endedAt > timeMs;
  let longWait: number | null = null;
  for (const entry of ordered) {
    const own = tries.filter((t) => t.entry === entry);
    const last = own.at(-1);
    if (last === undefined) return { do: 'call', entry };
    if (last.kind === 'quota-exhausted' || last.kind === 'key-rejected') continue;
    if (own.filter((t) => t.state === 'unsent').length >= unsentTriesMax || outOfTime) continue;
    const until = last.endedAt + pauseAfter(last, own.length);
    if (until <= now) return { do: 'call', entry };
    if (until - now <= waitInsteadOfFallbackMs) return { do: 'wait', for: 'rate-limit', until };
    longWait = Math.min(longWait ?? until, until);
  }
  if (longWait !== null) return { do: 'wait', for: 'rate-limit', until: longWait };
  const last = tries.at(-1);
  if (last === undefined || last.kind === 'quota-exhausted' || last.kind === 'key-rejected')
    return { do: 'wait-for-key' };
  return fails(
    last,
    last.kind === 'network' || last.kind === 'timeout' || last.kind === 'lost' ? 'network' : 'provider',
  );
}

/** 1, 2, 4, 8 s, or what the provider asked for; a lost answer and a revoked key are not a reason to pause. */
function pauseAfter(last: Try, count: number): number {
  if (last.retryAfterMs !== null) return last.retryAfterMs;
  return last.kind === 'aborted' || last.kind === 'lost' ? 0 : 1000 * 2 ** Math.min(count - 1, 3);
}

const fails = (last: Try, reason: Failure['reason'], more = ''): Choice => ({
  do: 'fail',
  failure: { code: `provider.${last.kind}`, says: [last.says, more].filter(Boolean).join(' '), reason },
});
