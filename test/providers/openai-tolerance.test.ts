import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { Secret } from '../../src/core/secret.ts';
import { createOpenAI } from '../../src/providers/openai/index.ts';
import type { OpenKey } from '../../src/providers/port.ts';
import { createVirtualClock } from '../support/clock.ts';
import { callOf, requestOf, webFetch } from '../support/provider-call.ts';

const key: OpenKey = { secret: new Secret('test-key-0123456789'), baseUrl: 'http://provider.example/v1' };

/** An adapter whose server answers every call with this. */
function answering(body: string | (() => Response), contentType = 'text/event-stream') {
  const seen: { url: string; headers: Headers; body: string }[] = [];
  const provider = createOpenAI({
    clock: createVirtualClock(),
    fetch: async (input, init) => {
      seen.push({ url: String(input), headers: new Headers(init?.headers), body: String(init?.body) });
      return typeof body === 'function'
        ? body()
        : new Response(body, { headers: { 'content-type': contentType } });
    },
  });
  return { provider, seen, call: (more = {}) => callOf(provider, requestOf(more), key) };
}

const events = (...list: Json[]) => list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
const delta = (text: string) => ({ type: 'response.output_text.delta', delta: text });
const completed = (response: Json = {}) => ({ type: 'response.completed', response });
const message = (text: string) => ({
  type: 'message',
  role: 'assistant',
  content: [{ type: 'output_text', text }],
});

describe('a server that leaves things out', () => {
  it('may send nothing but pieces of text and an end', async () => {
    const { text, finish, usage } = await answering(events(delta('Hel'), delta('lo.'), completed())).call();
    expect([text, finish?.reason]).toEqual(['Hello.', 'stop']);
    expect(usage).toMatchObject({ inputTokens: null, outputTokens: null, cacheReadTokens: null });
    expect(finish?.raw.items).toEqual([{ role: 'assistant', content: 'Hello.' }]);
  });

  it('may send nothing but the end with the whole text', async () => {
    const { text, finish } = await answering(events(completed({ output: [message('All of it.')] }))).call();
    expect([text, finish?.reason]).toEqual(['All of it.', 'stop']);
  });

  it('may send the beginning in pieces and the rest at the end', async () => {
    const { text } = await answering(
      events(delta('All '), completed({ output: [message('All of it.')] })),
    ).call();
    expect(text).toBe('All of it.');
  });

  it('may send usage without its details, or with numbers that are none', async () => {
    const usage = { input_tokens: 7, output_tokens: -1, input_tokens_details: null };
    const called = await answering(events(delta('x'), completed({ usage }))).call();
    expect(called.usage).toMatchObject({ inputTokens: 7, outputTokens: null, cacheReadTokens: null });
  });

  it('may list no items at the end of calls that it streamed, and send no whole item', async () => {
    const item = { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'web_fetch', arguments: '' };
    const stream = events(
      { type: 'response.output_item.added', output_index: 0, item },
      {
        type: 'response.function_call_arguments.done',
        output_index: 0,
        arguments: '{"url":"https://acme.com"}',
      },
      completed({ output: [] }),
    );
    const { calls, finish } = await answering(stream).call({ tools: [webFetch] });
    expect(calls).toMatchObject([
      { id: 'call_1', tool: 'web.fetch', arguments: { url: 'https://acme.com' } },
    ]);
    expect(finish?.reason).toBe('tool-calls');
  });

  it('may give a call no id: it gets one that its result will carry', async () => {
    const item = { type: 'function_call', name: 'web_fetch', arguments: '{}' };
    const { calls, finish } = await answering(events(completed({ output: [item] }))).call({
      tools: [webFetch],
    });
    expect(calls[0]?.id).toBe('call_0');
    expect(finish?.raw.items).toMatchObject([{ call_id: 'call_0' }]);
  });

  it('may mark a completed event as incomplete within', async () => {
    const { finish } = await answering(events(delta('x'), completed({ status: 'incomplete' }))).call();
    expect(finish).toMatchObject({ reason: 'length', word: 'incomplete' });
  });

  it('may send events, comments and a last mark that nobody knows', async () => {
    const stream = `: ping\n\n${events(delta('Fine.'), { type: 'response.sparkle', data: 1 }, 'x', completed())}data: [DONE]\n\n`;
    expect(await answering(stream).call()).toMatchObject({ text: 'Fine.', failure: null });
  });

  it('keeps the sealed thought of the stream where the end has none', async () => {
    const done = { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: 'sealed' };
    const stream = events(
      { type: 'response.output_item.done', output_index: 0, item: done },
      completed({ output: [{ type: 'reasoning', id: 'rs_1', summary: [] }, message('Fine.')] }),
    );
    const { finish } = await answering(stream).call();
    expect(finish?.raw.items).toMatchObject([{ encrypted_content: 'sealed' }, { type: 'message' }]);
  });
});

