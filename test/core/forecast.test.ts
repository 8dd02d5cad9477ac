import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forecastOf } from '../../src/core/forecast.ts';

const dollar = 1_000_000_000;
const base = {
  ...{ from: 0, to: 1_000, now: 500 },
  ...{ spentNano: 10 * dollar, recentNano: 5 * dollar },
  before: { untilNowNano: 0, restNano: 0 },
};

describe('a forecast', () => {
  test('of an even pace is that pace', () => {
    expect(forecastOf(base)).toEqual({ lowNano: 20 * dollar, highNano: 20 * dollar });
  });

  test('lies between the pace so far, the pace of late, and the rest of the time before', () => {
    const pace = { ...base, recentNano: 8 * dollar };
    expect(forecastOf(pace)).toEqual({ lowNano: 20 * dollar, highNano: 26 * dollar });
    const before = { untilNowNano: 20 * dollar, restNano: 4 * dollar };
    // Half as much so far, so half of what came then.
    expect(forecastOf({ ...pace, before })).toEqual({ lowNano: 12 * dollar, highNano: 26 * dollar });
  });

  test('early goes by the time before alone, and without one says nothing', () => {
    const early = { ...base, now: 50, spentNano: dollar, recentNano: dollar };
    expect(forecastOf(early)).toBeNull();
    const before = { untilNowNano: dollar, restNano: 9 * dollar };
    expect(forecastOf({ ...early, before })).toEqual({ lowNano: 10 * dollar, highNano: 10 * dollar });
  });

  test('stretches the time before no further than twice', () => {
    const before = { untilNowNano: 1, restNano: 9 * dollar };
    const early = { ...base, now: 50, spentNano: dollar, recentNano: dollar, before };
    expect(forecastOf(early)?.highNano).toBe(19 * dollar);
  });

  test.each([
    ['nothing was spent', { spentNano: 0, recentNano: 0 }],
    ['it is over', { now: 1_000 }],
    ['it has not begun', { now: 0 }],
  ])('is not made where %s', (_, changes) => {
    expect(forecastOf({ ...base, ...changes })).toBeNull();
  });

  test('is never below what was spent, and its ends are in order', () => {
    const nano = fc.integer({ min: 0, max: 1_000_000 * dollar });
    fc.assert(
      fc.property(
        fc.record({
          spentNano: nano,
          share: fc.double({ min: 0, max: 1, noNaN: true }),
          untilNowNano: nano,
          restNano: nano,
        }),
        fc.integer({ min: 0, max: 1_000 }),
        ({ spentNano, share, ...before }, now) => {
          const recentNano = Math.floor(spentNano * share);
          const made = forecastOf({ from: 0, to: 1_000, now, spentNano, recentNano, before });
          if (made === null) return;
          expect(made.lowNano).toBeGreaterThanOrEqual(spentNano);
          expect(made.highNano).toBeGreaterThanOrEqual(made.lowNano);
        },
      ),
    );
  });
});
