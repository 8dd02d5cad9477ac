import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import { unreadableFailure } from '../failed.ts';
import type { Finish, ModelEvent } from '../port.ts';
import type { StreamReader } from '../streamed.ts';
import { parsedArguments, toolName } from '../tool-names.ts';
import type { ReplyParts } from './reply.ts';
import { readChatUsage } from './usage.ts';

interface Call {
  id: string;
  name: string;
  arguments: string;
}

/** Reads the chunks of a streamed chat completion; what a server leaves out is done without. */
export function chatReader(parts: ReplyParts): StreamReader<Json> {
  const { provider, request } = parts;
  const calls = new Map<string, Call>();
  let text = '';
  let refused = false;
  let word: string | null = null;
  let usage: Json | undefined;

  function readCalls(list: Json | undefined): void {
    // No tool was offered: whatever stands there has nobody to run it.
    if (!isList(list) || request.tools.length === 0) return;
    for (const [i, delta] of list.entries()) {
      if (!isObject(delta)) continue;
      const place = String(delta.index ?? i);
      const made = isObject(delta.function) ? delta.function : {};
      const before = calls.get(place) ?? { id: '', name: '', arguments: '' };
      const added = made.arguments ?? '';
      calls.set(place, {
        id: typeof delta.id === 'string' && delta.id !== '' ? delta.id : before.id,
        name: typeof made.name === 'string' && made.name !== '' ? made.name : before.name,
        arguments: before.arguments + (typeof added === 'string' ? added : JSON.stringify(added)),
      });
    }
  }

  function* say(piece: Json | undefined): Generator<ModelEvent> {
    if (typeof piece !== 'string' || piece === '') return;
    text += piece;
    yield { type: 'text', text: piece };
  }

  /** Calls that came whole; one that was cut off would wait for its result for ever. */
  function wholeCalls(): Call[] {
    const cutOff = word === 'length';
    return [...calls.values()].flatMap((call, i) => {
      if (call.name === '') return [];
      if (cutOff && typeof parsedArguments(call.arguments) === 'string') return [];
      return [{ ...call, id: call.id === '' ? `call_${request.conversation.length}_${i}` : call.id }];
    });
  }

  return {
    *read(event) {
      if (!isObject(event)) return 'more';
      if (event.error !== undefined && event.error !== null) throw parts.failed(event);
      if (isObject(event.usage)) usage = event.usage;
      const [choice] = isList(event.choices) ? event.choices : [];
      if (!isObject(choice)) {
        // Told before the end it may still grow, so that it would be too little.
        if (word !== null && usage !== undefined) yield { type: 'usage', usage: readChatUsage(usage) };
        return word === null ? 'more' : 'ended';
      }
      // A whole response has its message where a stream has pieces of it.
      const said = [choice.delta, choice.message].find((part) => isObject(part));
      if (isObject(said)) {
        if (typeof said.refusal === 'string' && said.refusal !== '') refused = true;
        yield* say(said.content);
        yield* say(said.refusal);
        readCalls(said.tool_calls);
      }
      if (typeof choice.finish_reason === 'string') word = choice.finish_reason;
      return word === null ? 'more' : 'ended';
    },

    *close() {
      if (word === null) throw unreadableFailure();
      const made = wholeCalls();
      for (const { id, name, arguments: written } of made) {
        const tool = toolName(name, request.tools);
        yield { type: 'tool-call', id, tool, arguments: parsedArguments(written) };
      }
      yield { type: 'usage', usage: readChatUsage(usage) };
      const items = messageOf(text, made);
      yield {
        type: 'finish',
        reason: finishOf(word, refused, made.length > 0),
        word,
        raw: { provider, model: request.model, items },
      };
    },
  };
}

function finishOf(word: string, refused: boolean, called: boolean): Finish {
  if (word === 'length') return 'length';
  if (refused || word === 'content_filter') return 'refusal';
  if (called) return 'tool-calls';
  return word === 'stop' || word === 'tool_calls' ? 'stop' : 'other';
}

/** The reply as it can be sent back; nothing where nothing was said. */
function messageOf(text: string, calls: readonly Call[]): JsonObject[] {
  if (text === '' && calls.length === 0) return [];
  const toolCalls = calls.map(({ id, name, arguments: written }) => ({
    type: 'function',
    id,
    function: { name, arguments: written === '' ? '{}' : written },
  }));
  return [{ role: 'assistant', content: text, ...(toolCalls.length > 0 ? { tool_calls: toolCalls } : {}) }];
}
