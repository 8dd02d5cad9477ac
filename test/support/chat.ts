import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { Item, ModelRequest, Said } from '../../src/providers/port.ts';
import { conversationOf, crewTool, parsedOr, pieces } from './conversation.ts';
import type { Billed, Reply } from './openai-answer.ts';
import { looseness } from './openai-body.ts';
import { type ProviderServer, type ServerOptions, startProvider, type Wire } from './provider-server.ts';

/** Chat Completions, as servers of other people speak them. */
const wireName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const Call = z.strictObject({
  id: z.string().min(1),
  type: z.literal('function'),
  function: z.strictObject({ name: wireName, arguments: z.string() }),
});
const Message = z.discriminatedUnion('role', [
  z.strictObject({ role: z.literal('system'), content: z.string() }),
  z.strictObject({ role: z.literal('user'), content: z.string().min(1) }),
  z.strictObject({
    role: z.literal('assistant'),
    content: z.string(),
    tool_calls: z.array(Call).min(1).optional(),
  }),
  z.strictObject({ role: z.literal('tool'), tool_call_id: z.string().min(1), content: z.string() }),
]);
const Body = z.strictObject({
  model: z.string().min(1),
  stream: z.literal(true),
  stream_options: z.strictObject({ include_usage: z.literal(true) }),
  max_tokens: z.int().min(1),
  messages: z.array(Message).min(2),
  tools: z
    .array(
      z.strictObject({
        type: z.literal('function'),
        function: z.strictObject({
          name: wireName,
          description: z.string(),
          parameters: z.custom<Json>((value) => looseness(value as Json, 0) === null),
        }),
      }),
    )
    .min(1)
    .optional(),
  response_format: z
    .strictObject({
      type: z.literal('json_schema'),
      json_schema: z.strictObject({
        name: wireName,
        schema: z.custom<Json>((value) => looseness(value as Json, 0) === null),
        strict: z.literal(true),
      }),
    })
    .optional(),
});
type ChatBody = z.infer<typeof Body>;

function readBody(value: unknown): { body: ChatBody } | { problem: { code: string; message: string } } {
  const read = Body.safeParse(value);
  if (!read.success) return { problem: { code: 'invalid_request', message: z.prettifyError(read.error) } };
  const open = new Set<string>();
  for (const message of read.data.messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) return wrong(`no call ${message.tool_call_id}`);
    } else if (open.size > 0) return wrong(`no result of ${[...open][0]}`);
    if (message.role === 'assistant') for (const call of message.tool_calls ?? []) open.add(call.id);
  }
  return { body: read.data };
}

const wrong = (message: string) => ({ problem: { code: 'invalid_request', message } });

function neutral(body: ChatBody): ModelRequest {
  const names = new Map<string, string>();
  const items = body.messages.flatMap((message): { by: Said['by']; item: Item }[] => {
    if (message.role === 'system') return [];
    if (message.role === 'user') return [{ by: 'us', item: { type: 'text', text: message.content } }];
    if (message.role === 'tool') {
      const tool = names.get(message.tool_call_id) ?? '';
      const item = { id: message.tool_call_id, tool, text: message.content, failed: false };
      return [{ by: 'us', item: { type: 'result', ...item } }];
    }
    return [
      { by: 'model', item: { type: 'text', text: message.content } },
      ...(message.tool_calls ?? []).map(({ id, function: { name, arguments: written } }) => {
        names.set(id, crewTool(name));
        const item = { type: 'call' as const, id, tool: crewTool(name), arguments: parsedOr(written) };
        return { by: 'model' as const, item };
      }),
    ];
  });
  const format = body.response_format?.json_schema;
  return {
    model: body.model,
    instructions: body.messages[0]?.role === 'system' ? body.messages[0].content : '',
    conversation: conversationOf('compatible', body.model, items),
    tools: (body.tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name: crewTool(name),
      description,
      parameters,
    })),
    output: format === undefined ? null : { name: format.name, schema: format.schema },
    search: false,
    maxOutputTokens: body.max_tokens,
  };
}

