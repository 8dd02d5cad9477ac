import { DateTime } from 'luxon';
import type { Card, CardBlock } from '../chat/card.ts';
import { keyName } from '../core/key-words.ts';
import { briefUsd } from '../core/money.ts';
import { anchorDigits } from './audit.ts';
import type { DigestFacts } from './digest-facts.ts';
import { isOld } from './key-rows.ts';
import type { CrewOverview } from './overview.ts';
import { changeSaid, rangeSaid } from './overview-card.ts';
import { apart, type SpendDimension, type SpendReport, spendBy } from './spend.ts';

const usd = (nano: number) => briefUsd(BigInt(nano));

const dayMs = 86_400_000;
/** How many of each kind have a line of their own; the rest is summed. */
const namedMax = 5;
const changedMax = 3;
/** A change is worth a word from this part of the week's spend on. */
const changeMin = 0.05;
const missedNamedMax = 4;

/** The week's report in a channel. */
export function digestCard(facts: DigestFacts): Card {
  const { overview, zone, anchor } = facts;
  const change = changeSaid(overview.costNano, overview.beforeNano);
  const rows = [
    ['Channels', most(facts.report, 'channel', '#')],
    ['Crews', most(facts.report, 'crew', '')],
    ['Models', most(facts.report, 'model', '')],
    ['Changed', overview.crews.length === 0 ? '' : changed(facts)],
    ['Not exact', apart(overview).join(' · ')],
    ['Month', month(facts)],
    ['Budgets', budgets(facts)],
    ['Waiting', waiting(facts)],
    ['Keys', keys(facts)],
    ['Weeks before', missed(facts)],
  ] as const;
  const fields = rows.filter(([, value]) => value !== '').map(([name, value]) => ({ name, value }));
  const body: CardBlock[] = [
    ...(overview.calls === 0 ? [{ type: 'text', text: 'No crew called a provider.' } as const] : []),
    ...(overview.chart === null ? [] : [{ type: 'chart', chart: overview.chart } as const]),
    ...(fields.length === 0 ? [] : [{ type: 'fields', fields } as const]),
  ];
  return {
    v: 1,
    title: [facts.name, `week of ${dateOf(facts.week.from, zone)}`]
      .filter((part) => part !== '')
      .join(' · ')
      .replace(/^week/, 'Week'),
    tone: 'neutral',
    status: [
      usd(overview.costNano),
      ...(change === '' ? [] : [change]),
      counted(overview.runs, 'run', 'runs'),
      `${overview.approved} approved`,
      ...(overview.rejected > 0 ? [`${overview.rejected} rejected`] : []),
    ].join(' · '),
    body,
    actions: [],
    foot: [
      `Own keys, no markup`,
      `all times ${zone}`,
      // Rule A1: what stands here proves that nothing before it is gone.
      `audit ${anchor.seq}:${anchor.mac.slice(0, anchorDigits)}`,
    ].join(' · '),
  };
}

const dateOf = (ms: number, zone: string) =>
  DateTime.fromMillis(ms, { zone }).setLocale('en').toFormat('d LLLL');

const counted = (count: number, one: string, many: string) => `${count} ${count === 1 ? one : many}`;

/** `#sales $31.00 · #ops $20.00 · 3 more $1.12`: together all of it. */
function most(report: SpendReport, dimension: SpendDimension, mark: string): string {
  const groups = spendBy(report, dimension).filter(({ costNano }) => costNano > 0);
  const rest = groups.slice(namedMax);
  const restNano = rest.reduce((all, { costNano }) => all + costNano, 0);
  return [
    ...groups.slice(0, namedMax).map(({ name, costNano }) => `${mark}${name} ${usd(costNano)}`),
    ...(rest.length > 0 ? [`${rest.length} more ${usd(restNano)}`] : []),
  ].join(' · ');
}

/** The crews whose spend changed by the most money. */
function changed({ overview }: DigestFacts): string {
  if (overview.beforeNano === 0) return '';
  const by = ({ costNano, beforeNano }: CrewOverview) => Math.abs(costNano - beforeNano);
  return overview.crews
    .filter((crew) => by(crew) >= changeMin * Math.max(overview.costNano, overview.beforeNano))
    .sort((a, b) => by(b) - by(a))
    .slice(0, changedMax)
    .map((crew) => `${crew.name} ${changeSaid(crew.costNano, crew.beforeNano)}`)
    .join(' · ');
}

function month({ month: { costNano, limitNano, forecast } }: DigestFacts): string {
  const of = limitNano === null ? '' : ` of ${usd(limitNano)}`;
  return [`${usd(costNano)}${of}`, ...(forecast === null ? [] : [`forecast ${rangeSaid(forecast)}`])].join(
    ' · ',
  );
}

const windowWords = { week: 'that week', month: 'this month', total: 'in all' } as const;

/** The fullest first. */
function budgets({ budgets: all }: DigestFacts): string {
  return all
    .toSorted((a, b) => b.spentNano / b.limitNano - a.spentNano / a.limitNano)
    .slice(0, namedMax)
    .map(
      ({ scope, window, spentNano, limitNano }) =>
        `${scope} ${windowWords[window]} ${usd(spentNano)} of ${usd(limitNano)}`,
    )
    .join(' · ');
}

function waiting({ approvals, waiting: runs, now }: DigestFacts): string {
  const { count, oldestAt } = approvals;
  const forWhat = (what: string) => runs.get(what) ?? 0;
  return [
    ...(count > 0 && oldestAt !== null
      ? [
          `${counted(count, 'approval', 'approvals')}, ${count === 1 ? 'for' : 'the oldest for'} ${age(now - oldestAt)}`,
        ]
      : []),
    ...['key', 'budget'].flatMap((what) =>
      forWhat(what) > 0 ? [`${counted(forWhat(what), 'run', 'runs')} for a ${what}`] : [],
    ),
  ].join(' · ');
}

const age = (ms: number) =>
  ms >= dayMs
    ? counted(Math.floor(ms / dayMs), 'day', 'days')
    : ms >= dayMs / 24
      ? `${Math.floor((24 * ms) / dayMs)} h`
      : 'less than an hour';

function keys({ keys: all, now }: DigestFacts): string {
  return all
    .flatMap((key) => {
      if (key.health === 'failing') return [`${keyName(key)} is refused`];
      return isOld(key, now)
        ? [
            `${keyName(key)} is ${counted(Math.floor((now - key.versionSince) / dayMs), 'day', 'days')} old, rotate it`,
          ]
        : [];
    })
    .join(' · ');
}

/** What was due while nothing ran is told of once, here. */
function missed({ missed: weeks, zone }: DigestFacts): string {
  if (weeks.length === 0) return '';
  const named = weeks.slice(-missedNamedMax);
  const rest = weeks.slice(0, -missedNamedMax);
  const restNano = rest.reduce((all, { report }) => all + report.costNano, 0);
  return [
    ...(rest.length > 0 ? [`${counted(rest.length, 'earlier week', 'earlier weeks')} ${usd(restNano)}`] : []),
    ...named.map(({ week, report }) =>
      [`${dateOf(week.from, zone)} ${usd(report.costNano)}`, ...apart(report)].join(', '),
    ),
    'not told of in time, since Crewsmith was not running',
  ].join(' · ');
}
