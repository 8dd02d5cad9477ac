/** Numbers that look random and are the same for the same seed (mulberry32). */
export interface Seeded {
  /** An integer from 0 to `most`, both included. */
  upTo(most: number): number;
  /** True once in `n` times. */
  oneIn(n: number): boolean;
  /** One of them. Throws when there are none. */
  pick<T>(all: readonly T[]): T;
}

export function createSeeded(seed: number): Seeded {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const upTo = (most: number) => Math.floor(next() * (most + 1));
  return {
    upTo,
    oneIn: (n) => upTo(n - 1) === 0,
    pick(all) {
      const one = all[upTo(all.length - 1)];
      if (one === undefined) throw new Error('there is nothing to pick from');
      return one;
    },
  };
}
