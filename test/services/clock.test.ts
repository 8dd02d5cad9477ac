import { expect, test } from 'vitest';
import { systemClock } from '../../src/clock.ts';

/** A machine at whose clock somebody turns. */
function machine() {
  let wall = 1_800_000_000_000;
  let steady = 50.25;
  return {
    wall: () => Math.floor(wall),
    steady: () => steady,
    pass(ms: number) {
      wall += ms;
      steady += ms;
    },
    set(by: number) {
      wall += by;
    },
  };
}

test('the clock shows what the machine shows, in whole milliseconds', () => {
  const here = machine();
  const clock = systemClock(here);
  for (const ms of [0, 0.3, 0.3, 0.3, 1, 17.7, 60_000]) {
    here.pass(ms);
    expect(clock.now()).toBe(here.wall());
  }
  here.set(3_600_000);
  expect(clock.now()).toBe(here.wall());
});

test('a machine whose clock was set back keeps nobody waiting until then: time goes on, never backwards (rule Q2)', () => {
  const here = machine();
  const clock = systemClock(here);
  const before = clock.now();
  here.set(-3_600_000);
  expect(clock.now()).toBe(before);
  here.pass(20_000);
  expect(clock.now()).toBe(before + 10_000);
  // After twice the time they have met.
  here.pass(7_180_000);
  expect(clock.now()).toBe(here.wall());
  here.pass(1_000);
  expect(clock.now()).toBe(here.wall());
});
