import type { types } from '@slack/bolt';
import { tableLines } from '../../core/tables.ts';
import type { Card, CardAction, CardBlock, CardStep } from '../card.ts';
import { stepMarks, toneMarks } from '../card-words.ts';
import type { Chart } from '../chart.ts';
import { limits } from './limits.ts';
import { bold, clipped, escaped, pieces } from './mrkdwn.ts';

export type Block = types.KnownBlock;

/** What this workspace's Slack has taken so far (rule S6). */
export interface Accepted {
  /** Steps as a plan with a card a task. */
  readonly plan: boolean;
  /** Tables as blocks of their own. */
  readonly tables: boolean;
  /** Files with the pictures of charts; a chart that is not among them is shown in words. */
  readonly charts: ReadonlyMap<Chart, string>;
}

/** A card as Block Kit: what is above its body, the body, and what is below. A pure function of the card. */
export interface DrawnCard {
  readonly head: readonly Block[];
  readonly body: readonly Block[];
  readonly tail: readonly Block[];
}

export function drawCard(card: Card, accepted: Accepted): DrawnCard {
  // Slack takes one in a message.
  const table = accepted.tables ? card.body.findIndex((block) => block.type === 'table') : -1;
  const status = [toneMarks[card.tone], card.status].filter((part) => part !== '').join(' ');
  return {
    head: [headerBlock(card.title), ...(card.status === '' ? [] : [smallBlock(status)])],
    body: card.body.flatMap((block, i) => drawBlock(block, { ...accepted, tables: i === table })),
    tail: [...actionBlocks(card.actions), ...(card.foot === '' ? [] : [smallBlock(card.foot)])],
  };
}

const headerBlock = (title: string): Block => ({
  type: 'header',
  text: { type: 'plain_text', text: clipped(title.trim() || '…', limits.header.most), emoji: false },
});

/** Markup that is ours; `verbatim` keeps Slack from finding names and addresses in it. */
const markup = (text: string): types.MrkdwnElement => ({ type: 'mrkdwn', text, verbatim: true });

const sections = (text: string): Block[] =>
  pieces(text, limits.section.most).map((piece) => ({ type: 'section', text: markup(piece) }));

export const smallBlock = (text: string): Block => ({
  type: 'context',
  elements: [markup(clipped(escaped(text), limits.field.most))],
});

function drawBlock(block: CardBlock, accepted: Accepted): Block[] {
  switch (block.type) {
    case 'text':
      return sections(escaped(block.text));
    case 'long':
      return sections(escaped(block.summary));
    case 'heading':
      return block.text.trim() === '' ? [] : sections(bold(clipped(block.text, limits.header.most)));
    case 'bullets':
      return sections(block.items.map((item) => `• ${escaped(item)}`).join('\n'));
    case 'table':
      return tableBlocks(block.rows, accepted.tables);
    case 'steps':
      return accepted.plan ? [planBlock(block.steps)] : sections(block.steps.map(stepLine).join('\n'));
    case 'link':
      return sections(`<${encodeURI(decodeURI(block.url))}|${escaped(block.label).replaceAll('|', '¦')}>`);
    case 'fields':
      return fieldBlocks(block.fields);
    case 'chart':
      return chartBlocks(block.chart, accepted.charts.get(block.chart));
    case 'notice': {
      const called = block.people.map(({ native }) => `<@${userOf(native)}>`).join(' ');
      return called === '' ? [] : [{ type: 'section', text: { type: 'mrkdwn', text: called } }];
    }
  }
}

/** `U2` of `T1:U2`. Whatever else stands there calls nobody. */
export const userOf = (native: string): string =>
  (native.split(':').at(-1) ?? '').replaceAll(/[^A-Z0-9]/g, '');

const stepLine = ({ mark, name, says, time, cost }: CardStep): string =>
  [`${stepMarks[mark]} ${bold(name)}`, ...[says, time, cost].map((part) => escaped(part))]
    .filter((part) => part !== '')
    .join('  ');

const states = {
  done: 'complete',
  working: 'in_progress',
  waiting: 'in_progress',
  pending: 'pending',
  failed: 'error',
  skipped: 'complete',
} as const;

