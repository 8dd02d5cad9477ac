import { z } from 'zod';
import type { Json } from '../../src/core/json.ts';
import type { Item, ModelRequest, Said } from '../../src/providers/port.ts';
import { conversationOf, crewTool, parsedOr, pieces } from './conversation.ts';
import type { Billed, Reply } from './openai-answer.ts';
import { looseness } from './openai-body.ts';
import { type ProviderServer, type ServerOptions, startProvider, type Wire } from './provider-server.ts';

/** Gemini's generateContent, streamed, and its list of models, after the types of the SDK. */
const wireName = z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_-]{0,63}$/);
const args = z.record(z.string(), z.custom<Json>());
const signature = { thoughtSignature: z.string().min(1).optional() };
const Part = z.union([
  z.strictObject({ text: z.string(), ...signature }),
  z.strictObject({
    functionCall: z.strictObject({ id: z.string().min(1), name: wireName, args }),
    ...signature,
  }),
  z.strictObject({
    functionResponse: z.strictObject({ id: z.string().min(1), name: wireName, response: args }),
  }),
]);
const Content = z.strictObject({ role: z.enum(['user', 'model']), parts: z.array(Part).min(1) });
const Body = z.strictObject({
  contents: z.array(Content).min(1),
  systemInstruction: z
    .strictObject({
      role: z.string().optional(),
      parts: z.array(z.strictObject({ text: z.string().min(1) })).min(1),
    })
    .optional(),
  tools: z
    .array(
      z.union([
        z.strictObject({ googleSearch: z.strictObject({}) }),
        z.strictObject({
          functionDeclarations: z.array(
            z.strictObject({
              name: wireName,
              description: z.string(),
              parametersJsonSchema: z.custom<Json>((value) => looseness(value as Json, 0) === null),
            }),
          ),
        }),
      ]),
    )
    .optional(),
  generationConfig: z.strictObject({
    maxOutputTokens: z.int().min(1),
    responseMimeType: z.literal('application/json').optional(),
    responseJsonSchema: z.custom<Json>((value) => looseness(value as Json, 0) === null).optional(),
  }),
});
type GoogleBody = z.infer<typeof Body> & { readonly model: string };

const wrong = (message: string) => ({ problem: { code: 'INVALID_ARGUMENT', message } });

function readBody(value: unknown, url: URL): { body: GoogleBody } | ReturnType<typeof wrong> {
  const read = Body.safeParse(value);
  if (!read.success) return wrong(z.prettifyError(read.error));
  if (url.searchParams.get('alt') !== 'sse') return wrong('a stream is asked for as alt=sse');
  let open: string[] = [];
  for (const [i, { role, parts }] of read.data.contents.entries()) {
    if (role !== (i % 2 === 0 ? 'user' : 'model')) return wrong('turns must alternate');
    const results = parts.flatMap((part) => ('functionResponse' in part ? [part.functionResponse.name] : []));
    if (results.join() !== open.join()) return wrong('function responses must equal the function calls');
    const calls = parts.filter((part) => 'functionCall' in part);
    const [first] = calls;
    if (first !== undefined && first.thoughtSignature === undefined)
      return wrong(`Function call ${first.functionCall.name} is missing a thought_signature`);
    open = calls.map((part) => part.functionCall.name);
  }
  if (read.data.contents.length % 2 === 0) return wrong('the last turn must be the user’s');
  const [, model = ''] = /\/models\/([^:]+):/.exec(url.pathname) ?? [];
  return { body: { ...read.data, model } };
}

function neutral(body: GoogleBody): ModelRequest {
  const items = body.contents.flatMap(({ role, parts }) =>
    parts.map((part): { by: Said['by']; item: Item } => {
      const by = role === 'user' ? 'us' : 'model';
      if ('text' in part) return { by, item: { type: 'text', text: part.text } };
      if ('functionCall' in part) {
        const { id, name, args: given } = part.functionCall;
        return { by, item: { type: 'call', id, tool: crewTool(name), arguments: given } };
      }
      const { id, name, response } = part.functionResponse;
      const text = String(response.output ?? response.error ?? '');
      return { by, item: { type: 'result', id, tool: crewTool(name), text, failed: 'error' in response } };
    }),
  );
  const { maxOutputTokens, responseJsonSchema: schema } = body.generationConfig;
  return {
    model: body.model,
    instructions: body.systemInstruction?.parts[0]?.text ?? '',
    conversation: conversationOf('google', body.model, items),
    tools: (body.tools ?? []).flatMap((tool) =>
      'googleSearch' in tool
        ? []
        : tool.functionDeclarations.map(({ name, description, parametersJsonSchema }) => ({
            name: crewTool(name),
            description,
            parameters: parametersJsonSchema,
          })),
    ),
    output: schema === undefined ? null : { name: 'output', schema },
    search: (body.tools ?? []).some((tool) => 'googleSearch' in tool),
    maxOutputTokens,
  };
}

