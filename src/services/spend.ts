import { DateTime } from 'luxon';
import type { Card, CardBlock } from '../chat/card.ts';
import type { Clock } from '../clock.ts';
import { boundsOf } from '../core/budget.ts';
import { formatUsd, toJsonNano } from '../core/money.ts';
import { activeBudgets, periodsAt } from '../store/budgets.ts';
import { mergedMembers } from '../store/linked.ts';
import { findMember } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import {
  type SpendColumns,
  type SpendSum,
  spendByMember,
  spendInEntries,
  spendInQuarters,
} from '../store/spend.ts';
import { channelName } from './channel-words.ts';
import type { Settings } from './settings.ts';

export const spendWindows = ['today', 'week', 'month'] as const;
export type SpendWindow = (typeof spendWindows)[number];

/** The window of a budget that a window of spend is compared with. */
export const budgetWindows = { today: 'day', week: 'week', month: 'month' } as const;

export const spendDimensions = ['crew', 'model', 'step', 'key', 'channel'] as const;
export type SpendDimension = (typeof spendDimensions)[number];

/** Sums of calls; money in nano-dollars. What a call used that never told its usage is in none of them. */
export interface SpendSums {
  readonly calls: number;
  /** Of these no price is known: their cost is in no sum (rule M1). */
  readonly unpricedCalls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costNano: number;
  /** At most, for calls whose answer was lost; apart from `costNano`. */
  readonly uncertainNano: number;
}

export interface SpendRow extends SpendSums {
  /** By its name; two of one name say their surface too. */
  readonly channel: string;
  readonly crew: string;
  readonly step: string;
  readonly provider: string;
  readonly model: string;
  /** Its label; '' is no key. */
  readonly key: string;
}

export interface SpendReport extends SpendSums {
  /** null: from and to were given. */
  readonly window: SpendWindow | null;
  readonly zone: string;
  readonly from: number;
  /** Exclusive. */
  readonly to: number;
  /** The workspace's own budget of this window; null: none. */
  readonly limitNano: number | null;
  /** The dearest first. */
  readonly rows: readonly SpendRow[];
}

export interface SpendGroup extends SpendSums {
  readonly name: string;
  /** Of what is priced, in percent. */
  readonly share: number;
}

type When = SpendWindow | { readonly from: number; readonly to: number };

export interface Spend {
  /** Of the window around now in the workspace's zone, or of any time. `channel`: its id; null: of the whole workspace. */
  report(workspace: string, when: When, channel?: string | null): Promise<SpendReport>;
  /** The same, in a snapshot of the caller. */
  read(tx: Tx, workspace: string, when: When, channel?: string | null): Promise<SpendReport>;
  /** The time of a report by who asked for the runs, from the ledger itself: the rollup knows no members (rule M8). */
  byMember(workspace: string, report: SpendReport, channel: string | null): Promise<readonly SpendGroup[]>;
}

const quarterMs = 15 * 60_000;

export function createSpend(parts: { store: Store; clock: Clock; settings: Settings }): Spend {
  const { store, clock, settings } = parts;

  async function channelNames(tx: Tx, workspace: string, ids: ReadonlySet<string>) {
    const names = new Map<string, string>();
    for (const id of ids) names.set(id, (await channelName(tx, workspace, id)) ?? id);
    return names;
  }

  const read: Spend['read'] = async (tx, workspace, when, channel = null) => {
    const now = clock.now();
    const { zone } = await settings.get(tx, workspace);
    const window = typeof when === 'string' ? when : null;
    const { from, to } = typeof when === 'string' ? around(budgetWindows[when], now, zone) : when;
    const all = await spendBetween(tx, workspace, from, to);
    const sums = channel === null ? all : all.filter((sum) => sum.channel_id === channel);
    const names = await channelNames(tx, workspace, new Set(sums.map((s) => s.channel_id)));
    const rows = sums
      .map((sum) => rowOf(sum, names.get(sum.channel_id) ?? sum.channel_id))
      .sort((a, b) => b.costNano - a.costNano || nameOf(a).localeCompare(nameOf(b), 'en'));
    const scope = channel === null ? '' : `channel:${channel}`;
    const limitNano =
      window === null ? null : await limitOf(tx, workspace, scope, budgetWindows[window], now);
    return { window, zone, from, to, limitNano, ...sumOf(rows), rows };
  };

  return {
    read,
    report: (...asked) => store.read((tx) => read(tx, ...asked)),
    byMember: (workspace, report, channel) =>
      store.read(async (tx) => {
        const rows: [string, SpendSums][] = [];
        const merged = await mergedMembers(tx, workspace);
        for (const sum of await spendByMember(tx, workspace, channel, report.from, report.to)) {
          const member = merged.get(sum.member_id) ?? sum.member_id;
          const name = (await findMember(tx, workspace, member))?.name ?? member;
          rows.push([name, sumsOf(sum)]);
        }
        return grouped(rows, report.costNano);
      }),
  };
}

