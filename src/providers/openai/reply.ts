import type { Response as ModelResponse, ResponseOutputItem, ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { Json } from '../../core/json.ts';
import { type Finish, type ModelEvent, type ModelRequest, ProviderFailure, type Raw } from '../port.ts';
import { failureOfCode } from './failures.ts';
import { toolNamed } from './request.ts';
import { usageOf } from './usage.ts';

/** Reads the events of a stream. Tolerant: what a server leaves out is unknown, what it adds is passed over. */
export async function* readStream(
  events: AsyncIterable<ResponseStreamEvent>,
  request: ModelRequest,
): AsyncGenerator<ModelEvent> {
  const items: ResponseOutputItem[] = [];
  let text = '';
  let refusal = '';
  for await (const event of events) {
    switch (event.type) {
      case 'response.output_text.delta':
        text += event.delta;
        yield { type: 'text', text: event.delta };
        break;
      case 'response.refusal.delta':
        refusal += event.delta;
        break;
      case 'response.output_item.done':
        items.push(event.item);
        break;
      case 'response.completed':
      case 'response.incomplete':
      case 'response.failed':
        yield* ending(event.response, request, { items, text, refusal });
        return;
      case 'error':
        throw failureOfCode(event.code, event.message);
    }
  }
  throw new ProviderFailure('network', 'The answer ended half-way.', { money: 'maybe' });
}

/** A server that answered without streaming: the whole response at once. */
export async function* readWhole(response: ModelResponse, request: ModelRequest): AsyncGenerator<ModelEvent> {
  yield* ending(response, request, { items: [], text: '', refusal: '' });
}

interface Seen {
  readonly items: readonly ResponseOutputItem[];
  readonly text: string;
  readonly refusal: string;
}

function* ending(response: ModelResponse, request: ModelRequest, seen: Seen): Generator<ModelEvent> {
  const output = response.output?.length > 0 ? response.output : [...seen.items];
  const usage = usageOf(response.usage);
  if (usage !== null) yield { type: 'usage', usage };
  if (response.status === 'failed') {
    throw failureOfCode(response.error?.code ?? null, response.error?.message ?? 'The provider gave no reason.');
  }
  if (seen.text === '') {
    const text = output.flatMap((item) => contentOf(item, 'output_text')).join('');
    if (text !== '') yield { type: 'text', text };
  }
  let calls = 0;
  for (const item of output) {
    if (item.type !== 'function_call') continue;
    calls++;
    yield { type: 'tool-call', id: item.call_id, tool: toolNamed(item.name, request.tools), arguments: parsed(item.arguments) };
  }
  const refused = seen.refusal !== '' || output.some((item) => contentOf(item, 'refusal').length > 0);
  const word = response.incomplete_details?.reason ?? response.status ?? 'completed';
  const raw: Raw = { provider: 'openai', model: request.model, items: output as unknown as Json };
  yield { type: 'finish', reason: finishOf(word, refused, calls), word, raw };
}

/** Texts of one kind in a message. */
function contentOf(item: ResponseOutputItem, kind: 'output_text' | 'refusal'): string[] {
  if (item.type !== 'message') return [];
  return item.content.flatMap((part) => {
    if (part.type !== kind) return [];
    return [part.type === 'refusal' ? part.refusal : part.text];
  });
}

function finishOf(word: string, refused: boolean, calls: number): Finish {
  if (refused || word === 'content_filter') return 'refusal';
  if (word === 'max_output_tokens') return 'length';
  if (calls > 0) return 'tool-calls';
  return word === 'completed' ? 'stop' : 'other';
}

/** Arguments that are not JSON reach the tool as they are; it says what it wanted. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}
