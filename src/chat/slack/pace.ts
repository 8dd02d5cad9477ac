import type { Clock } from '../../clock.ts';

/** Calls to a platform at the rate that it allows, so that at steady state it never has to refuse one. */
export interface Pace {
  /** Takes a place for one call, which counts under all these names; it is made after `waitMs`. Beyond `most` ms none is taken. */
  take(names: readonly string[], most: number): { readonly waitMs: number; readonly taken: boolean };
  /** The platform refused one: nothing of this name is sent before. */
  refused(name: string, retryAfterMs: number): void;
}

/** So many at once, and then one each `everyMs`. */
export interface Rate {
  readonly burst: number;
  readonly everyMs: number;
}

const rememberedMost = 200;

export function createPace(clock: Clock, rateOf: (name: string) => Rate): Pace {
  /** When each name would have all of its burst again; before that each call moves it on. */
  const full = new Map<string, number>();

  /** A name that has all of its burst is like one that was never taken, and each channel is a name. */
  function forgetFull(now: number): void {
    if (full.size < rememberedMost) return;
    for (const [name, at] of full) if (at <= now) full.delete(name);
  }

  function waitOf(name: string, now: number): number {
    const { burst, everyMs } = rateOf(name);
    return Math.max(0, Math.ceil((full.get(name) ?? now) - now - (burst - 1) * everyMs));
  }

  return {
    take(names, most) {
      const now = clock.now();
      const waitMs = Math.max(0, ...names.map((name) => waitOf(name, now)));
      if (waitMs > most) return { waitMs, taken: false };
      forgetFull(now);
      for (const name of names) {
        // Counted from when it is sent, so that a wait for one name does not fill another's minute.
        full.set(name, Math.max(full.get(name) ?? 0, now + waitMs) + rateOf(name).everyMs);
      }
      return { waitMs, taken: true };
    },
    refused(name, retryAfterMs) {
      const { burst, everyMs } = rateOf(name);
      const until = clock.now() + retryAfterMs + (burst - 1) * everyMs;
      full.set(name, Math.max(full.get(name) ?? 0, until));
    },
  };
}
