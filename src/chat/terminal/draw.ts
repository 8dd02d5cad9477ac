import { styleText } from 'node:util';
import { tableLines } from '../../core/tables.ts';
import type { Card, CardAction, CardPart, CardStep } from '../card.ts';
import { stepMarks, toneMarks } from '../card-words.ts';
import { unfolded } from '../document-card.ts';
import { drawChart } from './chart.ts';
import { columnsOf, cutTo, padTo, wrapTo } from './columns.ts';
import { inertLine, inertText } from './inert.ts';

type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'blue' | 'magenta';
export type Paint = (styles: Style[], text: string) => string;

const toneStyles = {
  working: 'cyan',
  waiting: 'yellow',
  good: 'green',
  bad: 'red',
  neutral: 'bold',
} as const satisfies Record<Card['tone'], Style>;

const stepStyles = {
  done: 'green',
  working: 'cyan',
  waiting: 'yellow',
  pending: 'dim',
  failed: 'red',
  skipped: 'dim',
} as const satisfies Record<CardStep['mark'], Style>;

/** Narrower than this nothing can be laid out. */
const widthMin = 24;
const gap = '  ';
/** The least that a step's words keep when the columns beside them are wide. */
const saysMin = 8;

/**
 * The card as lines for a terminal of `width` columns, without a new line at the end. Texts are shown inert (rule S5);
 * with `color` false nothing but plain characters comes out.
 */
export function drawCard(card: Card, options: { color: boolean; width: number }): string {
  const width = Math.max(widthMin, options.width);
  const paint: Paint = options.color
    ? (styles, text) => (text === '' ? '' : styleText(styles, text, { validateStream: false }))
    : (_, text) => text;
  return [
    ...head(card, width, paint),
    ...unfolded(card.body).flatMap((block) => drawBlock(block, width, paint)),
    ...end(card, width, paint),
  ].join('\n');
}

function head(card: Card, width: number, paint: Paint): string[] {
  const mark = toneMarks[card.tone];
  const title = inertLine(card.title);
  const status = inertLine(card.status);
  const before = mark === '' ? '' : `${mark} `;
  const beforePainted = mark === '' ? '' : `${paint([toneStyles[card.tone]], mark)} `;
  const [first = '', ...more] = wrapTo(title, width - columnsOf(before));
  const rest = more.map((line) => ' '.repeat(columnsOf(before)) + paint(['bold'], line));
  const titleColumns = columnsOf(before) + columnsOf(first);
  const firstPainted = beforePainted + paint(['bold'], first);
  if (rest.length === 0 && status !== '' && titleColumns + gap.length + columnsOf(status) <= width) {
    return [firstPainted + ' '.repeat(width - titleColumns - columnsOf(status)) + paint(['dim'], status)];
  }
  const below = status === '' ? [] : wrapTo(status, width).map((line) => paint(['dim'], line));
  return [firstPainted, ...rest, ...below];
}

function drawBlock(block: CardPart, width: number, paint: Paint): string[] {
  switch (block.type) {
    case 'text':
      return wrapTo(inertText(block.text), width);
    case 'heading':
      return wrapTo(inertLine(block.text), width).map((line) => paint(['bold'], line));
    case 'bullets':
      return block.items.flatMap((item) => hanging('• ', wrapTo(inertText(item), width - 2)));
    case 'table':
      return tableLines(
        block.rows.map((row) => row.map(inertLine)),
        columnsOf,
      ).flatMap((line) => wrapTo(line, width));
    case 'link':
      return wrapTo(inertLine(`${block.label}: ${block.url}`), width);
    case 'steps':
      return drawSteps(block.steps, width, paint);
    case 'fields':
      return drawFields(block.fields, width, paint);
    case 'chart':
      return drawChart(block.chart, width, paint);
    case 'notice':
      return wrapTo(inertLine(block.people.map(({ name }) => `@${name}`).join(' ')), width);
  }
}

