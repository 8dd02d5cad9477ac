import type { Json } from '../../src/core/json.ts';
import type { Billed, Reply } from './openai-answer.ts';
import type { WireBody } from './openai-body.ts';

type Wire = Record<string, Json>;

/** Characters of a text that one event carries. */
const chunk = 24;

const usageOf = (billed: Billed): Wire => ({
  input_tokens: billed.input,
  input_tokens_details: { cached_tokens: billed.cached, cache_write_tokens: billed.cacheWrite },
  output_tokens: billed.output,
  output_tokens_details: { reasoning_tokens: billed.reasoning },
  total_tokens: billed.input + billed.output,
});

/** The items of a reply, in the order in which they are sent. */
function outputOf(n: number, reply: Reply): Wire[] {
  const items: Wire[] = [];
  const cut = reply.incomplete === 'max_output_tokens' ? 'incomplete' : 'completed';
  if (reply.reasoning) {
    items.push({ type: 'reasoning', id: `rs_${n}`, summary: [], encrypted_content: `sealed thought ${n}` });
  }
  if (reply.found) items.push(searchCall(n, reply.found));
  const { text, annotations } = wordsOf(reply);
  const content: Json[] = [
    ...(text === undefined ? [] : [{ type: 'output_text', text, annotations, logprobs: [] }]),
    ...(reply.refusal === undefined ? [] : [{ type: 'refusal', refusal: reply.refusal }]),
  ];
  if (content.length > 0) {
    items.push({ type: 'message', id: `msg_${n}`, status: cut, role: 'assistant', content });
  }
  for (const [i, call] of (reply.toolCalls ?? []).entries()) {
    items.push({
      type: 'function_call',
      id: `fc_${n}_${i}`,
      call_id: call.id ?? `call_${n}_${i}`,
      name: call.name,
      arguments: typeof call.arguments === 'string' ? call.arguments : JSON.stringify(call.arguments),
      status: cut,
    });
  }
  return items;
}

type FoundPages = NonNullable<Reply['found']>;

const searchCall = (n: number, found: FoundPages): Wire => ({
  type: 'web_search_call',
  id: `ws_${n}`,
  status: 'completed',
  action: {
    type: 'search',
    query: 'q',
    queries: ['q'],
    sources: found.map(({ url }) => ({ type: 'url', url: `${url}?utm_source=openai` })),
  },
});

/** What is said, with marks behind what is cited. */
function wordsOf(reply: Reply): { text: string | undefined; annotations: Json[] } {
  if (reply.found === undefined) {
    return { text: reply.json === undefined ? reply.text : JSON.stringify(reply.json), annotations: [] };
  }
  let text = '';
  const annotations: Json[] = [];
  for (const { url, title, excerpt } of reply.found) {
    if (excerpt === undefined) continue;
    text += `${excerpt} `;
    const start = text.length;
    text += `([${new URL(url).host}](${url}))\n\n`;
    const end = text.length - 2;
    const marked = `${url}?utm_source=openai`;
    annotations.push({ type: 'url_citation', url: marked, title, start_index: start, end_index: end });
  }
  return { text, annotations };
}

/** The response as it is at its end. `billed` null: its usage is not told. */
export function wholeResponse(n: number, body: WireBody, reply: Reply, billed: Billed | null): Wire {
  const status = reply.failed ? 'failed' : reply.incomplete ? 'incomplete' : 'completed';
  return {
    ...response(n, body, status),
    error: reply.failed ?? null,
    incomplete_details: reply.incomplete === undefined ? null : { reason: reply.incomplete },
    output: outputOf(n, reply),
    usage: billed === null ? null : usageOf(billed),
  };
}

const response = (n: number, body: WireBody, status: string): Wire => ({
  id: `resp_${n}`,
  object: 'response',
  created_at: 1_794_819_600,
  status,
  error: null,
  incomplete_details: null,
  instructions: body.instructions,
  max_output_tokens: body.max_output_tokens,
  model: body.model,
  output: [],
  parallel_tool_calls: true,
  previous_response_id: null,
  reasoning: { effort: null, summary: null },
  metadata: {},
  temperature: 1,
  tool_choice: 'auto',
  tools: (body.tools ?? []) as Json,
  top_p: 1,
});

/** The events of the stream, in order. */
export function eventsOf(n: number, body: WireBody, reply: Reply, billed: Billed | null): Wire[] {
  const whole = wholeResponse(n, body, reply, billed);
  const begun = response(n, body, 'in_progress');
  const items = outputOf(n, reply).flatMap((item, i) => itemEvents(item, i));
  const events: Wire[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...items,
    { type: `response.${String(whole.status)}`, response: whole },
  ];
  return events.map((event, i) => ({ ...event, sequence_number: i }));
}

function itemEvents(item: Wire, at: number): Wire[] {
  const place = { output_index: at, item_id: item.id ?? '' };
  const begun: Wire = { ...item, status: 'in_progress' };
  const between =
    item.type === 'message'
      ? partEvents(item, place)
      : item.type === 'function_call'
        ? callEvents(item, place)
        : [];
  if (item.type === 'message') begun.content = [];
  if (item.type === 'function_call') begun.arguments = '';
  return [
    { type: 'response.output_item.added', output_index: at, item: item.type === 'reasoning' ? item : begun },
    ...between,
    { type: 'response.output_item.done', output_index: at, item },
  ];
}

function partEvents(item: Wire, place: Wire): Wire[] {
  const parts = (Array.isArray(item.content) ? item.content : []) as Wire[];
  return parts.flatMap((part, i): Wire[] => {
    const kind = part.type === 'refusal' ? 'refusal' : 'output_text';
    const words = String(part.type === 'refusal' ? part.refusal : part.text);
    const where = { ...place, content_index: i, ...(kind === 'output_text' ? { logprobs: [] } : {}) };
    const at = { ...place, content_index: i };
    const empty = kind === 'refusal' ? { type: kind, refusal: '' } : { ...part, text: '' };
    return [
      { type: 'response.content_part.added', ...at, part: empty },
      ...chunks(words).map((delta) => ({ type: `response.${kind}.delta`, ...where, delta })),
      { type: `response.${kind}.done`, ...where, [kind === 'refusal' ? 'refusal' : 'text']: words },
      { type: 'response.content_part.done', ...at, part },
    ];
  });
}

function callEvents(item: Wire, place: Wire): Wire[] {
  const words = String(item.arguments);
  return [
    ...chunks(words).map((delta) => ({ type: 'response.function_call_arguments.delta', ...place, delta })),
    { type: 'response.function_call_arguments.done', ...place, name: item.name ?? '', arguments: words },
  ];
}

const chunks = (text: string): string[] => text.match(new RegExp(`[\\s\\S]{1,${chunk}}`, 'gu')) ?? [];

export const sse = (event: Wire): string =>
  `event: ${String(event.type)}\ndata: ${JSON.stringify(event)}\n\n`;
