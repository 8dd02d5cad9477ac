import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryAgainAndAgain } from './again.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.end());

test('killed five times in a row, a run still completes and pays no turn twice', {
  timeout: 120_000,
}, async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  console.log(await tryAgainAndAgain(stage, seed));
  expect(await stage.mistakes()).toEqual([]);
});
