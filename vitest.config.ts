import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  test: {
    // `npm run test:long`: what takes minutes.
    include: mode === 'long' ? ['test/**/*.long.ts'] : ['test/**/*.test.ts'],
    // `npm run pictures`: what the browser sees is kept for the docs.
    env: mode === 'pictures' ? { PICTURES: 'kept' } : {},
    globalSetup: ['test/support/tally-setup.ts'],
    // A process each: some tests use native modules, signals and the environment.
    pool: 'forks',
    // One more than the cores of a small machine: many tests wait for time to pass.
    maxWorkers: 3,
    testTimeout: mode === 'long' ? 600_000 : 20_000,
    hookTimeout: 60_000,
  },
}));
