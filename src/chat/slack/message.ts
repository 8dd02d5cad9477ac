import type { Card, CardBlock } from '../card.ts';
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
/** Where there are no files, a card goes on over as many messages. */
const withoutFilesMost = 10;

/** A pure function of the card. `files`: whether a file can be put beside it. */
export function messagesOf(card: Card, accepted: Accepted & { readonly files: boolean }): Messages {
  const { head, body, tail } = drawCard(card, accepted);
  const text = notificationOf(card);
  const parts = packed(head, body, tail);
  if (parts.length <= messagesMost) return { messages: messagesFrom(parts, text), file: null };
  if (accepted.files) {
    const cut = smallBlock('Shortened: the whole text is in the file in this thread.');
    const first = packed(head, body, [cut, ...tail], 1);
    const file = { name: `${fileName(card.title)}.txt`, text: plainText(card) };
    return { messages: messagesFrom(first, text), file };
  }
  const cut = smallBlock('Shortened: the rest does not fit here. The terminal shows it all.');
  return { messages: messagesFrom(packed(head, body, [cut, ...tail], withoutFilesMost), text), file: null };
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
    if (fits(last, parts.length === most ? [block, ...tail] : [block])) last.push(block);
    else if (parts.length < most) parts.push([block]);
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

/** All words of a card, for a file and for a Slack that takes no blocks. Not escaped. */
export function plainText(card: Card): string {
  const { title, status, body, foot } = card;
  return [[title, status].filter(Boolean).join(' · '), ...body.map(wordsOf), foot]
    .filter((part) => part !== '')
    .join('\n\n');
}

function wordsOf(block: CardBlock): string {
  switch (block.type) {
    case 'text':
    case 'heading':
      return block.text;
    case 'bullets':
      return block.items.map((item) => `• ${item}`).join('\n');
    case 'steps':
      return block.steps
        .map(
          ({ mark, name, says, time, cost }) =>
            `${mark}: ${[name, says, time, cost].filter(Boolean).join('  ')}`,
        )
        .join('\n');
    case 'link':
      return `${block.label}: ${block.url}`;
    case 'fields':
      return block.fields.map(({ name, value }) => `${name}: ${value}`).join('\n');
    case 'chart':
      return block.chart.alt;
    case 'notice':
      return '';
  }
}
