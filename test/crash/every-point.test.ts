import { afterAll, beforeAll, expect, test } from 'vitest';
import { countPoints, tableOf, tryPoint, tryPoints } from './points.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.end());

/** All of them: `npm run test:long`. */
const spread = 12;

test('killed at points all over its run, a run goes on, pays no turn twice and shows each card once', {
  timeout: 180_000,
}, async () => {
  const unharmed = await tryPoint(stage, Number.MAX_SAFE_INTEGER);
  const { of, count } = countPoints([unharmed]);
  const chosen = Array.from({ length: spread }, (_, i) => Math.floor(((i + 0.5) * count) / spread));

  const all = [unharmed, ...(await tryPoints(stage, chosen))];
  console.log(`points: ${count} ${JSON.stringify(of)}\n${tableOf(all)}`);
  expect(await stage.mistakes()).toEqual([]);
});
