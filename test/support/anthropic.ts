import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { Item, ModelRequest, Said } from '../../src/providers/port.ts';
import { conversationOf, crewTool, parsedOr, pieces } from './conversation.ts';
import type { Billed, Reply } from './openai-answer.ts';
import { looseness } from './openai-body.ts';
import { type ProviderServer, type ServerOptions, startProvider, type Wire } from './provider-server.ts';

/** The Messages API and its list of models, after the types of the SDK. */
const wireName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const wireId = z.string().regex(/^[a-zA-Z0-9_-]+$/);
const said = z.string().refine((text) => text.trim() !== '');
const Block = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), text: said }),
  z.strictObject({ type: z.literal('thinking'), thinking: z.string(), signature: z.string().min(1) }),
  z.strictObject({
    type: z.literal('tool_use'),
    id: wireId,
    name: wireName,
    input: z.record(z.string(), z.custom<Json>()),
  }),
  z.strictObject({
    type: z.literal('tool_result'),
    tool_use_id: wireId,
    content: z.string(),
    is_error: z.boolean().optional(),
  }),
]);
const Message = z.strictObject({
  role: z.enum(['user', 'assistant']),
  content: z.array(Block).min(1),
});
const Body = z.strictObject({
  model: z.string().min(1),
  stream: z.literal(true),
  max_tokens: z.int().min(1),
  system: said.optional(),
  messages: z.array(Message).min(1),
  tools: z
    .array(
      z.union([
        z.strictObject({
          name: wireName,
          description: z.string().optional(),
          input_schema: z.looseObject({ type: z.literal('object') }),
        }),
        z.strictObject({
          type: z.literal('web_search_20250305'),
          name: z.literal('web_search'),
          max_uses: z.literal(1),
        }),
      ]),
    )
    .min(1)
    .optional(),
  tool_choice: z.strictObject({ type: z.literal('none') }).optional(),
  thinking: z.strictObject({ type: z.literal('adaptive'), display: z.literal('omitted') }).optional(),
  output_config: z
    .strictObject({
      effort: z.literal('medium').optional(),
      format: z
        .strictObject({
          type: z.literal('json_schema'),
          schema: z.custom<Json>((value) => looseness(value as Json, 0) === null),
        })
        .optional(),
    })
    .optional(),
});
type AnthropicBody = z.infer<typeof Body>;

const wrong = (message: string) => ({ problem: { type: 'invalid_request_error', message } });

function readBody(value: unknown): { body: AnthropicBody } | ReturnType<typeof wrong> {
  const read = Body.safeParse(value);
  if (!read.success) return wrong(z.prettifyError(read.error));
  const { messages, tools = [], thinking, model } = read.data;
  if (thinking !== undefined && /haiku-4-5|sonnet-4-5|opus-4-5/.test(model))
    return wrong('adaptive thinking is not supported on this model');
  let open: string[] = [];
  for (const [i, { role, content }] of messages.entries()) {
    if (role !== (i % 2 === 0 ? 'user' : 'assistant')) return wrong('roles must alternate');
    const results = content.flatMap((block) => (block.type === 'tool_result' ? [block.tool_use_id] : []));
    if (results.join() !== open.join()) return wrong('tool_use ids without tool_result blocks right after');
    if (content.slice(0, results.length).some((block) => block.type !== 'tool_result'))
      return wrong('tool_result blocks must come first');
    open = content.flatMap((block) => (block.type === 'tool_use' ? [block.id] : []));
    if (open.length > 0 && tools.length === 0) return wrong('tools must be defined where they were used');
    if (content.at(-1)?.type === 'thinking') return wrong('the final block cannot be thinking');
  }
  return messages.length % 2 === 1 && open.length === 0
    ? { body: read.data }
    : wrong('the conversation must end with a user message');
}

function neutral(body: AnthropicBody): ModelRequest {
  const names = new Map<string, string>();
  const items = body.messages.flatMap(({ role, content }) =>
    content.flatMap((block): { by: Said['by']; item: Item }[] => {
      const by = role === 'user' ? ('us' as const) : ('model' as const);
      if (block.type === 'text') return [{ by, item: { type: 'text', text: block.text } }];
      if (block.type === 'tool_use') {
        names.set(block.id, crewTool(block.name));
        const item = { id: block.id, tool: crewTool(block.name), arguments: block.input };
        return [{ by, item: { type: 'call', ...item } }];
      }
      if (block.type === 'thinking') return [];
      const tool = names.get(block.tool_use_id) ?? '';
      const item = { id: block.tool_use_id, tool, text: block.content, failed: block.is_error ?? false };
      return [{ by, item: { type: 'result', ...item } }];
    }),
  );
  const schema = body.output_config?.format?.schema;
  return {
    model: body.model,
    instructions: body.system ?? '',
    conversation: conversationOf('anthropic', body.model, items),
    tools:
      body.tool_choice === undefined
        ? (body.tools ?? []).flatMap((tool) => {
            if ('type' in tool) return [];
            const { name, description = '', input_schema: schema } = tool;
            return [{ name: crewTool(name), description, parameters: schema as Json }];
          })
        : [],
    output: schema === undefined ? null : { name: 'output', schema },
    search: (body.tools ?? []).some((tool) => 'type' in tool),
    maxOutputTokens: body.max_tokens,
  };
}

const inputOf = (billed: Billed) => ({
  input_tokens: billed.input - billed.cached - billed.cacheWrite,
  cache_creation_input_tokens: billed.cacheWrite,
  cache_read_input_tokens: billed.cached,
});
const outputOf = (billed: Billed, reply: Reply) => ({
  output_tokens: billed.output,
  output_tokens_details: { thinking_tokens: billed.reasoning },
  server_tool_use: reply.found ? { web_search_requests: 1, web_fetch_requests: 0 } : null,
});

