import type { Card } from '../card.ts';
import { plainText } from '../card-words.ts';
import { unfolded } from '../document-card.ts';
import { type Accepted, type Block, drawCard, smallBlock, weightOf } from './blocks.ts';
import { limits } from './limits.ts';
import { clipped, escaped } from './mrkdwn.ts';

/** One message of Slack's; `text` is what stands in a notification. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A card as messages in the order in which they stand. `file`: what was too long for them, whole, beside them. */
export interface Messages {
  readonly messages: readonly [Message, ...Message[]];
  readonly file: { readonly name: string; readonly text: string } | null;
}

/** A card that needs more messages than this is shortened, and its whole text becomes a file. */
const messagesMost = 3;
const inFile = 'The whole text is in the file in this thread.';
const cutToFile = `Shortened. ${inFile}`;
const atTerminal = 'Shortened: the rest does not fit here. The terminal shows it all.';
const furtherDown = 'Shortened: the whole text is further down in this thread.';
/** Blocks, and characters of them. */
const endBlocks = 2;
const endMost = 1_000;
/** Where there are no files, a card goes on over as many messages. */
const withoutFilesMost = 10;

/** What a card is drawn for. */
export interface Drawing extends Accepted {
  /** Whether a file can be put beside it. */
  readonly files: boolean;
  /** An edit has the messages that there are; null: as many as it needs. */
  readonly most: number | null;
}

/** A pure function of the card. */
export function messagesOf(card: Card, drawing: Drawing): Messages {
  const isLong = drawing.files && card.body.some((block) => block.type === 'long');
  const shown = isLong ? card : { ...card, body: unfolded(card.body) };
  const { head, body, tail } = drawCard(shown, drawing);
  const text = notificationOf(card);
  const parts = packed(head, body, tail);
  const most = drawing.most ?? (drawing.files ? messagesMost : withoutFilesMost);
  if (parts.length <= most && !isLong) return { messages: messagesFrom(parts, text), file: null };
  const end = endOf(body);
  const within = (says: string, count: number) => {
    const kept = body.slice(0, body.length - end.length);
    return messagesFrom(packed(head, kept, [smallBlock(says), ...end, ...tail], count), text);
  };
  if (drawing.files) {
    const file = { name: `${fileName(card.title)}.txt`, text: plainText(card) };
    return { messages: within(isLong ? inFile : cutToFile, drawing.most ?? 1), file };
  }
  const rest = drawing.most === null ? atTerminal : furtherDown;
  return { messages: within(rest, most), file: null };
}

/** What is shortened keeps its last lines: there stands who decides, or what they decided. */
function endOf(body: readonly Block[]): readonly Block[] {
  const end = body.slice(-endBlocks);
  return body.length > end.length && weightOf(end) <= endMost ? end : [];
}

const messagesFrom = (parts: readonly (readonly Block[])[], text: string): Messages['messages'] => {
  const [first = [], ...rest] = parts;
  return [{ text, blocks: first }, ...rest.map((blocks) => ({ text, blocks }))];
};

/** Within the limits of a message each: the head in the first, the tail in the last. Beyond `most` messages the body is cut. */
function packed(
  head: readonly Block[],
  body: readonly Block[],
  tail: readonly Block[],
  most = Number.POSITIVE_INFINITY,
): Block[][] {
  const parts: Block[][] = [[...head]];
  const fits = (blocks: readonly Block[], more: readonly Block[]) =>
    blocks.length + more.length <= limits.blocksOfMessage.most &&
    weightOf(blocks) + weightOf(more) <= limits.message.most;
  for (const block of body) {
    const last = parts.at(-1) ?? [];
    // The last message that there may be keeps room for the tail.
    const fitsIn = (part: readonly Block[], nth: number) =>
      fits(part, nth === most ? [block, ...tail] : [block]);
    if (fitsIn(last, parts.length)) last.push(block);
    else if (parts.length < most && fitsIn([], parts.length + 1)) parts.push([block]);
    else break;
  }
  const last = parts.at(-1) ?? [];
  if (fits(last, tail)) last.push(...tail);
  else parts.push([...tail]);
  return parts;
}

const fileName = (title: string) =>
  title
    .toLowerCase()
    .replaceAll(/[^\p{L}\d]+/gu, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 60) || 'text';

/** Rule G5: where people are called, the words for that, which hold nothing of a model's. */
function notificationOf(card: Card): string {
  const notice = card.body.find((block) => block.type === 'notice');
  const says = notice?.push ?? [card.title, card.status].filter((part) => part !== '').join(' · ');
  return clipped(escaped(says.replaceAll(/\s+/g, ' ').trim() || '…'), 300);
}
