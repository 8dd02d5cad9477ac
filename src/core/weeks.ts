import { DateTime } from 'luxon';
import { boundsOf } from './budget.ts';

/** The weeks that digests are about: Monday to Sunday in the workspace's zone, told of on the Monday after. */
export interface Week {
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** The date it begins with, which names it for ever: `2026-11-16`. */
  readonly name: string;
}

const hourOfDigest = 9;

const at = (ms: number, zone: string) => DateTime.fromMillis(ms, { zone });

/** The first Monday, 9:00, after an instant. */
export function nextDigestAfter(ms: number, zone: string): number {
  const due = (monday: DateTime) => monday.set({ hour: hourOfDigest }).toMillis();
  const monday = at(ms, zone).startOf('week');
  return due(monday) > ms ? due(monday) : due(monday.plus({ weeks: 1 }));
}

/** The newest Monday, 9:00, that is not after an instant. */
export function newestDigestAt(ms: number, zone: string): number {
  const monday = at(ms, zone).startOf('week').set({ hour: hourOfDigest });
  return (monday.toMillis() <= ms ? monday : monday.minus({ weeks: 1 })).toMillis();
}

/** The same day and hour on other clocks: a digest stays that of its week when the zone is changed. */
export const sameDayIn = (ms: number, from: string, to: string): number =>
  at(ms, from).setZone(to, { keepLocalTime: true }).toMillis();

/** The week that a digest of this instant tells of: the last one that was over. */
export function weekBefore(ms: number, zone: string): Week {
  const { startsAt: to } = boundsOf('week', ms, zone);
  const { startsAt: from } = boundsOf('week', to - 1, zone);
  return { from, to, name: at(from, zone).toISODate() ?? '' };
}

/** The weeks of the digests that were due from one instant to another, the oldest first; of very many the newest. */
export function weeksDue(firstDue: number, now: number, zone: string): Week[] {
  const weeks: Week[] = [];
  for (
    let due = newestDigestAt(now, zone);
    due >= firstDue && weeks.length < weeksMax;
    due = newestDigestAt(due - 1, zone)
  ) {
    weeks.unshift(weekBefore(due, zone));
  }
  return weeks;
}

/** Of an outage that was longer nobody asks week by week. */
export const weeksMax = 53;

/** `Mon 23 Nov 9:00`. */
export const momentIn = (ms: number, zone: string): string =>
  at(ms, zone).setLocale('en').toFormat('ccc d LLL H:mm');

/** `16 November`, of the date that a week begins with. */
export const weekNamed = (name: string): string =>
  DateTime.fromISO(name, { zone: 'UTC' }).setLocale('en').toFormat('d LLLL');
