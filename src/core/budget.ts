import { DateTime } from 'luxon';

/** Budgets in nano-dollars over windows of the workspace's zone. */
export type Window = 'day' | 'week' | 'month' | 'total';

export interface Bounds {
  readonly startsAt: number;
  /** Exclusive; null: never. */
  readonly endsAt: number | null;
}

/** The window around an instant. Weeks begin on Monday, all at 0:00 in `zone`, right over daylight-saving changes. */
export function boundsOf(window: Window, at: number, zone: string): Bounds {
  if (window === 'total') return { startsAt: 0, endsAt: null };
  const start = beginOf(DateTime.fromMillis(at, { zone }), window);
  return { startsAt: start.toMillis(), endsAt: beginOf(start.plus({ [window]: 1 }), window).toMillis() };
}

/** Where clocks are set back over midnight it comes twice: the window begins with the first. */
function beginOf(time: DateTime, window: Exclude<Window, 'total'>): DateTime {
  const start = time.startOf(window);
  const before = start.minus({ milliseconds: 1 });
  return before.toISODate() === start.toISODate() ? before.startOf(window) : start;
}

export interface Period {
  readonly id: string;
  readonly limitNano: bigint;
  readonly spentNano: bigint;
  readonly heldNano: bigint;
}

export type Fit =
  | { readonly fits: true }
  /** Larger than what the limit leaves: people must act (rule M9). */
  | { readonly fits: false; readonly because: 'limit'; readonly period: Period }
  /** Only what others hold is in the way. */
  | { readonly fits: false; readonly because: 'holds'; readonly period: Period };

/** Rule M4: `spent + held + x <= limit` on every period, all or none. */
export function fitsAll(periods: readonly Period[], x: bigint): Fit {
  const over = periods.find((p) => x > p.limitNano - p.spentNano);
  if (over) return { fits: false, because: 'limit', period: over };
  const busy = periods.find((p) => p.spentNano + p.heldNano + x > p.limitNano);
  return busy ? { fits: false, because: 'holds', period: busy } : { fits: true };
}
