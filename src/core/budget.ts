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
  const start = DateTime.fromMillis(at, { zone }).startOf(window);
  return { startsAt: start.toMillis(), endsAt: start.plus({ [window]: 1 }).toMillis() };
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
