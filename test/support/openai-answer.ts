import { isList, isObject, type Json } from '../../src/core/json.ts';
import type { Item, ModelRequest, Said } from '../../src/providers/port.ts';
import { answer, tokensIn } from '../../src/providers/sandbox/answer.ts';
import type { WireBody } from './openai-body.ts';

/** What a call cost, as the server counts it. */
export interface Billed {
  readonly input: number;
  readonly output: number;
  /** Within `input`. */
  readonly cached: number;
  readonly cacheWrite: number;
  /** Within `output`. */
  readonly reasoning: number;
}

export interface Reply {
  readonly text?: string;
  readonly json?: Json;
  /** Arguments that are a text are sent as they are, wrong JSON included. */
  readonly toolCalls?: readonly { readonly name: string; readonly arguments: Json; readonly id?: string }[];
  readonly refusal?: string;
  /** A search came upon these; what has an excerpt is cited. */
  readonly found?: readonly { readonly url: string; readonly title: string; readonly excerpt?: string }[];
  /** Begins with a thought, its content encrypted. */
  readonly reasoning?: true;
  readonly incomplete?: 'max_output_tokens' | 'content_filter';
  readonly failed?: { readonly code: string; readonly message: string };
  /** What is not given is counted; null: counted and billed, and not told. */
  readonly usage?: Partial<Billed> | null;
  /** The whole response as JSON, though a stream was asked for. */
  readonly plain?: true;
  /** After so many events the connection is cut, or nothing more is sent until the client goes away. */
  readonly cutAfter?: number;
  readonly hangAfter?: number;
}

export type Answer =
  | Reply
  /** Refused before any work: bills nothing. */
  | {
      readonly status: number;
      readonly code?: string;
      readonly type?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Status 200 and whatever this is. */
  | { readonly body: string; readonly contentType: string };

/** One call as a function that answers it sees it. */
export interface Asked<Body = WireBody> {
  /** Counted from 1. */
  readonly n: number;
  readonly key: string;
  readonly body: Body;
  /** The same in the words of the port. */
  readonly request: ModelRequest;
}

export type Answering = (asked: Asked) => Answer | Promise<Answer>;

/** A sensible researcher that invents nothing: reads the pages it is pointed to, then quotes them. */
export function researcher({ request }: Pick<Asked, 'request'>): Answer {
  const given = answer(request);
  if (!('calls' in given))
    return { text: given.text, ...(given.cut ? { incomplete: 'max_output_tokens' as const } : {}) };
  return { toolCalls: given.calls.map((call) => ({ name: wireTool(call.tool), arguments: call.arguments })) };
}

const wireTool = (name: string) => name.replace('.', '_');
const crewTool = (name: string) => name.replace('_', '.');

export function neutralRequest(body: WireBody): ModelRequest {
  const names = new Map(
    body.input.flatMap((item) =>
      item.type === 'function_call' ? [[item.call_id, crewTool(item.name)]] : [],
    ),
  );
  const conversation: Said[] = [];
  for (const item of body.input) {
    const said = neutralItem(item, names);
    if (said === null) continue;
    const last = conversation.at(-1);
    if (last?.by === said.by) conversation.splice(-1, 1, { ...last, items: [...last.items, said.item] });
    else if (said.by === 'us') conversation.push({ by: 'us', items: [said.item] });
    else
      conversation.push({
        by: 'model',
        items: [said.item],
        raw: { provider: 'openai', model: body.model, items: [] },
      });
  }
  const format = body.text?.format;
  return {
    model: body.model,
    instructions: body.instructions,
    conversation,
    tools: (body.tools ?? []).flatMap((tool) =>
      tool.type === 'function'
        ? [{ name: crewTool(tool.name), description: tool.description, parameters: tool.parameters }]
        : [],
    ),
    output: format === undefined ? null : { name: format.name, schema: format.schema },
    search: (body.tools ?? []).some(({ type }) => type === 'web_search'),
    maxOutputTokens: body.max_output_tokens,
  };
}

function neutralItem(
  item: WireBody['input'][number],
  names: ReadonlyMap<string | undefined, string | undefined>,
): { by: Said['by']; item: Item } | null {
  if (item.type === 'reasoning') return null;
  if (item.type === 'function_call') {
    const call = {
      type: 'call' as const,
      id: item.call_id,
      tool: crewTool(item.name),
      arguments: parsed(item.arguments),
    };
    return { by: 'model', item: call };
  }
  if (item.type === 'function_call_output') {
    const tool = names.get(item.call_id) ?? '';
    return { by: 'us', item: { type: 'result', id: item.call_id, tool, text: item.output, failed: false } };
  }
  const text = isList(item.content as Json) ? partsOf(item.content as Json) : String(item.content);
  return { by: item.role === 'assistant' ? 'model' : 'us', item: { type: 'text', text } };
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return text;
  }
}

const partsOf = (content: Json): string =>
  isList(content)
    ? content.map((part) => (isObject(part) ? String(part.text ?? part.refusal ?? '') : '')).join('')
    : '';

/** What a reply costs where its script does not say. */
export function billOf(body: unknown, reply: Reply): Billed {
  const { stream: _, ...read } = body as { readonly stream?: unknown };
  const written = [reply.text, reply.refusal, reply.json, reply.toolCalls, reply.found].filter(
    (part) => part !== undefined,
  );
  return {
    input: tokensIn(JSON.stringify(read)),
    output: tokensIn(
      written.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join(''),
    ),
    cached: 0,
    cacheWrite: 0,
    reasoning: 0,
    ...reply.usage,
  };
}
