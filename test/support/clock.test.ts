import { expect, test } from 'vitest';
import { createVirtualClock, monday } from './clock.ts';

test('timers run in order of their time, each at its own time', async () => {
  const clock = createVirtualClock();
  const seen: [string, number][] = [];
  clock.after(300, () => seen.push(['late', clock.now() - monday]));
  clock.after(100, () => seen.push(['early', clock.now() - monday]));
  clock.after(100, () => seen.push(['second', clock.now() - monday]));
  await clock.advance(300);
  expect(seen).toEqual([
    ['early', 100],
    ['second', 100],
    ['late', 300],
  ]);
});

test('a timer set while time passes runs in the same advance if it falls into it', async () => {
  const clock = createVirtualClock();
  const seen: number[] = [];
  const again = async () => {
    await Promise.resolve();
    seen.push(clock.now() - monday);
    clock.after(1_000, again);
  };
  clock.after(1_000, again);
  await clock.advance(3_500);
  expect(seen).toEqual([1_000, 2_000, 3_000]);
  expect(clock.now()).toBe(monday + 3_500);
});

test('a timer that was taken back does not run', async () => {
  const clock = createVirtualClock();
  const seen: string[] = [];
  const cancel = clock.after(10, () => seen.push('ran'));
  cancel();
  await clock.advance(100);
  expect(seen).toEqual([]);
  expect(clock.timers).toBe(0);
});

test('advancing or setting into the past is refused', async () => {
  const clock = createVirtualClock();
  await expect(clock.advance(-1)).rejects.toThrow(RangeError);
  await expect(clock.set(monday - 1)).rejects.toThrow(RangeError);
  await clock.set(monday + 5);
  expect(clock.now()).toBe(monday + 5);
});

test('a step moves the wall clock and leaves timers what they had left', async () => {
  const clock = createVirtualClock();
  const seen: number[] = [];
  clock.after(1_000, () => seen.push(clock.now() - monday));
  clock.step(-3_600_000);
  expect(clock.now()).toBe(monday - 3_600_000);
  expect(seen).toEqual([]);
  await clock.advance(1_000);
  expect(seen).toEqual([-3_599_000]);
});
