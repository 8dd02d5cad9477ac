import { expect } from 'vitest';
import { check, checkBooks } from './checks.ts';
import { calm, move } from './moves.ts';
import { beginWorld } from './world.ts';

/** Plays one seed: so many moves, every promise looked at after each, then a kind end in which every run completes. */
export async function simulate(seed: number, moves: number): Promise<void> {
  const world = await beginWorld(seed);
  const made: string[] = [];
  const story = () => `seed ${seed}, move ${made.length}: ${made.slice(-12).join(', ')}`;
  try {
    for (let n = 0; n < moves; n++) {
      made.push(await move(world));
      await check(world, story());
      if (n % 10 === 0) await checkBooks(world, story());
    }
    await calm(world);
    made.push('calm');
    await check(world, story());
    await checkBooks(world, story());
    for (const run of world.runs) {
      const { status, waiting } = await world.house.view(run);
      const limited = world.limited.has(run) && waiting?.for === 'budget';
      if (!limited) expect(status, `${story()}: ${run}`).toBe('completed');
    }
  } catch (error) {
    if (error instanceof Error && !error.message.includes(`seed ${seed}`))
      error.message = `${story()}: ${error.message}`;
    throw error;
  } finally {
    await world.house.end();
  }
}
