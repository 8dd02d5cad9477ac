import { test } from 'vitest';
import { simulate } from './simulate.ts';

const from = Number(process.env.SIMULATION_FROM ?? 1_000);
const seeds = Number(process.env.SIMULATION_SEEDS ?? 300);
const moves = Number(process.env.SIMULATION_MOVES ?? 120);

test.each(Array.from({ length: seeds }, (_, i) => from + i))(
  'whatever happens in many moves, every promise holds (seed %i)',
  async (seed) => {
    await simulate(seed, moves);
  },
);
