import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createOpenAI } from '../../src/providers/openai/index.ts';
import { chatKey, startChat } from '../support/chat.ts';
import { createVirtualClock } from '../support/clock.ts';
import { startOpenAI, testKey } from '../support/openai.ts';
import { callOf, requestOf, saidBy, us, webFetch } from '../support/provider-call.ts';

const clock = createVirtualClock();
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const server of open.splice(0)) await server.close();
});

/** An adapter that notes which addresses it calls. */
function noting(name: 'openai' | 'compatible') {
  const paths: string[] = [];
  const provider = createOpenAI({
    clock,
    name,
    fetch: (input, init) => {
      paths.push(new URL(String(input)).pathname);
      return fetch(input, init);
    },
  });
  return { provider, paths };
}

describe('the way in which a server is spoken to', () => {
  it('is Chat Completions where it does not know the Responses API, and that is remembered', async () => {
    const server = await startChat({ models: ['gpt-6-luna'] });
    open.push(server);
    const { provider, paths } = noting('openai');
    const key = { secret: new Secret(chatKey), baseUrl: server.baseUrl };
    for (const _ of [1, 2]) expect((await callOf(provider, requestOf(), key)).failure).toBeNull();
    expect(paths).toEqual(['/v1/responses', '/v1/chat/completions', '/v1/chat/completions']);
    expect(server.calls).toHaveLength(2);
  });

  it('is the Responses API where a compatible server knows only that', async () => {
    const server = await startOpenAI();
    open.push(server);
    const { provider, paths } = noting('compatible');
    const key = { secret: new Secret(testKey), baseUrl: server.baseUrl };
    expect((await callOf(provider, requestOf(), key)).failure).toBeNull();
    expect(paths).toEqual(['/v1/chat/completions', '/v1/responses']);
  });

  it('is not tried out where the server knows no such model', async () => {
    const missing = { status: 404, code: 'model_not_found', message: 'There is no model gpt-9.' };
    const server = await startChat({ script: [missing] });
    open.push(server);
    const { provider, paths } = noting('compatible');
    const key = { secret: new Secret(chatKey), baseUrl: server.baseUrl };
    const { failure } = await callOf(provider, requestOf(), key);
    expect(failure).toMatchObject({ kind: 'bad-request', status: 404, money: 'none' });
    expect(failure?.message).toContain('There is no model gpt-9.');
    expect(paths).toHaveLength(1);
  });

  it('is not tried out at OpenAI itself, where nothing is missing', async () => {
    const paths: string[] = [];
    const provider = createOpenAI({
      clock,
      fetch: async (input) => {
        paths.push(String(input));
        return new Response('no such page', { status: 404 });
      },
    });
    const { failure } = await callOf(provider, requestOf(), { secret: new Secret('x'), baseUrl: null });
    expect([failure?.kind, paths.length]).toEqual(['bad-request', 1]);
  });
});

