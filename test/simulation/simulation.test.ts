import { test } from 'vitest';
import { simulate } from './simulate.ts';

test.each(Array.from({ length: 20 }, (_, i) => i + 1))(
  'whatever happens in forty moves, every promise holds (seed %i)',
  async (seed) => {
    await simulate(seed, 40);
  },
);
