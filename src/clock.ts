/** The only source of time. Tests push their own. */
export interface Clock {
  /** UTC milliseconds; never runs backwards within a process (rule Q2). */
  now(): number;
  /** Calls `then` once after `ms`; the returned function takes it back. */
  after(ms: number, then: () => void): () => void;
}

/** What a machine knows of time: one clock that may be set, UTC ms, and one that only runs on, ms. */
interface Machine {
  wall(): number;
  steady(): number;
}

const thisMachine: Machine = { wall: () => Date.now(), steady: () => performance.now() };

/**
 * The machine's wall clock. When that is set back, this one runs on at half its speed until they meet: what waits for a time would
 * otherwise wait until then. Its timers do not keep the process alive.
 */
export function systemClock(machine: Machine = thisMachine): Clock {
  let last = 0;
  let lastSteady = machine.steady();
  return {
    now() {
      const steady = machine.steady();
      last = Math.max(machine.wall(), last + (steady - lastSteady) / 2);
      lastSteady = steady;
      return Math.floor(last);
    },
    after(ms, then) {
      const timer = setTimeout(then, Math.min(Math.max(ms, 0), 2 ** 31 - 1));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** One timer for many wishes. */
export interface Alarm {
  /** Rings once at `at`, UTC ms, or at the earlier time that was asked for before; then it must be asked again. */
  by(at: number): void;
  off(): void;
}

/** A timer sleeps this long at most, so that a machine that was suspended or a stepped clock delays nothing longer. */
const sleepMaxMs = 60_000;

export function createAlarm(clock: Clock, ring: () => void): Alarm {
  let set: { at: number; cancel: () => void } | null = null;

  function arm(at: number): void {
    const cancel = clock.after(Math.min(at - clock.now(), sleepMaxMs), () => {
      set = null;
      if (clock.now() < at) arm(at);
      else ring();
    });
    set = { at, cancel };
  }

  function off(): void {
    set?.cancel();
    set = null;
  }

  return {
    by(at) {
      if (set !== null && set.at <= at) return;
      off();
      arm(at);
    },
    off,
  };
}
