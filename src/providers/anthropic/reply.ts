import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Finish, ModelEvent, ModelRequest, ProviderFailure } from '../port.ts';
import type { StreamReader } from '../streamed.ts';
import { argumentsObject, parsedArguments, toolName } from '../tool-names.ts';
import { foundIn } from './search.ts';
import { laterUsage, readUsage } from './usage.ts';

export interface ReplyParts {
  readonly request: ModelRequest;
  /** Makes an error that came within the reply. */
  readonly failed: (body: Json) => ProviderFailure;
}

/** A block as far as it has come. `written` is the text of a tool's input. */
interface Block {
  readonly begun: JsonObject;
  text: string;
  signature: string;
  written: string;
  /** Texts that its words are taken from. */
  readonly cited: JsonObject[];
}

/** Reads the events of a streamed message. Events that are not known are passed over. */
export function messageReader(parts: ReplyParts): StreamReader<Json> & {
  /** A whole message instead of a stream. */
  whole(message: JsonObject): Generator<ModelEvent>;
} {
  const { request } = parts;
  const blocks = new Map<string, Block>();
  let usage: JsonObject = {};
  let word: string | null = null;
  let details: Json | undefined;

  function* begin(place: string, block: Json | undefined): Generator<ModelEvent> {
    if (!isObject(block)) return;
    const text = block.type === 'thinking' ? block.thinking : block.text;
    blocks.set(place, {
      begun: block,
      text: typeof text === 'string' ? text : '',
      signature: typeof block.signature === 'string' ? block.signature : '',
      written: '',
      cited: isList(block.citations) ? block.citations.filter(isObject) : [],
    });
    if (block.type === 'text' && typeof text === 'string' && text !== '') yield { type: 'text', text };
  }

  function* add(place: string, delta: Json | undefined): Generator<ModelEvent> {
    const block = blocks.get(place);
    if (block === undefined || !isObject(delta)) return;
    const piece = (name: string): string => (typeof delta[name] === 'string' ? String(delta[name]) : '');
    block.text += piece('text') + piece('thinking');
    block.signature += piece('signature');
    block.written += piece('partial_json');
    if (isObject(delta.citation)) block.cited.push(delta.citation);
    const text = piece('text');
    if (delta.type === 'text_delta' && text !== '') yield { type: 'text', text };
  }

  /** What the beginning tells of usage is not the end of it: only this is told. */
  function* end(delta: Json | undefined, later: Json | undefined): Generator<ModelEvent> {
    if (isObject(delta)) {
      if (typeof delta.stop_reason === 'string') word = delta.stop_reason;
      details = delta.stop_details;
    }
    usage = laterUsage(usage, later);
    if (word !== null) yield { type: 'usage', usage: readUsage(usage) };
  }

  function* close(): Generator<ModelEvent> {
    const finish = finishOf(word ?? '');
    const cutOff = finish === 'length';
    const whole = [...blocks.values()].filter(
      ({ begun, written }) =>
        begun.type !== 'tool_use' || !cutOff || typeof parsedArguments(written) !== 'string',
    );
    if (finish === 'refusal' && whole.every((block) => block.text === '')) {
      const why = isObject(details) ? details.explanation : null;
      if (typeof why === 'string' && why !== '') yield { type: 'text', text: why };
    }
    if (request.search) for (const found of foundIn([...blocks.values()])) yield { type: 'found', found };
    const calls = request.tools.length === 0 ? [] : whole.filter(({ begun }) => begun.type === 'tool_use');
    for (const { begun, written } of calls) {
      yield {
        type: 'tool-call',
        id: String(begun.id),
        tool: toolName(String(begun.name), request.tools),
        arguments: inputOf(begun, written),
      };
    }
    yield {
      type: 'finish',
      reason: finish === 'tool-calls' && calls.length === 0 ? 'stop' : finish,
      word: word ?? '',
      raw: { provider: 'anthropic', model: request.model, items: rawItems(whole, calls.length > 0) },
    };
  }

  return {
    *read(event) {
      if (!isObject(event)) return 'more';
      const place = String(event.index ?? '');
      switch (event.type) {
        case 'message_start':
          if (isObject(event.message)) usage = laterUsage(usage, event.message.usage);
          return 'more';
        case 'content_block_start':
          yield* begin(place, event.content_block);
          return 'more';
        case 'content_block_delta':
          yield* add(place, event.delta);
          return 'more';
        case 'message_delta':
          yield* end(event.delta, event.usage);
          return word === null ? 'more' : 'ended';
        case 'message_stop':
          return word === null ? 'more' : 'over';
        default:
          if (event.type === 'error' || isObject(event.error)) throw parts.failed(event);
          return word === null ? 'more' : 'ended';
      }
    },

    close,

    *whole(message) {
      const content = isList(message.content) ? message.content : [];
      for (const [i, block] of content.entries()) yield* begin(String(i), block);
      yield* end(message, message.usage);
      yield* close();
    },
  };
}

function finishOf(word: string): Finish {
  switch (word) {
    case 'end_turn':
    case 'stop_sequence':
      return 'stop';
    case 'tool_use':
      return 'tool-calls';
    case 'max_tokens':
    case 'model_context_window_exceeded':
      return 'length';
    case 'refusal':
      return 'refusal';
    default:
      return 'other';
  }
}

/** A whole message has the input where a stream has pieces of its text. */
const inputOf = (begun: JsonObject, written: string): Json =>
  written === '' ? (begun.input ?? {}) : parsedArguments(written);

/** The blocks as they can be sent back: empty texts are refused, and so is a thought without what it led to. */
function rawItems(blocks: readonly Block[], called: boolean): JsonObject[] {
  const items = blocks.flatMap(({ begun, text, signature, written }): JsonObject[] => {
    switch (begun.type) {
      case 'text':
        return text.trim() === '' ? [] : [{ type: 'text', text }];
      case 'thinking':
        return [{ type: 'thinking', thinking: text, signature }];
      case 'redacted_thinking':
        return [begun];
      case 'tool_use': {
        if (!called) return [];
        const input = argumentsObject(inputOf(begun, written)) as JsonObject;
        return [{ type: 'tool_use', id: begun.id ?? '', name: begun.name ?? '', input }];
      }
      default:
        return [];
    }
  });
  const isThought = ({ type }: JsonObject) => type === 'thinking' || type === 'redacted_thinking';
  return items.slice(0, items.findLastIndex((item) => !isThought(item)) + 1);
}
