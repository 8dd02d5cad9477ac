import { afterEach, describe, expect, it, vi } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createAnthropic } from '../../src/providers/anthropic/index.ts';
import { bodyOf } from '../../src/providers/anthropic/request.ts';
import type { ModelRequest, Said } from '../../src/providers/port.ts';
import { anthropicKey, startAnthropic } from '../support/anthropic.ts';
import { createVirtualClock } from '../support/clock.ts';
import type { Answer } from '../support/openai-answer.ts';
import {
  briefSchema,
  callOf,
  requestOf,
  resultsFor,
  saidBy,
  us,
  webFetch,
} from '../support/provider-call.ts';

const model = 'claude-sonnet-5-5';
const first = requestOf({ model, tools: [webFetch] });
const provider = createAnthropic({ clock: createVirtualClock() });

let server: Awaited<ReturnType<typeof startAnthropic>> | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function open(...script: Answer[]) {
  server = await startAnthropic({ script });
  const key = { secret: new Secret(anthropicKey), baseUrl: server.origin };
  return { server, call: (request: ModelRequest) => callOf(provider, request, key) };
}

describe('the body of a call to Anthropic', () => {
  it.each([
    ['claude-sonnet-5-5', true],
    ['claude-opus-4-6', true],
    ['claude-sonnet-4-6-20260101', true],
    ['claude-fable-5', true],
    ['claude-haiku-4-5', false],
    ['claude-haiku-4-5-20251001', false],
    ['claude-opus-4-20250514', false],
    ['claude-3-7-sonnet-20250219', false],
    ['somebody-elses-model', false],
  ])('of %s asks for adaptive thinking: %s', (name, thinks) => {
    const { thinking, output_config } = bodyOf(requestOf({ model: name }));
    expect(thinking).toEqual(thinks ? { type: 'adaptive', display: 'omitted' } : undefined);
    expect(output_config).toEqual(thinks ? { effort: 'medium' } : undefined);
  });

  it('asks for a structured answer by its schema', () => {
    const { output_config } = bodyOf(
      requestOf({ model: 'claude-haiku-4-5', output: { name: 'brief', schema: briefSchema } }),
    );
    expect(output_config).toEqual({ format: { type: 'json_schema', schema: briefSchema } });
  });

  it('is one message for what was said twice in a row, and leaves out what was not said', () => {
    const silent: Said = { by: 'model', items: [], raw: { provider: 'anthropic', model, items: [] } };
    const { messages } = bodyOf({ ...first, conversation: [us('One.'), silent, us('Two.')] });
    expect(messages).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One.' },
          { type: 'text', text: 'Two.' },
        ],
      },
    ]);
  });

  it('makes ids and arguments of other providers fit', () => {
    const conversation: Said[] = [
      us('Go.'),
      {
        by: 'model',
        items: [{ type: 'call', id: 'call:1/a', tool: 'web.fetch', arguments: 'acme.com' }],
        raw: { provider: 'google', model: 'x', items: [] },
      },
      {
        by: 'us',
        items: [{ type: 'result', id: 'call:1/a', tool: 'web.fetch', text: 'No.', failed: true }],
      },
    ];
    const { messages, thinking } = bodyOf({ ...first, conversation });
    expect(messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [{ type: 'tool_use', id: 'call_1_a', name: 'web_fetch', input: { value: 'acme.com' } }],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', tool_use_id: 'call_1_a', content: 'No.', is_error: true }],
      },
    ]);
    // What another model said has no thoughts to go on from.
    expect(thinking).toBeUndefined();
  });
});

describe('a conversation with Anthropic', () => {
  const toolCall = { name: 'web_fetch', arguments: { url: 'https://acme.com' } };

  it('goes on with its sealed thoughts, and names tools where they may no longer be called', async () => {
    const { server, call } = await open({ reasoning: true, toolCalls: [toolCall] }, { text: 'Done.' });
    const called = await call(first);
    const conversation = [...first.conversation, saidBy(called), resultsFor(called)];
    await call({ ...first, conversation, tools: [] });
    const body = server.calls[1]?.body;
    expect(body?.messages[1]?.content.map((block) => block.type)).toEqual(['thinking', 'tool_use']);
    expect(body?.tools).toEqual([{ name: 'web_fetch', input_schema: { type: 'object' } }]);
    expect(body?.tool_choice).toEqual({ type: 'none' });
    expect(server.mistakes).toEqual([]);
  });

  it('leaves out a call that was cut off, and a thought that led to nothing', async () => {
    const { server, call } = await open(
      {
        reasoning: true,
        toolCalls: [{ ...toolCall, arguments: '{"url":"https://ac' }],
        incomplete: 'max_output_tokens',
      },
      { text: 'Done.' },
    );
    const called = await call(first);
    expect([called.calls, called.finish?.reason]).toEqual([[], 'length']);
    await call({ ...first, conversation: [...first.conversation, saidBy(called), us('Shorter.')] });
    expect(server.mistakes).toEqual([]);
  });
});

describe('a refusal without words', () => {
  it('is told with the reason that Anthropic gives', async () => {
    const body = JSON.stringify({
      type: 'message',
      content: [],
      stop_reason: 'refusal',
      stop_details: { type: 'refusal', category: 'cyber', explanation: 'This could do harm.' },
      usage: { input_tokens: 5, output_tokens: 0 },
    });
    const { call } = await open({ body, contentType: 'application/json' });
    const { text, finish } = await call(first);
    expect([text, finish?.reason]).toEqual(['This could do harm.', 'refusal']);
  });
});

describe('the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('sends no call of Anthropic’s elsewhere, under another key or into a log', async () => {
    vi.stubEnv('ANTHROPIC_BASE_URL', 'http://elsewhere.example');
    vi.stubEnv('ANTHROPIC_API_KEY', 'the-key-of-the-machine');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'the-token-of-the-machine');
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'x-api-key: of-the-machine\nAuthorization: Bearer of-the-machine');
    vi.stubEnv('ANTHROPIC_LOG', 'debug');
    const logged = vi.spyOn(console, 'debug');
    const seen: { url: string; headers: Headers }[] = [];
    const own = createAnthropic({
      clock: createVirtualClock(),
      fetch: async (input, init) => {
        seen.push({ url: String(input), headers: new Headers(init?.headers) });
        return new Response('', { headers: { 'content-type': 'text/event-stream' } });
      },
    });
    const secret = new Secret('test-key-0123456789');
    await callOf(own, first, { secret, baseUrl: null });
    await callOf(own, first, { secret, baseUrl: 'http://proxy.example/v1' });
    await callOf(own, first, { secret: new Secret(''), baseUrl: 'http://local.example' });
    expect(seen.map(({ url }) => url)).toEqual([
      'https://api.anthropic.com/v1/messages',
      'http://proxy.example/v1/messages',
      'http://local.example/v1/messages',
    ]);
    expect(seen.map(({ headers }) => headers.get('x-api-key'))).toEqual([
      'test-key-0123456789',
      'test-key-0123456789',
      null,
    ]);
    for (const { headers } of seen) expect([...headers].join()).not.toContain('of-the-machine');
    expect(logged).not.toHaveBeenCalled();
  });
});
