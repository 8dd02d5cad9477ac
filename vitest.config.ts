import { defineConfig } from 'vitest/config';
import { LongestFirst } from './test/support/sequence.ts';

export default defineConfig(({ mode }) => ({
  test: {
    // `npm run test:long`: what takes minutes.
    include: mode === 'long' ? ['test/**/*.long.ts'] : ['test/**/*.test.ts'],
    // `npm run pictures`: what the browser sees is kept for the docs.
    env: mode === 'pictures' ? { PICTURES: 'kept' } : {},
    globalSetup: ['test/support/folder-setup.ts', 'test/support/tally-setup.ts'],
    // Processes, since some tests use native modules and the environment. Many files share one: a module of the program keeps nothing.
    pool: 'forks',
    isolate: false,
    // Node itself runs the tests, as it runs the program, and strips their types.
    experimental: { viteModuleRunner: false, nodeLoader: false },
    execArgv: ['--import', './src/boot.js'],
    sequence: { sequencer: LongestFirst },
    // One more than the cores of a small machine: many tests wait for time to pass.
    maxWorkers: 3,
    testTimeout: mode === 'long' ? 600_000 : 20_000,
    hookTimeout: 60_000,
  },
}));
