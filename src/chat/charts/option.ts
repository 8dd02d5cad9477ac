import type { EChartsCoreOption } from 'echarts/core';
import { type Chart, sumOf, totalsOf } from '../chart.ts';
import type { Colors } from './colors.ts';
import { amountsUpTo, type Scale, scaleOf, toDollars } from './scale.ts';

/** In pixels of the drawing; the picture has twice as many. */
export const size = { width: 800, height: 400 } as const;

const edge = 28;
const top = 102;
const bottom = { label: 36, amount: 58 } as const;
/** About what a letter takes, for room that is needed before anything is drawn. */
const letterPx = { axis: 7.6, legend: 7.1, sum: 8.1 } as const;
const legend = { item: 12, gap: 20, inner: 14 } as const;
/** Up to so many columns have their amounts under them, where no line goes; of more the dearest has it on top. */
const labeledMax = 10;

type Amount = (nano: number) => string;

/** What ECharts draws for a chart. */
export function optionOf(chart: Chart, colors: Colors): EChartsCoreOption {
  const { labels, line } = chart;
  const totals = totalsOf(chart);
  const most = Math.max(...totals, ...(line?.nano ?? []).map((nano) => nano ?? 0), 1);
  const scale = scaleOf(most);
  const amount = amountsUpTo(most);
  return {
    animation: false,
    backgroundColor: colors.ground,
    textStyle: { fontFamily: 'Inter', color: colors.text },
    title: titleOf(chart, amountsUpTo(sumOf(totals))(sumOf(totals)), colors),
    legend: legendsOf(chart, colors),
    grid: {
      left: edge + scale.format(scale.max).length * letterPx.axis + 10,
      right: edge,
      top,
      bottom: labels.length <= labeledMax ? bottom.amount : bottom.label,
      outerBoundsMode: 'none',
    },
    xAxis: {
      type: 'category',
      data: labels,
      z: 10,
      axisLine: { lineStyle: { color: colors.quiet, width: 1 } },
      axisTick: { show: false },
      axisLabel: {
        color: colors.quiet,
        fontSize: 13,
        lineHeight: 21,
        margin: labels.length <= labeledMax ? 6 : 8,
        ...(labels.length <= labeledMax ? { interval: 0 } : { hideOverlap: true }),
        formatter: (label: string, i: number) =>
          labels.length <= labeledMax
            ? `{day|${plain(label)}}\n{sum|${totals[i] ? amount(totals[i]) : ''}}`
            : label,
        rich: {
          day: { fontFamily: 'Inter', fontSize: 13, lineHeight: 21, color: colors.quiet },
          sum: { fontFamily: 'Inter', fontSize: 14, lineHeight: 21, fontWeight: 600, color: colors.text },
        },
      },
    },
    yAxis: axisOfMoney(scale, colors),
    series: [...columns(chart, totals, amount, colors), ...(line === null ? [] : [compared(line, colors)])],
  };
}

const titleOf = ({ title }: Chart, sum: string, colors: Colors) => ({
  text: `${title} · ${sum}`,
  left: edge,
  top: 20,
  padding: 0,
  textStyle: { fontFamily: 'Inter', fontSize: 18, fontWeight: 600, color: colors.text },
});