const hanging = (first: string, lines: readonly string[]) =>
  lines.map((line, i) => (i === 0 ? first : ' '.repeat(columnsOf(first))) + line);

const widest = (lines: readonly string[]) => lines.reduce((most, line) => Math.max(most, columnsOf(line)), 0);

function drawSteps(steps: readonly CardStep[], width: number, paint: Paint): string[] {
  const rows = steps.map((step) => ({
    mark: stepMarks[step.mark],
    style: stepStyles[step.mark],
    name: cutTo(inertLine(step.name), Math.floor(width / 3)),
    says: inertLine(step.says),
    time: cutTo(inertLine(step.time), Math.floor(width / 6)),
    cost: cutTo(inertLine(step.cost), Math.floor(width / 4)),
  }));
  const nameColumns = widest(rows.map((row) => row.name));
  const right = (columns: number) => (columns === 0 ? 0 : gap.length + columns);
  const timeColumns = widest(rows.map((row) => row.time));
  const costColumns = widest(rows.map((row) => row.cost));
  const left = 2 + nameColumns + gap.length;
  const room = Math.max(saysMin, width - left - right(timeColumns) - right(costColumns));
  const saysColumns = Math.min(room, widest(rows.map((row) => row.says)));
  return rows.map((row) => {
    const cells = [padTo(row.name, nameColumns), padTo(cutTo(row.says, saysColumns), saysColumns)];
    if (timeColumns > 0) cells.push(padTo(row.time, timeColumns));
    if (costColumns > 0) cells.push(padTo(row.cost, costColumns));
    const line = cutTo(cells.join(gap).trimEnd(), width - 2);
    return `${paint([row.style], row.mark)} ${row.style === 'dim' ? paint(['dim'], line) : line}`;
  });
}

function drawFields(
  fields: readonly { name: string; value: string }[],
  width: number,
  paint: Paint,
): string[] {
  const names = fields.map((field) => cutTo(inertLine(field.name), Math.floor(width / 2)));
  const nameColumns = widest(names);
  return fields.flatMap((field, i) => {
    const lines = wrapTo(inertText(field.value), width - nameColumns - gap.length);
    return lines.map((line, n) => {
      const name = padTo(n === 0 ? (names[i] ?? '') : '', nameColumns);
      return (paint(['dim'], name) + gap + line).trimEnd();
    });
  });
}

function end(card: Card, width: number, paint: Paint): string[] {
  const foot = inertLine(card.foot);
  const rows = buttonRows(card.actions, width);
  const last = rows.at(-1);
  const painted = rows.map((row) => row.map((b) => paint(buttonStyles[b.style], b.text)).join(' '));
  if (foot === '') return painted;
  const lastColumns = last === undefined ? 0 : rowColumns(last);
  if (last !== undefined && lastColumns + gap.length + columnsOf(foot) <= width) {
    const space = ' '.repeat(width - lastColumns - columnsOf(foot));
    return [...painted.slice(0, -1), `${painted.at(-1)}${space}${paint(['dim'], foot)}`];
  }
  return [...painted, ...wrapTo(foot, width).map((line) => paint(['dim'], line))];
}

interface Button {
  readonly text: string;
  readonly style: CardAction['style'];
}

const buttonStyles: Record<CardAction['style'], Style[]> = {
  primary: ['bold', 'green'],
  plain: ['bold'],
  danger: ['bold', 'red'],
};

const rowColumns = (row: readonly Button[]) =>
  row.reduce((sum, button) => sum + columnsOf(button.text), 0) + Math.max(0, row.length - 1);

function buttonRows(actions: readonly CardAction[], width: number): Button[][] {
  const rows: Button[][] = [];
  for (const action of actions) {
    const button = { text: `[ ${cutTo(inertLine(action.label), width - 4)} ]`, style: action.style };
    const row = rows.at(-1);
    if (row !== undefined && rowColumns([...row, button]) <= width) row.push(button);
    else rows.push([button]);
  }
  return rows;
}