describe('a stream that ends badly', () => {
  it.each([
    ['without its last event', events(delta('Hel')), 'network'],
    ['before its first event', '', 'network'],
    [
      'with an error event',
      events(delta('Hel'), { type: 'error', code: 'rate_limit_exceeded', message: 'Slow down.' }),
      'rate-limited',
    ],
    ['with an error of a proxy', events({ error: { message: 'upstream failed' } }), 'overloaded'],
    ['with a canceled response', events(completed({ status: 'cancelled' })), 'overloaded'],
    ['with a response that is still running', events(completed({ status: 'in_progress' })), 'network'],
  ])('%s may have cost something', async (_, stream, kind) => {
    const { failure, finish } = await answering(stream).call();
    expect(failure).toMatchObject({ kind, money: 'maybe' });
    expect(finish).toBeNull();
  });

  it.each(['[]', '{"object":"chat.completion"}', 'null'])(
    'as the JSON %s is not understood',
    async (body) => {
      const { failure } = await answering(body, 'application/json').call();
      expect(failure).toMatchObject({ kind: 'network', money: 'maybe' });
    },
  );

  it('as JSON with an error is that error', async () => {
    const { failure } = await answering(
      '{"error":{"code":"server_error","message":"No."}}',
      'application/json',
    ).call();
    expect(failure).toMatchObject({ kind: 'overloaded', money: 'maybe' });
  });
});

describe('the environment', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('sends no call elsewhere, under another key, for another project or into a log', async () => {
    vi.stubEnv('OPENAI_BASE_URL', 'http://elsewhere.example/v1');
    vi.stubEnv('OPENAI_API_KEY', 'the-key-of-the-machine');
    vi.stubEnv('OPENAI_ORG_ID', 'org-of-the-machine');
    vi.stubEnv('OPENAI_PROJECT_ID', 'project-of-the-machine');
    vi.stubEnv('OPENAI_CUSTOM_HEADERS', 'Authorization: Bearer of-the-machine\nOpenAI-Organization: org-2');
    vi.stubEnv('OPENAI_LOG', 'debug');
    const logged = vi.spyOn(console, 'debug');
    const own = answering(events(completed()));
    await callOf(own.provider, requestOf(), { ...key, baseUrl: null });
    await own.call();
    expect(own.seen.map((call) => call.url)).toEqual([
      'https://api.openai.com/v1/responses',
      'http://provider.example/v1/responses',
    ]);
    for (const { headers } of own.seen) {
      expect(headers.get('authorization')).toBe('Bearer test-key-0123456789');
      expect([...headers].join()).not.toMatch(/of-the-machine|org-2/);
    }
    expect(logged).not.toHaveBeenCalled();
  });
});

describe('a server without keys', () => {
  it('is sent none', async () => {
    const { provider, seen } = answering(events(delta('x'), completed()));
    const called = await callOf(provider, requestOf(), {
      secret: new Secret(''),
      baseUrl: 'http://local.example/v1',
    });
    expect(called.failure).toBeNull();
    expect(seen[0]?.headers.has('authorization')).toBe(false);
  });
});

describe('verifying a key', () => {
  const verified = (status: number, body: Json) =>
    answering(() => Response.json(body, { status })).provider.verify(key, new AbortController().signal);

  it.each([
    [404, { error: { message: 'No such page.' } }],
    [405, {}],
    [500, {}],
    [429, {}],
    [403, { error: { message: 'You have insufficient permissions. Missing scopes: api.model.read.' } }],
  ])('knows nothing after a %s', async (status, body) => {
    expect(await verified(status, body)).toMatchObject({ state: 'unknown' });
  });

  it.each([401, 403])('is failing after a %s', async (status) => {
    expect(await verified(status, { error: { message: 'Incorrect API key.' } })).toEqual({
      state: 'failing',
      status,
      says: 'Incorrect API key.',
    });
  });

  it('is healthy with the models that the server lists, even none', async () => {
    expect(await verified(200, { data: [{ id: 'a' }, {}, { id: 'b' }] })).toEqual({
      state: 'healthy',
      models: ['a', 'b'],
    });
    expect(await verified(200, {})).toEqual({ state: 'healthy', models: [] });
  });

  it('knows nothing after a page that is no JSON', async () => {
    const html = answering('<html>', 'text/html').provider;
    expect(await html.verify(key, new AbortController().signal)).toMatchObject({ state: 'unknown' });
  });
});

it('a connection whose reply is over carries later calls', async () => {
  const sockets = new Set<unknown>();
  let open: ServerResponse | null = null;
  const server = createServer((request, response) => {
    sockets.add(request.socket);
    open = response;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write(events(delta('x'), completed()));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  const provider = createOpenAI({ clock: createVirtualClock() });
  for (let n = 0; n < 6; n++) {
    const { finish } = await callOf(provider, requestOf(), { ...key, baseUrl });
    expect(finish?.reason).toBe('stop');
    // The end of the body comes after the end of the reply, as it may over a network.
    await ended(open);
  }
  server.closeAllConnections();
  server.close();
  // The next call may begin before the client has seen the end, and then takes another connection.
  expect(sockets.size).toBeLessThan(6);
});

async function ended(response: ServerResponse | null): Promise<void> {
  if (response === null) throw new Error('nothing was asked');
  const closed = once(response, 'close');
  response.end();
  await closed;
}