/** What a plan says while it is folded. */
function planTitle(steps: readonly CardStep[]): string {
  const by = (...of: CardStep['mark'][]) => steps.find(({ mark }) => of.includes(mark));
  const at = by('failed') ?? by('working', 'waiting');
  if (at !== undefined) return `${at.name} ${at.says}`.trim();
  const done = steps.filter(({ mark }) => mark === 'done' || mark === 'skipped').length;
  return done === steps.length ? `All ${steps.length} steps done` : `${done} of ${steps.length} steps done`;
}

function planBlock(steps: readonly CardStep[]): Block {
  return {
    type: 'plan',
    title: clipped(planTitle(steps), limits.header.most),
    tasks: steps.map((step, i) => ({
      type: 'task_card',
      task_id: `step-${i}`,
      title: clipped(
        [step.name, step.says, step.time, step.cost].filter(Boolean).join(' · '),
        limits.header.most,
      ),
      status: states[step.mark],
    })),
  };
}

/** Cells of raw text hold no markup at all; where there are no tables, lines of one width. */
function tableBlocks(rows: readonly (readonly string[])[], native: boolean): Block[] {
  const size = rows.reduce((all, row) => all + row.join('').length, 0);
  const fits =
    rows.length <= limits.tableRows.most &&
    (rows[0] ?? []).length <= limits.tableColumns.most &&
    size <= limits.table.most;
  if (native && fits)
    return [
      {
        type: 'table',
        rows: rows.map((row) => row.map((cell) => ({ type: 'raw_text', text: cell === '' ? ' ' : cell }))),
      },
    ];
  const lines = tableLines(rows.map((row) => row.map((cell) => cell.replaceAll('`', 'ˋ')))).map(escaped);
  const fences: string[][] = [[]];
  for (const line of lines.map((one) => clipped(one, limits.section.most - 8))) {
    const last = fences.at(-1) ?? [];
    if ([...last, line].join('\n').length > limits.section.most - 8 && last.length > 0) fences.push([line]);
    else last.push(line);
  }
  return fences.map((fence) => ({ type: 'section', text: markup(['```', ...fence, '```'].join('\n')) }));
}

function chartBlocks({ title, alt }: Chart, file: string | undefined): Block[] {
  if (file === undefined) return sections(escaped(alt));
  const named: types.PlainTextElement = {
    type: 'plain_text',
    text: clipped(title.trim() || '…', limits.imageTitle.most),
    emoji: false,
  };
  return [
    {
      type: 'image',
      slack_file: { id: file },
      alt_text: clipped(alt, limits.imageAlt.most),
      title: named,
    },
  ];
}

/** The same blocks where no picture is shown. */
export const wordsForPictures = (blocks: readonly Block[]): Block[] =>
  blocks.flatMap((block) => (block.type === 'image' ? sections(escaped(block.alt_text)) : [block]));

function fieldBlocks(fields: readonly { readonly name: string; readonly value: string }[]): Block[] {
  const texts = fields.map(({ name, value }) =>
    markup(clipped(`${bold(name)}\n${escaped(value)}`, limits.field.most)),
  );
  const rows: Block[] = [];
  for (let i = 0; i < texts.length; i += limits.fieldsOfSection.most)
    rows.push({ type: 'section', fields: texts.slice(i, i + limits.fieldsOfSection.most) });
  return rows;
}

function actionBlocks(actions: readonly CardAction[]): Block[] {
  const rows: Block[] = [];
  for (let i = 0; i < actions.length; i += limits.actions.most) {
    const row = actions.slice(i, i + limits.actions.most);
    rows.push({ type: 'actions', elements: row.map((action, n) => buttonElement(action, i + n)) });
  }
  return rows;
}

/** The press itself travels in the value: whoever presses, and whenever, it leads to rows. */
function buttonElement({ label, style, press }: CardAction, n: number): types.Button {
  return {
    type: 'button',
    action_id: `press:${n}`,
    text: { type: 'plain_text', text: clipped(label, limits.button.most), emoji: false },
    value: JSON.stringify(press),
    ...(style === 'plain' ? {} : { style }),
  };
}

/** Characters of all texts in a block, as the ceiling of a message counts them. */
export function weightOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((all: number, one) => all + weightOf(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (all, [name, part]) =>
      all +
      (typeof part === 'string' ? (name === 'text' || name === 'title' ? part.length : 0) : weightOf(part)),
    0,
  );
}
