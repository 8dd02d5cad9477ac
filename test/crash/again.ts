import { expect } from 'vitest';
import { expectWhole } from './check.ts';
import type { Stage } from './stage.ts';

/** Mulberry32: numbers from 0 to 1 that a seed repeats. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const kills = 5;
/** Early enough for a run to be killed again and again before it ends. */
const latest = 60;

/** Kills the same run five times in a row, each time somewhere else; what comes back says where, and what it took. */
export async function tryAgainAndAgain(stage: Stage, seed: number): Promise<string> {
  const random = randomOf(seed);
  const trial = await stage.trial();
  const died: string[] = [];
  try {
    for (let i = 0; i < kills; i++) {
      const outcome = await trial.go({ die: 1 + Math.floor(random() * latest) });
      if ('ended' in outcome) break;
      died.push(`${outcome.died.n} (${outcome.died.name})`);
    }
    const last = await trial.go();
    if (!('ended' in last)) throw new Error('nothing was to kill it the last time');
    expect(last.ended.status).toBe('completed');
    const { turns, requests, lost } = await expectWhole(trial, last.ended.run);
    return `seed ${seed}: killed at ${died.join(', ')}; ${turns} turns, ${requests} requests, ${lost} answers lost`;
  } catch (error) {
    throw new Error(`seed ${seed}: killed at ${died.join(', ')}`, { cause: error });
  } finally {
    await trial.end();
  }
}