const usageOf = (billed: Billed) => ({
  prompt_tokens: billed.input,
  completion_tokens: billed.output,
  total_tokens: billed.input + billed.output,
  prompt_tokens_details: { cached_tokens: billed.cached, cache_write_tokens: billed.cacheWrite },
  completion_tokens_details: { reasoning_tokens: billed.reasoning },
});

const callsOf = (n: number, { toolCalls = [] }: Reply) =>
  toolCalls.map(({ name, arguments: written, id }, i) => ({
    id: id ?? `call_${n}_${i}`,
    type: 'function',
    function: { name, arguments: typeof written === 'string' ? written : JSON.stringify(written) },
  }));

const endOf = (reply: Reply): string => {
  if (reply.incomplete) return reply.incomplete === 'content_filter' ? 'content_filter' : 'length';
  return reply.toolCalls ? 'tool_calls' : 'stop';
};

const textOf = (reply: Reply) => (reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json));

function events(n: number, body: ChatBody, reply: Reply, billed: Billed | null): string[] {
  const chunk = (choices: Json, more: object = {}) => ({
    id: `chatcmpl-${n}`,
    object: 'chat.completion.chunk',
    created: 1_794_819_600,
    model: body.model,
    choices,
    ...more,
  });
  const delta = (part: object, end: string | null = null) =>
    chunk([{ index: 0, delta: part as Json, finish_reason: end }]);
  const calls = callsOf(n, reply).flatMap((call, index) => [
    delta({
      tool_calls: [{ index, ...call, function: { name: call.function.name, arguments: '' } }] as Json,
    }),
    ...pieces(call.function.arguments).map((part) =>
      delta({ tool_calls: [{ index, function: { arguments: part } }] }),
    ),
  ]);
  const usage = billed === null ? [] : [chunk([], { usage: usageOf(billed) })];
  const said = [
    delta({ role: 'assistant', content: '' }),
    ...pieces(textOf(reply)).map((content) => delta({ content })),
    ...pieces(reply.refusal ?? '').map((refusal) => delta({ refusal })),
    ...calls,
  ];
  const sent = reply.failed
    ? [...said, ...(billed === null ? [] : [delta({}, 'stop'), ...usage]), { error: reply.failed }]
    : [...said, delta({}, endOf(reply)), ...usage];
  return [...sent.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'];
}

const whole = (n: number, body: ChatBody, reply: Reply, billed: Billed | null) => ({
  id: `chatcmpl-${n}`,
  object: 'chat.completion',
  model: body.model,
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: textOf(reply), refusal: reply.refusal ?? null },
      finish_reason: endOf(reply),
    },
  ],
  ...(billed === null ? {} : { usage: usageOf(billed) }),
});

const chat: Wire<ChatBody> = {
  models: ['qwen-local'],
  keyOf: ({ authorization = '' }) => /^Bearer (.+)$/.exec(authorization)?.[1] ?? '',
  route(method, { pathname }) {
    if (method === 'GET' && pathname === '/v1/models') return 'models';
    return method === 'POST' && pathname === '/v1/chat/completions' ? 'call' : null;
  },
  listOf: (models) => ({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) }),
  readBody,
  neutral,
  whole,
  events,
  error: (status, error) => ({
    error: { type: 'invalid_request_error', message: `Status ${status}.`, ...error },
  }),
  wrongKey: {
    status: 401,
    error: (key) => ({ code: 'invalid_api_key', message: `Wrong key: ${key}.` }),
  },
};

export const chatKey = 'test-key-of-compatible-0123456789abcdef';

/** `keys: ['']` takes whoever brings none. */
export async function startChat(
  options: Partial<ServerOptions<ChatBody>> = {},
): Promise<ProviderServer<ChatBody> & { readonly baseUrl: string }> {
  const server = await startProvider(chat, { keys: [chatKey], ...options });
  return { ...server, baseUrl: `${server.origin}/v1` };
}
