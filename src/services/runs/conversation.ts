import type { ToolCall } from '../../core/turns.ts';
import type { Item, Said } from '../../providers/port.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { ReplyRecord, SaidRecord, Situation, Turn } from './turn.ts';

/** What was said in a step so far, with how many bytes that is. */

export function conversation(paid: readonly Attempt[]): Said[] {
  return paid.flatMap((attempt): Said[] => {
    const said = JSON.parse(attempt.said) as SaidRecord;
    const reply = replyOf(attempt);
    return [
      { by: 'us', items: said.items },
      { by: 'model', items: reply.items, raw: reply.raw },
    ];
  });
}

/** The words and the tool calls of a reply. */
export function answerOf(items: readonly Item[]): { text: string; calls: ToolCall[] } {
  return {
    text: items.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join(''),
    calls: items.flatMap((item) =>
      item.type === 'call' ? [{ id: item.id, tool: item.tool, arguments: item.arguments }] : [],
    ),
  };
}

export const replyOf = (attempt: Attempt): ReplyRecord =>
  attempt.reply === null
    ? { v: 1, items: [], raw: { provider: 'sandbox', model: attempt.model, items: [] } }
    : (JSON.parse(attempt.reply) as ReplyRecord);

/** Everything that a call would send, in bytes: the bound of its input tokens for a model that has seen none of it (rule M4). */
export function bytesOf(situation: Situation, turn: Turn): number {
  const items = [...turn.before.flatMap((said) => said.items), ...turn.said];
  return fixedBytes(situation) + items.reduce((sum, item) => sum + itemBytes(item), 0);
}

/** The bytes that are new to a model which has seen the conversation so far. */
export function newBytes(turn: Turn): number {
  return turn.said.reduce((sum, item) => sum + itemBytes(item), 0);
}

/** What stands around an item on the wire, as tokens; generous. */
export const itemOverhead = 32;

export const itemBytes = (item: Item) =>
  itemOverhead +
  Buffer.byteLength(item.type === 'call' ? JSON.stringify(item.arguments) + item.tool : item.text);

/** Instructions, tools and the schema of the output. */
export function fixedBytes(situation: Pick<Situation, 'step' | 'instructions' | 'tools'>): number {
  const shape = situation.step.output === null ? '' : JSON.stringify(situation.step.output);
  // A strict schema says each field about three times as long as the shape it is made of.
  return (
    256 +
    Buffer.byteLength(situation.instructions) +
    Buffer.byteLength(JSON.stringify(situation.tools)) +
    3 * shape.length
  );
}