/** The limit of a scope's own budget of a window, with what it was raised by; null: none is set. */
export async function limitOf(
  tx: Tx,
  workspace: string,
  scope: string,
  window: 'day' | 'week' | 'month',
  at: number,
): Promise<number | null> {
  const budget = (await activeBudgets(tx, workspace, [scope])).find((b) => b.window === window);
  if (budget === undefined) return null;
  const limits = (await periodsAt(tx, workspace, at)).filter((p) => p.budget_id === budget.id);
  return limits.length === 0 ? budget.limit_nano : Math.min(...limits.map((p) => p.limit_nano));
}

function around(window: 'day' | 'week' | 'month', now: number, zone: string): { from: number; to: number } {
  const { startsAt, endsAt } = boundsOf(window, now, zone);
  return { from: startsAt, to: endsAt ?? now };
}

/** Whole quarters from the rollup, the ragged edges from the ledger: exact at any instant. */
async function spendBetween(tx: Tx, workspace: string, from: number, to: number): Promise<SpendSum[]> {
  const first = Math.ceil(from / quarterMs) * quarterMs;
  const last = Math.floor(to / quarterMs) * quarterMs;
  if (first >= last) return await spendInEntries(tx, workspace, from, to);
  const sums = await spendInQuarters(tx, workspace, first, last);
  if (from < first) sums.push(...(await spendInEntries(tx, workspace, from, first)));
  if (last < to) sums.push(...(await spendInEntries(tx, workspace, last, to)));
  const merged = new Map<string, SpendSum>();
  for (const sum of sums) {
    const id = JSON.stringify([sum.channel_id, sum.crew, sum.step, sum.provider, sum.model, sum.key_label]);
    const other = merged.get(id);
    merged.set(id, other === undefined ? sum : { ...sum, ...added(sum, other) });
  }
  return [...merged.values()];
}

const added = (a: SpendSum, b: SpendSum) => ({
  calls: a.calls + b.calls,
  unpriced_calls: a.unpriced_calls + b.unpriced_calls,
  input_tokens: a.input_tokens + b.input_tokens,
  output_tokens: a.output_tokens + b.output_tokens,
  cost_nano: a.cost_nano + b.cost_nano,
  uncertain_nano: a.uncertain_nano + b.uncertain_nano,
});

const rowOf = (sum: SpendSum, channel: string): SpendRow => ({
  channel,
  crew: sum.crew,
  step: sum.step,
  provider: sum.provider,
  model: sum.model,
  key: sum.key_label,
  ...sumsOf(sum),
});

const sumsOf = (sum: SpendColumns): SpendSums => ({
  calls: sum.calls,
  unpricedCalls: sum.unpriced_calls,
  inputTokens: sum.input_tokens,
  outputTokens: sum.output_tokens,
  costNano: sum.cost_nano,
  uncertainNano: sum.uncertain_nano,
});

const nameOf = (row: SpendRow) => [row.channel, row.crew, row.step, row.model, row.key].join(' ');

function sumOf(rows: readonly SpendSums[]): SpendSums {
  const sum = (of: (row: SpendSums) => number) => rows.reduce((all, row) => all + of(row), 0);
  const nano = (of: (row: SpendSums) => number) =>
    toJsonNano(rows.reduce((all, row) => all + BigInt(of(row)), 0n));
  return {
    calls: sum((r) => r.calls),
    unpricedCalls: sum((r) => r.unpricedCalls),
    inputTokens: sum((r) => r.inputTokens),
    outputTokens: sum((r) => r.outputTokens),
    costNano: nano((r) => r.costNano),
    uncertainNano: nano((r) => r.uncertainNano),
  };
}

