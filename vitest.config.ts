import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  test: {
    // `npm run test:long`: what takes minutes.
    include: mode === 'long' ? ['test/**/*.long.ts'] : ['test/**/*.test.ts'],
    // A process each: some tests use native modules, signals and the environment.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: mode === 'long' ? 600_000 : 20_000,
    hookTimeout: 60_000,
  },
}));
