import { afterAll, beforeAll, expect, test } from 'vitest';
import { countPoints, tableOf, tryPoints } from './points.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.end());

function* upwards(): Generator<number> {
  for (let n = 1; ; n++) yield n;
}

test('killed at each of its points, a run goes on, pays no turn twice and shows each card once', {
  timeout: 1_800_000,
}, async () => {
  const all = await tryPoints(stage, upwards());
  const { of, count } = countPoints(all);
  console.log(`points: ${count} ${JSON.stringify(of)}\n${tableOf(all)}`);
  expect(await stage.mistakes()).toEqual([]);
});