const names: Readonly<Record<SpendDimension, (row: SpendRow) => string>> = {
  crew: (row) => row.crew,
  model: (row) => row.model,
  step: (row) => `${row.crew} ${row.step}`,
  key: (row) => (row.key === '' ? 'no key' : `${row.provider} ${row.key}`),
  channel: (row) => row.channel,
};

/** The rows of a report summed by one dimension, the dearest first. */
export const spendBy = (report: SpendReport, dimension: SpendDimension): readonly SpendGroup[] =>
  grouped(
    report.rows.map((row) => [names[dimension](row), row]),
    report.costNano,
  );

function grouped(rows: readonly (readonly [name: string, SpendSums])[], costNano: number): SpendGroup[] {
  return [...Map.groupBy(rows, ([name]) => name)]
    .map(([name, own]) => {
      const sums = sumOf(own.map(([, row]) => row));
      return { name, ...sums, share: costNano === 0 ? 0 : (100 * sums.costNano) / costNano };
    })
    .sort((a, b) => b.costNano - a.costNano || b.calls - a.calls || a.name.localeCompare(b.name, 'en'));
}

const windowTitles = { today: 'today', week: 'this week', month: 'this month' } as const;
const barLength = 20;

/** The report for people: one bar for each crew, or for what else it is grouped by. */
export const spendCard = (report: SpendReport, dimension: SpendDimension = 'crew'): Card =>
  groupsCard(report, dimension, spendBy(report, dimension));

/** The same of groups that were made elsewhere; `by` says by what, `title` of what. */
export function groupsCard(
  report: SpendReport,
  by: string,
  groups: readonly SpendGroup[],
  title = 'Spend',
): Card {
  const most = groups[0]?.costNano ?? 0;
  const of = report.limitNano === null ? '' : ` of ${formatUsd(BigInt(report.limitNano))}`;
  const body: CardBlock =
    groups.length === 0
      ? { type: 'text', text: 'Nothing was called.' }
      : {
          type: 'fields',
          fields: groups.map((group) => ({ name: group.name, value: groupLine(group, most) })),
        };
  return {
    v: 1,
    title: `${title} · ${report.window === null ? datesOf(report) : windowTitles[report.window]}`,
    tone:
      report.limitNano !== null && report.costNano + report.uncertainNano > report.limitNano
        ? 'bad'
        : 'neutral',
    status: `${formatUsd(BigInt(report.costNano))}${of}`,
    body: [body],
    actions: [],
    foot: [
      ...apart(report),
      `${report.calls} ${report.calls === 1 ? 'call' : 'calls'}`,
      `by ${by}`,
      `${datesOf(report)}, ${report.zone}`,
    ].join(' · '),
  };
}

function groupLine(group: SpendGroup, most: number): string {
  const filled = most === 0 ? 0 : Math.round((barLength * group.costNano) / most);
  const bar = '█'.repeat(filled) + '░'.repeat(barLength - filled);
  const calls = `${group.calls} ${group.calls === 1 ? 'call' : 'calls'}`;
  const cost = formatUsd(BigInt(group.costNano));
  return [`${bar} ${cost}`, `${Math.round(group.share)} %`, calls, ...apart(group)].join(' · ');
}

/** What is not known stands beside what is (rules M1, M6). */
export const apart = ({
  uncertainNano,
  unpricedCalls,
}: Pick<SpendSums, 'uncertainNano' | 'unpricedCalls'>): string[] => [
  ...(uncertainNano > 0
    ? [`and at most ${formatUsd(BigInt(uncertainNano))} for calls whose answer was lost`]
    : []),
  ...(unpricedCalls > 0 ? [`${unpricedCalls} unpriced`] : []),
];

/** `16 Nov – 22 Nov 2026`; one day is said once. */
export function datesOf({ from, to, zone }: Pick<SpendReport, 'from' | 'to' | 'zone'>): string {
  const date = (at: number, format: string) =>
    DateTime.fromMillis(at, { zone }).setLocale('en').toFormat(format);
  const last = Math.max(from, to - 1);
  const until = date(last, 'd LLL yyyy');
  return date(from, 'd LLL yyyy') === until ? until : `${date(from, 'd LLL')} – ${until}`;
}
