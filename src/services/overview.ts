import { DateTime } from 'luxon';
import { type Chart, chartOf } from '../chat/chart.ts';
import type { Clock } from '../clock.ts';
import { boundsOf } from '../core/budget.ts';
import { type Forecast, forecastOf } from '../core/forecast.ts';
import { toJsonNano } from '../core/money.ts';
import { gatesClosed } from '../store/overview.ts';
import type { Store, Tx } from '../store/port.ts';
import { type CrewQuarter, crewQuarters, runsByCrew } from '../store/spend.ts';
import { channelName } from './channel-words.ts';
import type { Settings } from './settings.ts';
import { budgetWindows, limitOf, type SpendWindow } from './spend.ts';

/** What a window has come to, for people; money in nano-dollars. */
export interface Overview {
  readonly window: SpendWindow;
  readonly zone: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** Name of the one channel that it is about; null: the workspace. */
  readonly channel: string | null;
  /** Of the channel's own budget of this window, or the workspace's. */
  readonly limitNano: number | null;
  readonly costNano: number;
  /** At most, for calls whose answer was lost; apart from `costNano`. */
  readonly uncertainNano: number;
  readonly unpricedCalls: number;
  readonly calls: number;
  readonly runs: number;
  readonly approved: number;
  readonly rejected: number;
  /** Of the window before, up to the same moment of it. */
  readonly beforeNano: number;
  readonly beforeName: string;
  /** Null: the window is over, or nothing is known that would say anything. */
  readonly forecast: Forecast | null;
  /** The dearest first. */
  readonly crews: readonly CrewOverview[];
  /** Null: nothing was spent, here and before. */
  readonly chart: Chart | null;
}

export interface CrewOverview {
  readonly name: string;
  readonly costNano: number;
  readonly uncertainNano: number;
  readonly unpricedCalls: number;
  /** Of what is priced, in percent. */
  readonly share: number;
  /** Runs that called a provider. */
  readonly runs: number;
  readonly beforeNano: number;
  /** Gates that people decided, and how many of these at the first draft. */
  readonly decided: number;
  readonly approvedFirst: number;
}

export interface Overviews {
  /** Of the window around `at`, by default around now. `channel`: its id; null: the whole workspace. */
  overview(workspace: string, what: OverviewOf): Promise<Overview>;
  read(tx: Tx, workspace: string, what: OverviewOf): Promise<Overview>;
}

export interface OverviewOf {
  readonly window: SpendWindow;
  readonly channel: string | null;
  readonly at?: number;
}

const hourMs = 3_600_000;

export function createOverviews(parts: { store: Store; clock: Clock; settings: Settings }): Overviews {
  const { store, clock, settings } = parts;

  async function read(tx: Tx, workspace: string, what: OverviewOf): Promise<Overview> {
    const { window, channel } = what;
    const unit = budgetWindows[window];
    const { zone } = await settings.get(tx, workspace);
    const now = clock.now();
    const time = timeOf(unit, what.at ?? now, now, zone);
    const { from, to, before } = time;
    const quarters = await crewQuarters(tx, workspace, channel, before.from, to);
    const within = (start: number, end: number) =>
      quarters.filter(({ bucket }) => bucket >= start && bucket < end);
    const own = within(from, to);
    const past = within(before.from, before.until);
    const half = from + (Math.min(now, to) - from) / 2;
    const runs = await runsByCrew(tx, workspace, channel, from, to);
    const gates = await gatesClosed(tx, workspace, channel, from, to);
    const sums = sumOf(own);
    const scope = channel === null ? '' : `channel:${channel}`;
    const gateSum = (of: (counts: (typeof gates)[number]) => number) =>
      gates.reduce((all, counts) => all + of(counts), 0);
    const beforeNano = sumOf(past).costNano;
    return {
      window,
      ...{ zone, from, to, ...sums, beforeNano, beforeName: time.beforeName },
      channel:
        channel === null ? null : ((await channelName(tx, workspace, channel)) ?? 'a channel that is gone'),
      limitNano: await limitOf(tx, workspace, scope, unit, Math.min(now, to - 1)),
      runs: [...runs.values()].reduce((all, count) => all + count, 0),
      approved: gateSum((counts) => counts.approved),
      rejected: gateSum((counts) => counts.rejected),
      forecast: forecastOf({
        ...{ from, to, now, spentNano: sums.costNano },
        recentNano: sumOf(within(half, to)).costNano,
        before: {
          untilNowNano: beforeNano,
          restNano: sumOf(within(before.until, before.to)).costNano,
        },
      }),
      crews: [...Map.groupBy(own, ({ crew }) => crew)]
        .map(([name, rows]) => {
          const spent = sumOf(rows);
          const counts = gates.find(({ crew }) => crew === name);
          return {
            name,
            ...{ costNano: spent.costNano, uncertainNano: spent.uncertainNano },
            unpricedCalls: spent.unpricedCalls,
            share: sums.costNano === 0 ? 0 : (100 * spent.costNano) / sums.costNano,
            runs: runs.get(name) ?? 0,
            beforeNano: sumOf(past.filter(({ crew }) => crew === name)).costNano,
            decided: (counts?.approved ?? 0) + (counts?.rejected ?? 0),
            approvedFirst: counts?.approved_first ?? 0,
          };
        })
        .sort((a, b) => b.costNano - a.costNano || a.name.localeCompare(b.name, 'en')),
      chart: chartOfTime(unit, time, zone, own, within(before.from, before.to)),
    };
  }

  return {
    read,
    overview: (workspace, what) => store.read((tx) => read(tx, workspace, what)),
  };
}