describe('the model auto', () => {
  it('is the first that a server lists and that writes, asked for once', async () => {
    const server = await startChat({ models: ['nomic-embed-text', 'qwen-local', 'other'] });
    open.push(server);
    const { provider, paths } = noting('compatible');
    const key = { secret: new Secret(chatKey), baseUrl: server.baseUrl };
    const called = await callOf(provider, requestOf({ model: 'auto' }), key);
    await callOf(provider, requestOf({ model: 'auto' }), key);
    expect(server.calls.map(({ body }) => body.model)).toEqual(['qwen-local', 'qwen-local']);
    expect(called.finish?.raw.model).toBe('auto');
    expect(paths).toEqual(['/v1/models', '/v1/chat/completions', '/v1/chat/completions']);
  });

  it('is whatever a server runs that lists none', async () => {
    const server = await startChat({ models: [] });
    open.push(server);
    const key = { secret: new Secret(chatKey), baseUrl: server.baseUrl };
    await callOf(createOpenAI({ clock, name: 'compatible' }), requestOf({ model: 'auto' }), key);
    expect(server.calls.map(({ body }) => body.model)).toEqual(['default']);
  });

  it('is looked up anew once the server no longer has the one that it listed', async () => {
    let here = 'qwen-small';
    const asked: string[] = [];
    const provider = createOpenAI({
      clock,
      name: 'compatible',
      fetch: async (input, init) => {
        if (String(input).endsWith('/models')) return Response.json({ data: [{ id: here }] });
        const { model } = JSON.parse(String(init?.body)) as { model: string };
        asked.push(model);
        const message = { role: 'assistant', content: 'Fine.' };
        return model === here
          ? Response.json({ choices: [{ index: 0, message, finish_reason: 'stop' }] })
          : Response.json({ error: { message: `model "${model}" not found` } }, { status: 404 });
      },
    });
    const key = { secret: new Secret(''), baseUrl: 'http://local.example/v1' };
    const request = requestOf({ model: 'auto' });
    expect((await callOf(provider, request, key)).failure).toBeNull();
    here = 'qwen-large';
    expect((await callOf(provider, request, key)).failure?.message).toContain('not found');
    expect((await callOf(provider, request, key)).failure).toBeNull();
    expect(asked).toEqual(['qwen-small', 'qwen-small', 'qwen-large']);
  });

  it('that cannot be asked for because the key is refused costs nothing', async () => {
    const server = await startChat();
    open.push(server);
    const key = { secret: new Secret('another'), baseUrl: server.baseUrl };
    const request = requestOf({ model: 'auto' });
    const { failure } = await callOf(createOpenAI({ clock, name: 'compatible' }), request, key);
    expect(failure).toMatchObject({ kind: 'key-rejected', money: 'none' });
  });
});

describe('a chat completion', () => {
  const key = { secret: new Secret(''), baseUrl: 'http://local.example/v1' };
  const answering = (body: string) =>
    createOpenAI({
      clock,
      name: 'compatible',
      fetch: async () => new Response(body, { headers: { 'content-type': 'text/event-stream' } }),
    });
  const events = (...list: object[]) => list.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('');
  const delta = (part: object, end: string | null = null) => ({
    choices: [{ index: 0, delta: part, finish_reason: end }],
  });

  it('may lack usage, the last mark and the ids of its calls', async () => {
    const call = { index: 0, function: { name: 'web_fetch', arguments: { url: 'https://acme.com' } } };
    const provider = answering(events(delta({ tool_calls: [call] }), delta({}, 'stop')));
    const called = await callOf(provider, requestOf({ tools: [webFetch] }), key);
    expect(called.calls).toMatchObject([
      { id: 'call_1_0', tool: 'web.fetch', arguments: { url: 'https://acme.com' } },
    ]);
    expect(called.finish?.reason).toBe('tool-calls');
    expect(called.usage).toMatchObject({ inputTokens: null, outputTokens: null });
  });

  it('may think aloud, which is no part of what it says', async () => {
    const provider = answering(
      events(delta({ reasoning_content: 'Hm.' }), delta({ content: 'Yes.' }), delta({}, 'stop')),
    );
    expect((await callOf(provider, requestOf(), key)).text).toBe('Yes.');
  });

  it('may call what it was not offered: nobody runs that', async () => {
    const call = { index: 0, id: 'c', function: { name: 'shell', arguments: '{}' } };
    const provider = answering(events(delta({ content: 'Done.', tool_calls: [call] }, 'tool_calls')));
    const called = await callOf(provider, requestOf(), key);
    expect([called.calls, called.text, called.finish?.reason]).toEqual([[], 'Done.', 'stop']);
    expect(saidBy(called).items).toEqual([{ type: 'text', text: 'Done.' }]);
  });

  it('that said nothing is left out of what follows', async () => {
    const server = await startChat({ script: [{ text: '' }, { text: 'Yes.' }] });
    open.push(server);
    const provider = createOpenAI({ clock, name: 'compatible' });
    const at = { secret: new Secret(chatKey), baseUrl: server.baseUrl };
    const silent = await callOf(provider, requestOf(), at);
    const conversation = [...requestOf().conversation, saidBy(silent), us('Well?')];
    await callOf(provider, requestOf({ conversation }), at);
    expect(server.calls[1]?.body.messages.map(({ role }) => role)).toEqual(['system', 'user', 'user']);
  });
});