const usageOf = (billed: Billed) => ({
  promptTokenCount: billed.input,
  candidatesTokenCount: billed.output - billed.reasoning,
  totalTokenCount: billed.input + billed.output,
  // Google leaves out what is nothing.
  ...(billed.cached > 0 ? { cachedContentTokenCount: billed.cached } : {}),
  ...(billed.reasoning > 0 ? { thoughtsTokenCount: billed.reasoning } : {}),
});

/** Addresses lead through Google's own. */
const groundedOn = ({ found }: Reply): object =>
  found === undefined
    ? {}
    : {
        groundingMetadata: {
          webSearchQueries: ['q'],
          groundingChunks: found.map(({ url, title }) => ({
            web: { uri: `https://redirect.example/?to=${encodeURIComponent(url)}`, title },
          })),
          groundingSupports: [],
        },
      };

function endOf(reply: Reply): string {
  if (reply.incomplete) return reply.incomplete === 'content_filter' ? 'SAFETY' : 'MAX_TOKENS';
  return 'STOP';
}

/** What the stream carries, a chunk each. */
function chunksOf(n: number, body: GoogleBody, reply: Reply, billed: Billed | null): Json[] {
  const more = { modelVersion: body.model, responseId: `response-${n}` };
  const told = billed === null ? {} : { usageMetadata: usageOf(billed) };
  const begun =
    billed === null
      ? {}
      : {
          usageMetadata: {
            promptTokenCount: billed.input,
            candidatesTokenCount: 1,
            totalTokenCount: billed.input + 1,
          },
        };
  if (reply.refusal !== undefined)
    return [{ promptFeedback: { blockReason: 'PROHIBITED_CONTENT' }, ...told, ...more }];
  const text = reply.json === undefined ? (reply.text ?? '') : JSON.stringify(reply.json);
  const sealed = { thoughtSignature: `c2VhbGVk${n}` };
  const parts: Json[] = [
    ...pieces(text).map((piece) => ({ text: piece })),
    ...(reply.toolCalls ?? []).map(({ name, arguments: given, id }, i) => ({
      functionCall: {
        name,
        args: typeof given === 'string' ? parsedOr(given) : given,
        ...(id === undefined ? {} : { id }),
      },
      // The first call of a turn carries what was thought.
      ...(i === 0 ? sealed : {}),
    })),
  ];
  const candidate = (content: Json[], end: object = {}) => ({
    candidates: [{ content: { role: 'model', parts: content }, index: 0, ...end }],
    ...more,
  });
  const last = {
    ...candidate([{ text: '' }], { finishReason: endOf(reply), ...groundedOn(reply) }),
    ...told,
  };
  const said = parts.map((part) => ({ ...candidate([part]), ...begun }));
  const failed = { error: { code: 503, status: 'UNAVAILABLE', message: 'The model is overloaded.' } };
  if (!reply.failed) return [...said, last];
  return billed === null ? [...said, failed] : [...said, last, failed];
}

const google: Wire<GoogleBody> = {
  models: ['gemini-3.8-flash', 'gemini-3.5-flash-lite'],
  keyOf: (headers) => String(headers['x-goog-api-key'] ?? ''),
  route(method, { pathname }) {
    if (method === 'GET' && pathname === '/v1beta/models') return 'models';
    const called = /^\/v1beta\/models\/[^/:]+:streamGenerateContent$/.test(pathname);
    return method === 'POST' && called ? 'call' : null;
  },
  listOf: (models) => ({ models: models.map((id) => ({ name: `models/${id}`, displayName: id })) }),
  readBody,
  neutral,
  whole: (n, body, reply, billed) => [...chunksOf(n, body, { ...reply, text: reply.text ?? '' }, billed)],
  events: (...reply) => chunksOf(...reply).map((chunk) => `data: ${JSON.stringify(chunk)}\r\n\r\n`),
  error: (status, { code, type, message = `Status ${status}.` }) => ({
    error: {
      code: status,
      message,
      status: type ?? 'INVALID_ARGUMENT',
      ...(code === undefined
        ? {}
        : { details: [{ '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: code }] }),
    },
  }),
  wrongKey: {
    status: 400,
    error: () => ({
      code: 'API_KEY_INVALID',
      type: 'INVALID_ARGUMENT',
      message: 'API key not valid. Please pass a valid API key.',
    }),
  },
};

export const googleKey = 'test-key-of-google-0123456789abcdef';

export const startGoogle = (
  options: Partial<ServerOptions<GoogleBody>> = {},
): Promise<ProviderServer<GoogleBody>> => startProvider(google, { keys: [googleKey], ...options });
