import fc from 'fast-check';
import { DateTime } from 'luxon';
import { describe, expect, it } from 'vitest';
import { boundsOf, fitsAll, type Period, type Window } from '../../src/core/budget.ts';

const at = (iso: string, zone: string) => DateTime.fromISO(iso, { zone }).toMillis();
const hours = (ms: number) => ms / 3_600_000;

describe('the window of a budget', () => {
  const shown = (window: Window, iso: string, zone: string) => {
    const { startsAt, endsAt } = boundsOf(window, at(iso, zone), zone);
    const local = (ms: number) => DateTime.fromMillis(ms, { zone }).toFormat("yyyy-MM-dd'T'HH:mm");
    return `${local(startsAt)} → ${endsAt === null ? 'never' : local(endsAt)}`;
  };

  it.each<[Window, string, string]>([
    ['day', '2026-11-18T14:00', '2026-11-18T00:00 → 2026-11-19T00:00'],
    ['week', '2026-11-18T14:00', '2026-11-16T00:00 → 2026-11-23T00:00'],
    ['month', '2026-11-18T14:00', '2026-11-01T00:00 → 2026-12-01T00:00'],
    ['month', '2028-02-29T23:59', '2028-02-01T00:00 → 2028-03-01T00:00'],
    ['week', '2027-01-01T00:00', '2026-12-28T00:00 → 2027-01-04T00:00'],
  ])('the %s around %s in Berlin is %s', (window, iso, expected) => {
    expect(shown(window, iso, 'Europe/Berlin')).toBe(expected);
  });

  it('a week begins on Monday at 0:00 and ends with Sunday', () => {
    expect(shown('week', '2026-11-15T23:59', 'Europe/Berlin')).toBe('2026-11-09T00:00 → 2026-11-16T00:00');
    expect(shown('week', '2026-11-16T00:00', 'Europe/Berlin')).toBe('2026-11-16T00:00 → 2026-11-23T00:00');
  });

  it('a total begins at the beginning and never ends', () => {
    expect(boundsOf('total', at('2026-11-18T14:00', 'UTC'), 'Asia/Kathmandu')).toEqual({
      startsAt: 0,
      endsAt: null,
    });
  });

  it('a day is an hour shorter in spring and an hour longer in autumn', () => {
    const length = (iso: string, zone: string) => {
      const { startsAt, endsAt } = boundsOf('day', at(iso, zone), zone);
      return hours((endsAt ?? 0) - startsAt);
    };
    expect(length('2026-03-29T12:00', 'Europe/Berlin')).toBe(23);
    expect(length('2026-10-25T12:00', 'Europe/Berlin')).toBe(25);
    expect(length('2026-10-25T12:00', 'UTC')).toBe(24);
    // Lord Howe Island moves by half an hour.
    expect(length('2026-10-04T12:00', 'Australia/Lord_Howe')).toBe(23.5);
  });

  it('a day whose midnight does not exist begins when it begins', () => {
    // In Beirut clocks went from 0:00 to 1:00 on 29 March 2026.
    const zone = 'Asia/Beirut';
    const { startsAt } = boundsOf('day', at('2026-03-29T12:00', zone), zone);
    expect(DateTime.fromMillis(startsAt, { zone }).toFormat('d H:mm')).toBe('29 1:00');
    const before = boundsOf('day', startsAt - 1, zone);
    expect(before.endsAt).toBe(startsAt);
  });

  it.each<[string, Window, number]>([
    ['Africa/Cairo', 'day', Date.UTC(2026, 3, 24, 5, 30)],
    ['America/Santiago', 'day', Date.UTC(2026, 8, 7, 2, 30)],
    ['America/Havana', 'day', Date.UTC(2026, 10, 1, 4, 30)],
    ['America/Havana', 'month', Date.UTC(2026, 10, 1, 4, 30)],
    ['Atlantic/Azores', 'day', Date.UTC(2026, 9, 25, 0, 30)],
  ])('in %s, where clocks are set at midnight, each %s ends where the next begins', (zone, window, at) => {
    const bounds = boundsOf(window, at, zone);
    const end = bounds.endsAt ?? 0;
    expect(boundsOf(window, bounds.startsAt, zone)).toEqual(bounds);
    expect(boundsOf(window, end - 1, zone)).toEqual(bounds);
    expect(boundsOf(window, end, zone).startsAt).toBe(end);
  });

  it('both hours of an autumn night belong to the same day', () => {
    const first = Date.UTC(2026, 9, 25, 0, 30);
    const second = Date.UTC(2026, 9, 25, 1, 30);
    expect(boundsOf('day', first, 'Europe/Berlin')).toEqual(boundsOf('day', second, 'Europe/Berlin'));
  });

  it('zones with odd minutes have their own midnight', () => {
    expect(shown('day', '2026-11-18T00:10', 'Asia/Kathmandu')).toBe('2026-11-18T00:00 → 2026-11-19T00:00');
  });

  it('every instant lies in exactly one window, and the next begins where it ends', () => {
    const zones = [
      'UTC',
      'Europe/Berlin',
      'America/New_York',
      'Asia/Kathmandu',
      'Asia/Beirut',
      'Australia/Lord_Howe',
    ];
    fc.assert(
      fc.property(
        fc.integer({ min: Date.UTC(2024, 0, 1), max: Date.UTC(2030, 0, 1) }),
        fc.constantFrom<Window>('day', 'week', 'month'),
        fc.constantFrom(...zones),
        (instant, window, zone) => {
          const { startsAt, endsAt } = boundsOf(window, instant, zone);
          if (endsAt === null) throw new Error('it must end');
          expect(startsAt).toBeLessThanOrEqual(instant);
          expect(instant).toBeLessThan(endsAt);
          expect(boundsOf(window, startsAt, zone)).toEqual({ startsAt, endsAt });
          expect(boundsOf(window, endsAt - 1, zone)).toEqual({ startsAt, endsAt });
          expect(boundsOf(window, endsAt, zone).startsAt).toBe(endsAt);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('whether a hold fits (rules M4, M9)', () => {
  const period = (limit: number, spent: number, held: number, id = 'p'): Period => ({
    id,
    limitNano: BigInt(limit),
    spentNano: BigInt(spent),
    heldNano: BigInt(held),
  });

  it('up to the limit and not one nano over', () => {
    expect(fitsAll([period(100, 40, 30)], 30n)).toEqual({ fits: true });
    expect(fitsAll([period(100, 40, 30)], 31n)).toMatchObject({ fits: false, because: 'holds' });
  });

  it('only others’ holds are in the way, or what is spent leaves too little', () => {
    expect(fitsAll([period(100, 40, 60)], 60n)).toMatchObject({ because: 'holds' });
    expect(fitsAll([period(100, 40, 60)], 61n)).toMatchObject({ because: 'limit' });
    expect(fitsAll([period(100, 0, 0)], 101n)).toMatchObject({ because: 'limit' });
  });

  it('all periods or none: the one that people must act on is named first', () => {
    const roomy = period(1_000, 0, 0, 'roomy');
    const busy = period(100, 0, 90, 'busy');
    const spent = period(100, 95, 0, 'spent');
    expect(fitsAll([roomy, busy], 20n)).toMatchObject({ because: 'holds', period: { id: 'busy' } });
    expect(fitsAll([roomy, busy, spent], 20n)).toMatchObject({ because: 'limit', period: { id: 'spent' } });
    expect(fitsAll([roomy, busy, spent], 5n)).toEqual({ fits: true });
  });

  it('nothing is in the way where there is no budget, and nothing costs nothing', () => {
    expect(fitsAll([], 10n ** 15n)).toEqual({ fits: true });
    expect(fitsAll([period(100, 100, 0)], 0n)).toEqual({ fits: true });
  });

  it('a limit that was set below what is spent lets nothing through that costs something', () => {
    expect(fitsAll([period(10, 50, 0)], 1n)).toMatchObject({ because: 'limit' });
    expect(fitsAll([period(10, 50, 0)], 0n)).toMatchObject({ because: 'limit' });
  });

  it('says that it fits exactly when spent + held + x is within every limit', () => {
    const amount = fc.nat(1_000);
    const any = fc.array(fc.record({ limit: amount, spent: amount, held: amount }), { maxLength: 4 });
    fc.assert(
      fc.property(any, amount, (rows, x) => {
        const fits = rows.every((r) => r.spent + r.held + x <= r.limit);
        expect(
          fitsAll(
            rows.map((r) => period(r.limit, r.spent, r.held)),
            BigInt(x),
          ).fits,
        ).toBe(fits);
      }),
    );
  });
});
