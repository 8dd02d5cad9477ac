import {
  type APIActionRowComponent,
  type APIButtonComponentWithCustomId,
  type APIComponentInContainer,
  type APIContainerComponent,
  type APITextDisplayComponent,
  ButtonStyle,
  ComponentType,
} from 'discord.js';
import { tableLines } from '../../core/tables.ts';
import type { Card, CardAction, CardBlock, CardStep } from '../card.ts';
import { plainText, stepMarks, toneMarks } from '../card-words.ts';
import type { Chart } from '../chart.ts';
import { seenText } from '../seen-text.ts';
import { clipped, escapedLine, pieces, plainLine } from './inert.ts';
import { limits } from './limits.ts';

/** A card as one message of components. What is too long for it stands whole in a file beside it. */
export interface Message {
  readonly container: APIContainerComponent;
  readonly charts: readonly Chart[];
  readonly file: { readonly name: string; readonly text: string } | null;
}

type Part = { readonly text: string } | { readonly chart: Chart };

const colors = { working: 0x3b82f6, waiting: 0xd97706, good: 0x16a34a, bad: 0xdc2626, neutral: 0x64748b };
const inFile = '-# The whole text is in the file.';
const shortened = '-# Shortened: the whole text is in the file.';
const headMost = 500;
const rowsMost = 5;
const chartsMost = 4;

/** A button with the id that leads to what it means. */
export interface Button extends Pick<CardAction, 'label' | 'style'> {
  readonly customId: string;
}

/** A pure function of the card and of the ids of its buttons; `mark` recognizes the message. */
export function messageOf(card: Card, buttons: readonly Button[], mark: number): Message {
  const head = `### ${clipped(escapedLine(card.title) || '…', headMost)}${statusLine(card)}`;
  const foot = card.foot === '' ? [] : [`-# ${clipped(escapedLine(card.foot), headMost)}`];
  const parts = card.body.flatMap(partsOf);
  const room = limits.text.most - head.length - foot.join('').length - shortened.length;
  const { isWhole } = fitting(parts, room);
  const end = isWhole ? [] : endOf(parts);
  const { kept } = fitting(
    parts.slice(0, parts.length - end.length),
    room - end.reduce((all, part) => all + part.text.length + 1, 0),
  );
  const charts = kept.flatMap((part) => ('chart' in part ? [part.chart] : []));
  const isLong = card.body.some((block) => block.type === 'long');
  const file =
    isWhole && !isLong ? null : { name: `${fileName(card.title)}.md`, text: seenText(plainText(card)) };
  const components: APIComponentInContainer[] = [
    text(head),
    ...drawn(kept),
    ...(file === null
      ? []
      : [
          text(isWhole ? inFile : shortened),
          { type: ComponentType.File as const, file: { url: `attachment://${file.name}` } },
        ]),
    ...drawn(end),
    ...rowsOf(buttons),
    ...foot.map(text),
  ];
  const container: APIContainerComponent = {
    type: ComponentType.Container,
    id: mark,
    accent_color: colors[card.tone],
    components,
  };
  return { container, charts, file };
}

/** The name of the picture of a chart, as the message names it. */
export const chartName = (n: number): string => `chart-${n}.png`;

function statusLine({ tone, status }: Card): string {
  const line = [toneMarks[tone], escapedLine(status)].filter((part) => part !== '').join(' ');
  return status === '' ? '' : `\n-# ${clipped(line, headMost)}`;
}

const text = (content: string): APITextDisplayComponent => ({ type: ComponentType.TextDisplay, content });

const stepLine = ({ mark, name, says, time, cost }: CardStep): string =>
  [`${stepMarks[mark]} **${escapedLine(name)}**`, ...[says, time, cost].map(escapedLine)]
    .filter((part) => part !== '')
    .join('  ');

/** Texts of at most a third of a message, so that much of a long card is read without its file. */
const pieceMost = 1_200;
const texts = (all: string): Part[] => pieces(all, pieceMost).map((piece) => ({ text: piece }));

/** Lines of one width, as many in a piece as it takes; within a fence nothing is markup, and nobody is called. */
function fenced(lines: readonly string[]): Part[] {
  const found: string[][] = [[]];
  for (const line of lines) {
    const last = found.at(-1) ?? [];
    if ([...last, line].join('\n').length > pieceMost && last.length > 0) found.push([line]);
    else last.push(line);
  }
  return found.map((piece) => ({ text: ['```', ...piece, '```'].join('\n') }));
}

