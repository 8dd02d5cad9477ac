import type { Clock } from '../../../src/clock.ts';

/** Calls a minute by tier: https://docs.slack.dev/apis/web-api/rate-limits */
const tiers = { 1: 1, 2: 20, 3: 50, 4: 100 } as const;
export type Tier = keyof typeof tiers | 'post' | 'none';

const minute = 60_000;
/** Posts into one channel: about one a second, "short bursts" above it. */
const postBurst = 5;
/** Of the whole workspace. */
const postsAMinute = 300;

/** Counts calls; null: it is taken, else the seconds to wait. */
export function createRates(clock: Clock): (method: string, tier: Tier, channel: string) => number | null {
  const calls = new Map<string, number[]>();
  const buckets = new Map<string, { left: number; at: number }>();

  function windowed(name: string, most: number): number | null {
    const now = clock.now();
    const recent = (calls.get(name) ?? []).filter((at) => at > now - minute);
    calls.set(name, recent);
    if (recent.length >= most) return Math.ceil(((recent[0] ?? now) + minute - now) / 1_000) || 1;
    recent.push(now);
    return null;
  }

  return (method, tier, channel) => {
    if (tier === 'none') return null;
    if (tier !== 'post') return windowed(method, tiers[tier]);
    const now = clock.now();
    const bucket = buckets.get(channel) ?? { left: postBurst, at: now };
    const left = Math.min(postBurst, bucket.left + (now - bucket.at) / 1_000);
    buckets.set(channel, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1 ? windowed(method, postsAMinute) : 1;
  };
}
