/** The only source of time. Tests push their own. */
export interface Clock {
  /** UTC milliseconds; never runs backwards within a process (rule Q2). */
  now(): number;
  /** Calls `then` once after `ms`; the returned function takes it back. */
  after(ms: number, then: () => void): () => void;
}

/** The machine's wall clock. Its timers do not keep the process alive. */
export function systemClock(): Clock {
  let last = 0;
  return {
    now() {
      last = Math.max(last, Date.now());
      return last;
    },
    after(ms, then) {
      const timer = setTimeout(then, Math.min(ms, 2 ** 31 - 1));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}
