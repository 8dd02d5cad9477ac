import { isObject, type Json, type JsonObject } from '../../core/json.ts';
import { unreadableFailure } from '../failed.ts';
import type { Finish, ModelEvent, ModelRequest, ProviderFailure, ProviderName } from '../port.ts';
import { callsOf, cleanItems, isRefusal, itemsOf, textOf } from './output.ts';
import { foundIn, searchesIn } from './search.ts';
import { readUsage } from './usage.ts';

export interface ReplyParts {
  readonly provider: ProviderName;
  readonly request: ModelRequest;
  /** Makes an error that came within the reply. */
  readonly failed: (body: Json | undefined) => ProviderFailure;
}

/** What came so far of a streamed reply. */
export interface Reading {
  text: string;
  /** By their place in the output; by id where a server leaves the place out. */
  readonly items: Map<string, JsonObject>;
}

export const newReading = (): Reading => ({ text: '', items: new Map() });

/**
 * Takes one event of the stream. `over`: the reply ended with it. Events that are not known are passed over: servers add some, and
 * leave others out. Throws ProviderFailure.
 */
export function* readEvent(
  parts: ReplyParts,
  reading: Reading,
  event: Json,
): Generator<ModelEvent, 'more' | 'over'> {
  if (!isObject(event)) return 'more';
  switch (event.type) {
    case 'response.output_text.delta':
    case 'response.refusal.delta':
      if (typeof event.delta !== 'string' || event.delta === '') return 'more';
      reading.text += event.delta;
      yield { type: 'text', text: event.delta };
      return 'more';
    case 'response.output_item.added':
    case 'response.output_item.done':
      if (isObject(event.item)) reading.items.set(placeOf(event, event.item.id), event.item);
      return 'more';
    case 'response.function_call_arguments.done': {
      const place = placeOf(event, event.item_id);
      const item = reading.items.get(place);
      if (item !== undefined) reading.items.set(place, { ...item, arguments: event.arguments ?? '' });
      return 'more';
    }
    case 'response.completed':
    case 'response.incomplete':
    case 'response.failed': {
      const response = isObject(event.response) ? event.response : {};
      yield* readResponse(parts, reading, { status: event.type.slice('response.'.length), ...response });
      return 'over';
    }
    default:
      if (event.type === 'error' || isObject(event.error)) throw parts.failed(event);
      return 'more';
  }
}

const placeOf = (event: JsonObject, id: Json | undefined): string => String(event.output_index ?? id ?? '');

/** A response as it is at its end, whole or after its stream. Throws ProviderFailure. */
export function* readResponse(
  parts: ReplyParts,
  reading: Reading,
  response: JsonObject,
): Generator<ModelEvent> {
  const { request, provider } = parts;
  const came = itemsOf(reading.items, response.output);
  const usage = readUsage(response.usage, searchesIn(response, came));
  const status = response.status ?? 'completed';
  if (status === 'failed' || status === 'cancelled') {
    if (isObject(response.usage)) yield { type: 'usage', usage };
    throw parts.failed(response.error);
  }
  if (status !== 'completed' && status !== 'incomplete') throw unreadableFailure();

  const items = cleanItems(came, status === 'incomplete');
  const text = textOf(items);
  if (text.length > reading.text.length && text.startsWith(reading.text)) {
    yield { type: 'text', text: text.slice(reading.text.length) };
  }
  const calls = callsOf(items, request.tools);
  yield* calls;
  if (request.search) for (const found of foundIn(came)) yield { type: 'found', found };
  yield { type: 'usage', usage };
  const unlisted: Json[] =
    items.length === 0 && reading.text !== '' ? [{ role: 'assistant', content: reading.text }] : items;
  yield {
    type: 'finish',
    ...finishOf(status, response, isRefusal(items), calls.length > 0),
    raw: { provider, model: request.model, items: unlisted },
  };
}

function finishOf(
  status: 'completed' | 'incomplete',
  response: JsonObject,
  refused: boolean,
  called: boolean,
): { reason: Finish; word: string } {
  if (status === 'completed') {
    if (refused) return { reason: 'refusal', word: 'refusal' };
    return { reason: called ? 'tool-calls' : 'stop', word: status };
  }
  const details = response.incomplete_details;
  const word = isObject(details) && typeof details.reason === 'string' ? details.reason : status;
  if (word === 'content_filter') return { reason: 'refusal', word };
  return { reason: word === 'max_output_tokens' || word === 'incomplete' ? 'length' : 'other', word };
}
