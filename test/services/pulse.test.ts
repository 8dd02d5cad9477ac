import { expect, test } from 'vitest';
import { createPulse } from '../../src/services/runs/pulse.ts';
import { createVirtualClock } from '../support/clock.ts';

test('one that is ended while it tells of a run tells of no other, and waits for that one', async () => {
  const clock = createVirtualClock();
  const drawn = Promise.withResolvers<void>();
  const told: string[] = [];
  const pulse = createPulse({
    clock,
    async tell(_, run) {
      told.push(run);
      await drawn.promise;
    },
  });
  for (const run of ['run_1', 'run_2', 'run_3']) pulse.begin(run, 'ws_1', []);
  await clock.advance(10_000);
  let stopped = false;
  const stopping = pulse.stop().then(() => {
    stopped = true;
  });
  await clock.settle();
  expect(stopped).toBe(false);
  drawn.resolve();
  await stopping;
  expect(told).toEqual(['run_1']);
  expect(clock.timers).toBe(0);
});