interface Time {
  readonly from: number;
  readonly to: number;
  readonly before: { readonly from: number; readonly to: number; readonly until: number };
  readonly beforeName: string;
}

type Unit = 'day' | 'week' | 'month';

/** The window and the one before it; `until` is the moment of that one which has the date and hour of now. */
function timeOf(unit: Unit, at: number, now: number, zone: string): Time {
  const { startsAt: from, endsAt } = boundsOf(unit, at, zone);
  const to = endsAt ?? now;
  const start = boundsOf(unit, from - 1, zone).startsAt;
  const same = DateTime.fromMillis(now, { zone })
    .minus({ [unit]: 1 })
    .toMillis();
  const runs = now < to;
  const month = DateTime.fromMillis(start, { zone }).setLocale('en').toFormat('LLLL');
  const names = {
    day: ['yesterday', 'day before'],
    week: ['last week', 'week before'],
    month: [month, month],
  };
  return {
    from,
    to,
    before: { from: start, to: from, until: runs ? Math.min(from, Math.max(start, same)) : from },
    beforeName: names[unit][runs ? 0 : 1] ?? '',
  };
}

type Sums = Pick<Overview, 'costNano' | 'uncertainNano' | 'unpricedCalls' | 'calls'>;

function sumOf(rows: readonly CrewQuarter[]): Sums {
  const nano = (of: (row: CrewQuarter) => number) =>
    toJsonNano(rows.reduce((all, row) => all + BigInt(of(row)), 0n));
  const sum = (of: (row: CrewQuarter) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    costNano: nano((row) => row.cost_nano),
    uncertainNano: nano((row) => row.uncertain_nano),
    unpricedCalls: sum((row) => row.unpriced_calls),
    calls: sum((row) => row.calls),
  };
}

/** Where each column begins: hours of a day, days of a week or month. A day has 23 or 25 hours where clocks are set. */
function startsOf(unit: Unit, from: number, to: number, zone: string): number[] {
  const starts: number[] = [];
  for (let start = from; start < to; ) {
    starts.push(start);
    start = unit === 'day' ? start + hourMs : (boundsOf('day', start, zone).endsAt ?? to);
  }
  return starts;
}

const formats = { day: 'H:mm', week: 'ccc d', month: 'd' } as const;

/** Quarters of an hour lie within one column: every zone is a whole number of them from UTC (rule M8). */
function chartOfTime(
  unit: Unit,
  { from, to, before, beforeName }: Time,
  zone: string,
  own: readonly CrewQuarter[],
  past: readonly CrewQuarter[],
): Chart | null {
  if (![...own, ...past].some((row) => row.cost_nano > 0)) return null;
  const date = (ms: number, format: string) =>
    DateTime.fromMillis(ms, { zone }).setLocale('en').toFormat(format);
  const starts = startsOf(unit, from, to, zone);
  const startsBefore = startsOf(unit, before.from, before.to, zone);
  // The longer of two months has days that the other lacks.
  const many = Math.max(starts.length, startsBefore.length);
  const inColumns = (rows: readonly CrewQuarter[], edges: readonly number[]) =>
    Array.from({ length: many }, (_, i) => {
      const end = edges[i + 1] ?? Number.MAX_SAFE_INTEGER;
      const within = rows.filter(({ bucket }) => bucket >= (edges[i] ?? end) && bucket < end);
      return within.reduce((all, row) => all + row.cost_nano, 0);
    });
  const titles = {
    day: `Spend by hour, ${date(from, 'd LLL')}`,
    week: `Spend by day, ${date(from, 'd LLL')} – ${date(to - 1, 'd LLL')}`,
    month: `Spend by day, ${date(from, 'LLLL yyyy')}`,
  };
  const compared = inColumns(past, startsBefore);
  return chartOf({
    title: titles[unit],
    labels: Array.from({ length: many }, (_, i) => date(starts[i] ?? startsBefore[i] ?? to, formats[unit])),
    series: [...Map.groupBy(own, ({ crew }) => crew)]
      .filter(([, rows]) => rows.some((row) => row.cost_nano > 0))
      .map(([name, rows]) => ({ name, nano: inColumns(rows, starts) })),
    line: compared.some((nano) => nano > 0)
      ? { name: beforeName, nano: compared.map((nano, i) => (i < startsBefore.length ? nano : null)) }
      : null,
  });
}