function partsOf(block: CardBlock): Part[] {
  switch (block.type) {
    case 'text':
      return texts(block.text);
    case 'long':
      return texts(block.summary);
    case 'heading':
      return block.text.trim() === '' ? [] : [{ text: `**${clipped(escapedLine(block.text), headMost)}**` }];
    case 'bullets':
      return block.items.flatMap((item) =>
        pieces(item, pieceMost).map((piece, n) => ({ text: n === 0 ? `• ${piece}` : piece })),
      );
    case 'table':
      return fenced(
        tableLines(block.rows.map((row) => row.map((cell) => seenText(cell).replaceAll('`', 'ˋ')))),
      );
    case 'steps':
      return block.steps.map((step) => ({ text: clipped(stepLine(step), headMost) }));
    case 'link':
      return [{ text: `[${escapedLine(block.label)}](${encodeURI(decodeURI(block.url))})` }];
    case 'fields':
      return block.fields.flatMap(({ name, value }) =>
        pieces(value, pieceMost).map((piece, n) => ({
          text: n === 0 ? `**${escapedLine(name)}**  ${piece}` : piece,
        })),
      );
    case 'chart':
      return [{ chart: block.chart }];
    case 'notice': {
      const called = mentionsOf(block.people.map(({ native }) => native));
      return called === '' ? [] : [{ text: called }];
    }
  }
}

/** An account, or `&` and a role of the server's. */
const callable = /^&?\d{1,20}$/;

/** Of these alone: whatever else stands there calls nobody. */
const mentionsOf = (natives: readonly string[]): string =>
  natives
    .filter((native) => callable.test(native))
    .slice(0, limits.mentions.most)
    .map((native) => `<@${native}>`)
    .join(' ');

/** What is shortened keeps its last lines: there stands who decides, or what they decided. */
function endOf(parts: readonly Part[]): readonly { readonly text: string }[] {
  const end = parts.slice(-2).filter((part) => 'text' in part);
  return parts.length > 2 && end.every((part) => part.text.length <= headMost) ? end : [];
}

/** As many parts, from the first on, as a message has room for. */
function fitting(parts: readonly Part[], room: number): { kept: readonly Part[]; isWhole: boolean } {
  let left = room;
  let charts = 0;
  const kept: Part[] = [];
  for (const part of parts) {
    if ('chart' in part) {
      if (charts === chartsMost) continue;
      charts += 1;
    } else {
      left -= part.text.length + 1;
      if (left < 0) return { kept, isWhole: false };
    }
    kept.push(part);
  }
  return { kept, isWhole: true };
}

/** Texts that follow each other stand in one component. */
function drawn(parts: readonly Part[]): APIComponentInContainer[] {
  const components: APIComponentInContainer[] = [];
  let lines: string[] = [];
  let charts = 0;
  const end = () => {
    if (lines.length > 0) components.push(text(lines.join('\n')));
    lines = [];
  };
  for (const part of parts) {
    if ('text' in part) lines.push(part.text);
    else {
      end();
      const media = { url: `attachment://${chartName(charts)}` };
      const description = clipped(seenText(part.chart.alt), limits.pictureAlt.most);
      components.push({ type: ComponentType.MediaGallery, items: [{ media, description }] });
      charts += 1;
    }
  }
  end();
  return components;
}

const styles = {
  primary: ButtonStyle.Primary,
  plain: ButtonStyle.Secondary,
  danger: ButtonStyle.Danger,
} as const;

function rowsOf(all: readonly Button[]): APIActionRowComponent<APIButtonComponentWithCustomId>[] {
  const most = limits.buttonsOfRow.most;
  const buttons = all.slice(0, most * rowsMost).map(
    ({ label, style, customId }): APIButtonComponentWithCustomId => ({
      type: ComponentType.Button,
      style: styles[style],
      label: plainLine(label, limits.button.most),
      custom_id: customId,
    }),
  );
  return Array.from({ length: Math.ceil(buttons.length / most) }, (_, row) => ({
    type: ComponentType.ActionRow,
    components: buttons.slice(row * most, (row + 1) * most),
  }));
}

const fileName = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60) || 'text';

/** Rule G5: where people are called, the words for that, which hold nothing of a model's; null: nobody is. */
export function noticeOf(card: Card): {
  readonly content: string;
  readonly people: readonly string[];
  readonly roles: readonly string[];
} | null {
  const notice = card.body.find((block) => block.type === 'notice');
  if (notice === undefined) return null;
  const all = notice.people.map(({ native }) => native).filter((native) => callable.test(native));
  const called = all.slice(0, limits.mentions.most);
  const content = [mentionsOf(called), escapedLine(notice.push)].filter((part) => part !== '').join(' ');
  const isRole = (native: string) => native.startsWith('&');
  return {
    content: clipped(content, limits.content.most),
    people: called.filter((native) => !isRole(native)),
    roles: called.filter(isRole).map((native) => native.slice(1)),
  };
}