function blocksOf(n: number, reply: Reply): { [name: string]: Json }[] {
  const text = reply.json === undefined ? (reply.text ?? reply.refusal) : JSON.stringify(reply.json);
  return [
    ...(reply.reasoning ? [{ type: 'thinking', thinking: '', signature: `sealed thought ${n}` }] : []),
    ...(text === undefined || text === '' ? [] : [{ type: 'text', text, citations: null }]),
    ...searchBlocks(n, reply.found ?? []),
    ...(reply.toolCalls ?? []).map(({ name, arguments: input, id }, i) => ({
      type: 'tool_use',
      id: id ?? `toolu_${n}_${i}`,
      name,
      input,
      caller: { type: 'direct' },
    })),
  ];
}

function searchBlocks(n: number, found: NonNullable<Reply['found']>): { [name: string]: Json }[] {
  if (found.length === 0) return [];
  const id = `srvtoolu_${n}`;
  const results = found.map(({ url, title }) => ({
    type: 'web_search_result',
    url,
    title,
    page_age: null,
    encrypted_content: 'sealed',
  }));
  const cited = found.flatMap(({ url, title, excerpt }) =>
    excerpt === undefined
      ? []
      : [
          {
            type: 'text',
            text: `One result says: ${excerpt}`,
            citations: [
              { type: 'web_search_result_location', url, title, encrypted_index: 'x', cited_text: excerpt },
            ],
          },
        ],
  );
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: { query: 'q' } },
    { type: 'web_search_tool_result', tool_use_id: id, content: results },
    ...cited,
  ];
}

function endOf(reply: Reply): string {
  if (reply.refusal !== undefined || reply.incomplete === 'content_filter') return 'refusal';
  if (reply.incomplete) return 'max_tokens';
  return reply.toolCalls ? 'tool_use' : 'end_turn';
}

function events(n: number, body: AnthropicBody, reply: Reply, billed: Billed | null): string[] {
  const message = {
    id: `msg_${n}`,
    type: 'message',
    role: 'assistant',
    model: body.model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    // What is written has only begun here.
    ...(billed === null ? {} : { usage: { ...inputOf(billed), output_tokens: 1 } }),
  };
  const blocks = blocksOf(n, reply).flatMap((block, index) => {
    const begun = { ...block, ...emptied(block) };
    return [
      { type: 'content_block_start', index, content_block: begun },
      ...deltasOf(block).map((delta) => ({ type: 'content_block_delta', index, delta })),
      { type: 'content_block_stop', index },
    ];
  });
  const end = {
    type: 'message_delta',
    delta: { stop_reason: endOf(reply), stop_sequence: null, stop_details: null },
    ...(billed === null ? {} : { usage: outputOf(billed, reply) }),
  };
  const failed = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
  const last = reply.failed ? [...(billed === null ? [] : [end]), failed] : [end, { type: 'message_stop' }];
  const all = [{ type: 'message_start', message }, { type: 'ping' }, ...blocks, ...last];
  return all.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
}

function emptied(block: { [name: string]: Json }): { [name: string]: Json } {
  if (block.type === 'thinking') return { signature: '' };
  if (block.type === 'web_search_tool_result') return {};
  return block.type === 'text' ? { text: '', citations: null } : { input: {} };
}

function deltasOf(block: { [name: string]: Json }): Json[] {
  if (block.type === 'thinking') return [{ type: 'signature_delta', signature: block.signature ?? '' }];
  if (block.type === 'web_search_tool_result') return [];
  if (block.type === 'text') {
    const cited = Array.isArray(block.citations) ? block.citations : [];
    return [
      ...pieces(String(block.text)).map((text) => ({ type: 'text_delta', text })),
      ...cited.map((citation) => ({ type: 'citations_delta', citation: citation as Json })),
    ];
  }
  const written = typeof block.input === 'string' ? block.input : JSON.stringify(block.input);
  return ['', ...pieces(written)].map((part) => ({ type: 'input_json_delta', partial_json: part }));
}

const whole = (n: number, body: AnthropicBody, reply: Reply, billed: Billed | null) => ({
  id: `msg_${n}`,
  type: 'message',
  role: 'assistant',
  model: body.model,
  content: blocksOf(n, reply).map((block) =>
    typeof block.input === 'string' ? { ...block, input: parsedOr(block.input) } : block,
  ),
  stop_reason: endOf(reply),
  stop_sequence: null,
  ...(billed === null ? {} : { usage: { ...inputOf(billed), ...outputOf(billed, reply) } }),
});

const anthropic: Wire<AnthropicBody> = {
  models: ['claude-sonnet-5-5', 'claude-haiku-4-5'],
  keyOf: (headers) => String(headers['x-api-key'] ?? ''),
  route(method, { pathname }) {
    if (method === 'GET' && pathname === '/v1/models') return 'models';
    return method === 'POST' && pathname === '/v1/messages' ? 'call' : null;
  },
  listOf: (models) => ({
    data: models.map((id) => ({ type: 'model', id, display_name: id })),
    has_more: false,
    first_id: models[0],
    last_id: models.at(-1),
  }),
  readBody,
  neutral,
  whole,
  events,
  error: (status, { type = 'invalid_request_error', message = `Status ${status}.` }) => ({
    type: 'error',
    error: { type, message },
    request_id: 'req_1',
  }),
  wrongKey: { status: 401, error: () => ({ type: 'authentication_error', message: 'invalid x-api-key' }) },
};

export const anthropicKey = 'test-key-of-anthropic-0123456789abcdef';

export const startAnthropic = (
  options: Partial<ServerOptions<AnthropicBody>> = {},
): Promise<ProviderServer<AnthropicBody>> => startProvider(anthropic, { keys: [anthropicKey], ...options });
