import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createIds } from '../../src/services/ids.ts';
import { createVirtualClock } from '../support/clock.ts';

test('ids are typed by their prefix, short enough to type, and of letters and digits that are told apart', () => {
  const ids = createIds({ clock: createVirtualClock(), random: randomBytes });
  const id = ids.next('run');
  expect(id).toMatch(/^run_[0-9abcdefghjkmnpqrstvwxyz]{16}$/);
  expect(ids.next('attempt')).toMatch(/^attempt_/);
  expect(ids.next('attempt').length).toBeLessThanOrEqual(24);
});

test('ids rise, however many are made in one ms and however the clock is moved', async () => {
  const clock = createVirtualClock();
  const ids = createIds({ clock, random: randomBytes });
  let last = '';
  for (const ms of [0, 1, -5000, 0, 86_400_000, -1, 7]) {
    clock.step(ms);
    for (let i = 0; i < 3000; i++) {
      const id = ids.next('entry');
      expect(id > last).toBe(true);
      last = id;
    }
  }
});

test('ids of a later time are larger, whatever the random part', () => {
  fc.assert(
    fc.property(
      fc.nat(2 ** 42),
      fc.integer({ min: 1, max: 2 ** 42 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      (at, later, noise, other) => {
        const one = createIds({ clock: createVirtualClock(at), random: () => Buffer.from(noise) });
        const two = createIds({ clock: createVirtualClock(at + later), random: () => Buffer.from(other) });
        expect(two.next('run') > one.next('run')).toBe(true);
      },
    ),
  );
});

test('two processes in the same ms are kept apart by their random parts', () => {
  const clock = createVirtualClock();
  const make = (noise: number) =>
    createIds({ clock, random: () => Buffer.from([0, 0, 0, noise]) }).next('run');
  expect(make(1)).not.toBe(make(2));
});
