import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '../../src/clock.ts';

export interface VirtualClock extends Clock {
  /** Lets `ms` pass: timers run in order of their time, each with what follows from it before the next. */
  advance(ms: number): Promise<void>;
  /** Lets time pass until `at`, UTC ms. */
  set(at: number): Promise<void>;
  /** Moves the wall clock alone, forwards or back, as an operator would; timers keep what they had left. */
  step(ms: number): void;
  /** Lets what is under way go on as far as it can without time passing. */
  settle(): Promise<void>;
  /** Timers that have not run yet. */
  readonly timers: number;
}

/** Turns of the event loop in which promises, commits and in-memory surfaces come to rest. */
const turnsToSettle = 60;

/** 16 November 2026, a Monday, 9:00 UTC. */
export const monday = Date.UTC(2026, 10, 16, 9);

export function createVirtualClock(start: number = monday): VirtualClock {
  let wall = start;
  let elapsed = 0;
  let made = 0;
  const timers = new Map<number, { at: number; then: () => void }>();

  const earliest = () => [...timers].sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];

  function pass(ms: number): void {
    elapsed += ms;
    wall += ms;
  }

  async function settle(): Promise<void> {
    for (let i = 0; i < turnsToSettle; i++) await turn();
  }

  async function advance(ms: number): Promise<void> {
    if (!(ms >= 0)) throw new RangeError(`time does not run backwards: ${ms} ms`);
    const end = elapsed + ms;
    await settle();
    for (let next = earliest(); next !== undefined && next[1].at <= end; next = earliest()) {
      const [id, timer] = next;
      pass(Math.max(0, timer.at - elapsed));
      timers.delete(id);
      timer.then();
      await settle();
    }
    pass(Math.max(0, end - elapsed));
  }

  return {
    now: () => wall,
    after(ms, then) {
      made += 1;
      const id = made;
      // A machine's clock counts whole milliseconds.
      timers.set(id, { at: elapsed + Math.ceil(Math.max(0, ms)), then });
      return () => {
        timers.delete(id);
      };
    },
    advance,
    set: (at) => advance(at - wall),
    step(ms) {
      wall += ms;
    },
    settle,
    get timers() {
      return timers.size;
    },
  };
}
