import { briefUsd } from '../core/money.ts';

/**
 * A chart as data: money over time as stacked columns, with a time before it as a line. Every surface draws it in its own way: as a
 * picture (`Pictures`), in a terminal as bars of text. Stored within cards, so it has no shape that JSON lacks (rule R8).
 */
export interface Chart {
  readonly kind: 'columns';
  /** What the columns are: `Spend by day`. */
  readonly title: string;
  /** Under the columns, from left to right: `Mon 16`. */
  readonly labels: readonly string[];
  /** From the ground up; nano-dollars, one for each label. At most `seriesMax`: beyond it colors cannot be told apart. */
  readonly series: readonly { readonly name: string; readonly nano: readonly number[] }[];
  /** What it is compared with; null in it: there is no such time. */
  readonly line: { readonly name: string; readonly nano: readonly (number | null)[] } | null;
  /** For those who do not see the picture: its numbers as words. */
  readonly alt: string;
}

export const seriesMax = 5;

/** The last of the series where there are more than can be told apart. */
export const otherSeries = 'other';

/** Beyond this many columns words say only the sums. */
const partsSaidMax = 8;

export const sumOf = (nano: readonly (number | null)[]): number =>
  nano.reduce<number>((all, one) => all + (one ?? 0), 0);

/** What stands at each label, all series together. */
export const totalsOf = ({ labels, series }: Pick<Chart, 'labels' | 'series'>): number[] =>
  labels.map((_, i) => sumOf(series.map((one) => one.nano[i] ?? 0)));

/** A chart with its words for those who do not see it; the dearest series stand first, what is beyond `seriesMax` is one. */
export function chartOf(data: Omit<Chart, 'kind' | 'alt'>): Chart {
  const chart = { ...data, series: fewSeries(data) };
  return { kind: 'columns', ...chart, alt: altOf(chart) };
}

function fewSeries({ series, labels }: Pick<Chart, 'labels' | 'series'>): Chart['series'] {
  const sorted = series.toSorted((a, b) => sumOf(b.nano) - sumOf(a.nano));
  if (sorted.length <= seriesMax) return sorted;
  const rest = sorted.slice(seriesMax - 1);
  return [...sorted.slice(0, seriesMax - 1), { name: otherSeries, nano: totalsOf({ labels, series: rest }) }];
}

const usd = (nano: number) => briefUsd(BigInt(nano));

function altOf({ title, labels, series, line }: Omit<Chart, 'kind' | 'alt'>): string {
  const sums = series.map(({ name, nano }) => `${name} ${usd(sumOf(nano))}`);
  const totals = totalsOf({ labels, series });
  const columns = labels.flatMap((label, i) => {
    const before = line?.nano[i] ?? null;
    const compared = before === null || line === null ? '' : `, ${line.name} ${usd(before)}`;
    const parts = series.filter(({ nano }) => (nano[i] ?? 0) > 0);
    const said = parts.map(({ name, nano }) => `${name} ${usd(nano[i] ?? 0)}`).join(', ');
    const own = labels.length <= partsSaidMax && parts.length > 1 ? ` (${said})` : '';
    return (totals[i] ?? 0) === 0 && (before ?? 0) === 0
      ? []
      : [`${label}: ${usd(totals[i] ?? 0)}${own}${compared}.`];
  });
  const compared = line === null ? '' : `; ${line.name} ${usd(sumOf(line.nano))}`;
  return [`${title}: ${usd(sumOf(totals))} in all${compared}.`, `${sums.join(', ')}.`, ...columns].join(' ');
}
