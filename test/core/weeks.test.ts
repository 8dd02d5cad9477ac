import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, test } from 'vitest';
import {
  momentIn,
  newestDigestAt,
  nextDigestAfter,
  sameDayIn,
  weekBefore,
  weekNamed,
  weeksDue,
  weeksMax,
} from '../../src/core/weeks.ts';

const zones = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'America/Sao_Paulo',
];
const instant = fc.integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2040, 0, 1) });
const utc = (iso: string) => Date.parse(`${iso}Z`);

describe('the moment of a digest', () => {
  test('is a Monday, 9:00, the first one after an instant, whatever the zone', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (ms, zone) => {
        const next = nextDigestAfter(ms, zone);
        const local = DateTime.fromMillis(next, { zone });
        expect([local.weekday, local.hour, local.minute, local.millisecond]).toEqual([1, 9, 0, 0]);
        expect(next).toBeGreaterThan(ms);
        expect(newestDigestAt(next, zone)).toBe(next);
        expect(newestDigestAt(next - 1, zone)).toBeLessThanOrEqual(ms);
      }),
    );
  });

  test('keeps its day and hour when the zone changes', () => {
    const berlin = nextDigestAfter(utc('2026-11-18T00:00'), 'Europe/Berlin');
    const moved = sameDayIn(berlin, 'Europe/Berlin', 'America/New_York');
    expect([berlin, moved]).toEqual([utc('2026-11-23T08:00'), utc('2026-11-23T14:00')]);
  });
});

describe('the week of a digest', () => {
  test('is the one that was over, from Monday 0:00 to Monday 0:00', () => {
    fc.assert(
      fc.property(instant, fc.constantFrom(...zones), (ms, zone) => {
        const { from, to, name } = weekBefore(ms, zone);
        const [start, end] = [from, to].map((at) => DateTime.fromMillis(at, { zone }));
        expect([start?.weekday, start?.toISODate(), end?.weekday]).toEqual([1, name, 1]);
        expect(to).toBeLessThanOrEqual(ms);
        expect(nextDigestAfter(to, zone)).toBeGreaterThan(to);
        // A week with a day that clocks leave out, or have twice, differs by an hour; Samoa once left out a day.
        expect(Math.abs(to - from - 7 * 86_400_000)).toBeLessThanOrEqual(86_400_000);
      }),
    );
  });

  test('several that were due are those between, the oldest first, and of very many the newest', () => {
    const due = weeksDue(utc('2026-10-12T07:00'), utc('2026-11-03T15:00'), 'Europe/Berlin');
    expect(due.map(({ name }) => name)).toEqual(['2026-10-05', '2026-10-12', '2026-10-19', '2026-10-26']);
    expect(due.slice(1).map(({ from }) => from)).toEqual(due.slice(0, -1).map(({ to }) => to));
    const old = weeksDue(0, utc('2026-11-03T15:00'), 'UTC');
    expect([old.length, old.at(-1)?.name]).toEqual([weeksMax, '2026-10-26']);
    expect(weeksDue(utc('2026-11-09T09:00'), utc('2026-11-09T08:59'), 'UTC')).toEqual([]);
  });
});

test('moments and weeks are said as people do', () => {
  expect(momentIn(utc('2026-11-23T08:00'), 'Europe/Berlin')).toBe('Mon 23 Nov 9:00');
  expect(weekNamed('2026-11-16')).toBe('16 November');
});
