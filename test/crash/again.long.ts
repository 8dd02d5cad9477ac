import { afterAll, beforeAll, expect, test } from 'vitest';
import { tryAgainAndAgain } from './again.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.end());

const seeds = 30;

test('killed five times in a row, whatever the seed, a run completes and pays no turn twice', {
  timeout: 1_200_000,
}, async () => {
  const first = Math.floor(Math.random() * 2 ** 31);
  for (let seed = first; seed < first + seeds; seed++) console.log(await tryAgainAndAgain(stage, seed));
  expect(await stage.mistakes()).toEqual([]);
});