/** Names with their sums, so that nothing must be measured by eye; what is compared with stands apart. */
function legendsOf({ series, line }: Chart, colors: Colors) {
  const amount = amountsUpTo(Math.max(...series.map(({ nano }) => sumOf(nano)), 1));
  const sums = new Map(series.map(({ name, nano }) => [name, amount(sumOf(nano))]));
  const taken = [...sums.values()].reduce((all, sum) => all + (sum.length + 1) * letterPx.sum, 0);
  const room = size.width - 2 * edge - taken - series.length * (legend.item + legend.inner + legend.gap);
  const lettersMax = lettersIn(
    series.map(({ name }) => name.length),
    Math.floor(room / letterPx.legend),
  );
  const common = {
    padding: 0,
    itemGap: legend.gap,
    itemWidth: legend.item,
    itemHeight: legend.item,
    selectedMode: false,
    textStyle: {
      rich: {
        name: { fontFamily: 'Inter', fontSize: 13.5, color: colors.quiet },
        sum: { fontFamily: 'Inter', fontSize: 13.5, fontWeight: 600, color: colors.text },
      },
    },
  };
  const named = (name: string, sum: string) => `{name|${plain(name)} }{sum|${sum}}`;
  const own = {
    ...common,
    left: edge,
    top: 55,
    formatter: (name: string) => named(cut(name, lettersMax), sums.get(name) ?? ''),
    data: series.map(({ name }) => ({ name, icon: 'roundRect' })),
  };
  if (line === null) return [own];
  const before = sumOf(line.nano);
  return [
    own,
    {
      ...common,
      right: edge,
      top: 23,
      itemWidth: 20,
      itemHeight: 2,
      itemStyle: { color: colors.line, borderWidth: 0 },
      formatter: () => named(line.name, amountsUpTo(before)(before)),
      data: [{ name: line.name, icon: many(line) ? 'rect' : dashes }],
    },
  ];
}

/** As the line looks. */
const dashes = 'path://M0,0h4v1.75h-4z M8,0h4v1.75h-4z M16,0h4v1.75h-4z';

/** In ECharts' texts these mean something. */
const plain = (name: string) => name.replace(/[{}|]/g, ' ');

/** How long a name may be for all of them to fit: the short ones leave their room to the long ones. */
function lettersIn(lengths: readonly number[], room: number): number {
  let letters = Math.max(...lengths, 1);
  const fits = () => lengths.reduce((all, length) => all + Math.min(length, letters), 0) <= room;
  while (letters > 4 && !fits()) letters--;
  return letters;
}

const cut = (name: string, letters: number) =>
  name.length <= letters ? name : `${name.slice(0, letters - 1)}…`;

function axisOfMoney(scale: Scale, colors: Colors) {
  return {
    type: 'value',
    min: 0,
    max: scale.max,
    interval: scale.step,
    axisLabel: { color: colors.quiet, fontSize: 13, margin: 10, formatter: scale.format },
    splitLine: { lineStyle: { color: colors.rule, width: 1 } },
  };
}

function columns({ series, labels }: Chart, totals: readonly number[], amount: Amount, colors: Colors) {
  const highest = totals.indexOf(Math.max(...totals));
  const isLabeled = (i: number) => (totals[i] ?? 0) > 0 && labels.length > labeledMax && i === highest;
  const common = { type: 'bar', stack: 'spend', barWidth: labels.length <= labeledMax ? '56%' : '70%' };
  return [
    ...series.map(({ name, nano }, i) => ({
      ...common,
      name,
      // Nothing is not a column of no height, whose border would show.
      data: nano.map((one) => (one === 0 ? null : toDollars(one))),
      itemStyle: { color: colors.series[i], borderColor: colors.ground, borderWidth: 1 },
    })),
    {
      ...common,
      name: '',
      z: 5,
      data: totals.map(() => 0),
      label: {
        show: true,
        position: 'top',
        distance: 6,
        formatter: ({ dataIndex: i }: { dataIndex: number }) => (isLabeled(i) ? amount(totals[i] ?? 0) : ''),
        fontFamily: 'Inter',
        fontSize: 13,
        fontWeight: 600,
        color: colors.text,
        textBorderColor: colors.ground,
        textBorderWidth: 4,
      },
    },
  ];
}

const many = ({ nano }: { readonly nano: readonly unknown[] }) => nano.length > labeledMax;

/** Points that are joined, or steps where there would be too many points. */
const compared = (line: NonNullable<Chart['line']>, colors: Colors) => ({
  type: 'line',
  name: line.name,
  z: 4,
  data: line.nano.map((nano) => (nano === null ? null : toDollars(nano))),
  symbol: many(line) ? 'none' : 'circle',
  symbolSize: 6,
  step: many(line) ? 'middle' : false,
  lineStyle: { color: colors.line, width: 1.75, type: many(line) ? 'solid' : [4, 4] },
  itemStyle: { color: colors.ground, borderColor: colors.line, borderWidth: 1.75 },
});
