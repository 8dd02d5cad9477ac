import { briefUsd } from '../../core/money.ts';
import { type Chart, sumOf, totalsOf } from '../chart.ts';
import { columnsOf, cutTo, padTo, wrapTo } from './columns.ts';
import type { Paint } from './draw.ts';
import { inertLine } from './inert.ts';

/** Told apart without colors, too. */
const fills = [
  { fill: '█', style: 'blue' },
  { fill: '▓', style: 'yellow' },
  { fill: '▒', style: 'green' },
  { fill: '░', style: 'magenta' },
  { fill: '▚', style: 'dim' },
] as const;

const heights = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
const gap = '  ';
const barMax = 40;
const barMin = 6;
/** More labels than this stand in one line, a column each. */
const linesMax = 12;

const usd = (nano: number) => briefUsd(BigInt(nano));

/** The chart as bars of text: a line for each label, or for each series where there are many labels. */
export function drawChart(chart: Chart, width: number, paint: Paint): string[] {
  const lines = chart.labels.length > linesMax ? sparks(chart, width, paint) : bars(chart, width, paint);
  return [...wrapTo(inertLine(chart.title), width).map((line) => paint(['dim'], line)), ...lines];
}

function bars(chart: Chart, width: number, paint: Paint): string[] {
  const { series } = chart;
  const totals = totalsOf(chart);
  const labels = chart.labels.map((label) => cutTo(inertLine(label), Math.floor(width / 4)));
  const sums = column('', totals.map(usd));
  const was = column(
    chart.line?.name ?? '',
    (chart.line?.nano ?? []).map((nano) => (nano === null ? '' : usd(nano))),
  );
  const left = width - widest(labels) - gap.length - sums.columns - gap.length;
  const compared = was.columns > 0 && left - was.columns - gap.length >= barMin;
  const room = compared ? left - was.columns - gap.length : left;
  const length = room < barMin ? 0 : Math.min(barMax, room);
  const most = Math.max(...totals, 1);
  const drawn = labels.map((label, i) => {
    const own = series.map(({ nano }) => nano[i] ?? 0);
    const cells = length === 0 ? [] : cellsOf(own, most, length);
    const bar = cells.map((many, n) => paint([fillOf(n).style], fillOf(n).fill.repeat(many))).join('');
    const rest = ' '.repeat(length - cells.reduce((all, many) => all + many, 0));
    const amounts = [sums.lines[i] ?? '', ...(compared ? [paint(['dim'], was.lines[i] ?? '')] : [])];
    return [padTo(label, widest(labels)), `${bar}${rest}`, ...amounts].join(gap);
  });
  const before = ' '.repeat(widest(labels) + length + sums.columns + 3 * gap.length);
  const head = compared ? [before + paint(['dim'], was.name)] : [];
  return [...head, ...drawn, ...legend(chart, width, paint)];
}

const nameMax = 14;

/** Amounts below each other, with what stands over them. */
function column(name: string, amounts: readonly string[]) {
  const head = cutTo(inertLine(name), nameMax);
  const columns = widest([head, ...amounts]);
  return { columns, name: padLeft(head, columns), lines: amounts.map((amount) => padLeft(amount, columns)) };
}

/** How many cells each part of a bar takes: together as many as the whole is long, each no more than one from its share. */
function cellsOf(parts: readonly number[], most: number, length: number): number[] {
  let sum = 0;
  let cells = 0;
  return parts.map((part) => {
    sum += part;
    const until = sum === 0 ? 0 : Math.max(1, Math.round((length * sum) / most));
    const own = until - cells;
    cells = until;
    return own;
  });
}

function legend({ series }: Chart, width: number, paint: Paint): string[] {
  const names = series.map(({ name, nano }, i) => ({
    mark: paint([fillOf(i).style], fillOf(i).fill),
    text: cutTo(`${inertLine(name)} ${usd(sumOf(nano))}`, width - 2),
  }));
  const rows: string[] = [];
  let used = 0;
  for (const { mark, text } of names) {
    const columns = columnsOf(text) + 2;
    const fits = rows.length > 0 && used + gap.length + columns <= width;
    if (fits) rows[rows.length - 1] += `${gap}${mark} ${text}`;
    else rows.push(`${mark} ${text}`);
    used = fits ? used + gap.length + columns : columns;
  }
  return rows;
}

/** A line for each series, as high at each label as its share of the dearest column. */
function sparks(chart: Chart, width: number, paint: Paint): string[] {
  const { line, labels } = chart;
  const rows = [
    ...chart.series.map((one, i) => ({ ...one, style: fillOf(i).style })),
    ...(line === null ? [] : [{ ...line, style: 'dim' as const }]),
  ];
  const most = Math.max(...rows.flatMap(({ nano }) => nano.map((one) => one ?? 0)), 1);
  const names = rows.map(({ name }) => cutTo(inertLine(name), Math.floor(width / 4)));
  const sums = rows.map(({ nano }) => usd(sumOf(nano)));
  const nameColumns = widest(names);
  const room = width - nameColumns - widest(sums) - 2 * gap.length;
  const shown = room < barMin ? 0 : Math.min(labels.length, room);
  // Where not all fit, the newest do.
  const from = labels.length - shown;
  const height = (nano: number) => heights[Math.ceil((heights.length * nano) / most) - 1] ?? ' ';
  const drawn = rows.map(({ nano, style }, i) => {
    const spark = nano
      .slice(from)
      .map((one) => (one === null || one === 0 ? ' ' : height(one)))
      .join('');
    return `${padTo(names[i] ?? '', nameColumns)}${gap}${paint([style], padTo(spark, shown))}${gap}${padLeft(sums[i] ?? '', widest(sums))}`;
  });
  if (shown === 0) return drawn;
  const first = inertLine(labels[from] ?? '');
  const last = inertLine(labels.at(-1) ?? '');
  const between = Math.max(1, shown - columnsOf(first) - columnsOf(last));
  const scale = cutTo(`${' '.repeat(nameColumns)}${gap}${first}${' '.repeat(between)}${last}`, width);
  return [...drawn, paint(['dim'], scale)];
}

const fillOf = (i: number) => fills[i % fills.length] ?? fills[0];

const padLeft = (text: string, columns: number) => ' '.repeat(Math.max(0, columns - columnsOf(text))) + text;

const widest = (lines: readonly string[]) => lines.reduce((most, line) => Math.max(most, columnsOf(line)), 0);
