import type { Clock } from '../../../src/clock.ts';

export interface Rates {
  /** Of a route and its channel. */
  readonly route: { readonly most: number; readonly withinMs: number };
  /** Of everything that an app asks. */
  readonly global: { readonly most: number; readonly withinMs: number };
}

export interface Rated {
  /** null: it may go on. */
  readonly wait: { readonly ms: number; readonly isGlobal: boolean } | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Discord's limits with its own headers. Answers to interactions are under no global one. */
export function createRates(clock: Clock, rates: () => Rates) {
  const buckets = new Map<string, { left: number; until: number }>();
  let counted: Rates | null = null;

  function take(key: string, most: number, withinMs: number) {
    const now = clock.now();
    const before = buckets.get(key);
    const bucket =
      before === undefined || before.until <= now ? { left: most, until: now + withinMs } : before;
    buckets.set(key, bucket);
    const isOver = bucket.left <= 0;
    if (!isOver) bucket.left -= 1;
    return { isOver, left: bucket.left, ms: bucket.until - now };
  }

  return (method: string, route: string): Rated => {
    // What a window of other rates has left counts no more.
    if (rates() !== counted) buckets.clear();
    counted = rates();
    const { route: own, global } = counted;
    const isExempt = /^\/(?:interactions|webhooks)\//.test(route);
    if (!isExempt) {
      const all = take('global', global.most, global.withinMs);
      if (all.isOver) {
        const headers = { 'x-ratelimit-global': 'true', 'x-ratelimit-scope': 'global' };
        return {
          wait: { ms: all.ms, isGlobal: true },
          headers: { ...headers, 'retry-after': seconds(all.ms) },
        };
      }
    }
    const bucket = `${method} ${route}`;
    const { isOver, left, ms } = take(bucket, own.most, own.withinMs);
    const headers: Record<string, string> = {
      'x-ratelimit-limit': String(own.most),
      'x-ratelimit-remaining': String(left),
      'x-ratelimit-reset-after': seconds(ms),
      'x-ratelimit-reset': seconds(clock.now() + ms),
      'x-ratelimit-bucket': Buffer.from(bucket.replaceAll(/\d{15,}/g, ''))
        .toString('hex')
        .slice(0, 32),
    };
    if (!isOver) return { wait: null, headers };
    return {
      wait: { ms, isGlobal: false },
      headers: { ...headers, 'retry-after': seconds(ms), 'x-ratelimit-scope': 'user' },
    };
  };
}

const seconds = (ms: number) => (ms / 1_000).toFixed(3);
