import { LLMock } from '@copilotkit/aimock';
import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createAnthropic } from '../../src/providers/anthropic/index.ts';
import { createGoogle } from '../../src/providers/google/index.ts';
import { createOpenAI } from '../../src/providers/openai/index.ts';
import { createVirtualClock } from '../support/clock.ts';
import {
  briefSchema,
  callOf,
  prompt,
  requestOf,
  resultsFor,
  saidBy,
  us,
  webFetch,
} from '../support/provider-call.ts';

const clock = createVirtualClock();

/** A server by other people: what we take for granted of our own may not hold there. */
describe.each([
  { of: 'OpenAI', model: 'gpt-6-luna', path: '/v1', health: 'healthy', provider: createOpenAI({ clock }) },
  {
    of: 'Anthropic',
    model: 'claude-sonnet-5-5',
    path: '',
    health: 'healthy',
    provider: createAnthropic({ clock }),
  },
  { of: 'Google', model: 'gemini-3.8-flash', path: '', health: 'unknown', provider: createGoogle({ clock }) },
  {
    of: 'Chat Completions',
    model: 'local',
    path: '/v1',
    health: 'healthy',
    provider: createOpenAI({ clock, name: 'compatible' }),
  },
])('the adapter of $of against aimock', ({ model, path, health: known, provider }) => {
  let mock: LLMock | null = null;
  afterEach(async () => {
    await mock?.stop();
    mock = null;
  });

  async function open(prepare: (mock: LLMock) => void) {
    mock = new LLMock({ port: 0, chunkSize: 12 });
    prepare(mock);
    await mock.start();
    const key = { secret: new Secret('any key'), baseUrl: `${mock.url}${path}` };
    return { mock, call: (more = {}) => callOf(provider, requestOf({ model, ...more }), key), provider, key };
  }

  const usage = { input_tokens: 123, output_tokens: 45, total_tokens: 168 };

  test('text is streamed with the usage of the fixture, and what it leaves out is unknown', async () => {
    const { call } = await open((m) =>
      m.onMessage(/secret recipe/, { content: 'A brief answer, told in pieces.', usage }),
    );
    const { text, finish, usage: told, events } = await call();
    expect(text).toBe('A brief answer, told in pieces.');
    expect(events.filter((e) => e.type === 'text').length).toBeGreaterThan(1);
    expect(finish?.reason).toBe('stop');
    expect(told).toMatchObject({
      inputTokens: 123,
      outputTokens: 45,
      cacheReadTokens: null,
      cacheWriteTokens: null,
    });
  });

  test('a tool is called, and the conversation goes on with its result to a structured answer', async () => {
    const url = 'https://acme.com';
    const brief = { what: [{ text: 'Acme makes software.', sources: [1] }], pricing: [] };
    const { call } = await open((m) => {
      m.onMessage(/Give your result/, { content: JSON.stringify(brief), usage });
      m.onToolResult('call_fetch', { content: 'I have read it.', usage });
      m.onMessage(/secret recipe/, {
        toolCalls: [{ id: 'call_fetch', name: 'web_fetch', arguments: JSON.stringify({ url }) }],
        usage,
      });
    });
    const first = await call({ tools: [webFetch] });
    expect(first.calls).toMatchObject([{ id: 'call_fetch', tool: 'web.fetch', arguments: { url } }]);
    const read = [us(prompt), saidBy(first), resultsFor(first)];
    const second = await call({ tools: [webFetch], conversation: read });
    expect([second.failure, second.text]).toEqual([null, 'I have read it.']);
    const conversation = [...read, saidBy(second), us('Give your result.')];
    const third = await call({ conversation, output: { name: 'brief', schema: briefSchema } });
    expect(JSON.parse(third.text)).toEqual(brief);
    expect(third.usage?.inputTokens).toBe(123);
  });

  test('an answer that was too long ends as length', async () => {
    const { call } = await open((m) =>
      m.onMessage(/secret/, { content: 'As far as', finishReason: 'length', usage }),
    );
    expect((await call()).finish?.reason).toBe('length');
  });

  test('its errors are understood, and the next call is answered', async () => {
    const { mock, call } = await open((m) => m.onMessage(/secret/, { content: 'Fine.', usage }));
    mock.nextRequestError(429, {
      message: 'Slow down.',
      type: 'rate_limit_error',
      code: 'rate_limit_exceeded',
    });
    expect((await call()).failure).toMatchObject({ kind: 'rate-limited', money: 'none', status: 429 });
    expect((await call()).text).toBe('Fine.');
  });

  // It has no list of models under Google's address.
  test('a key is healthy where models are listed', async () => {
    const { provider, key } = await open(() => {});
    const health = await provider.verify(key, new AbortController().signal);
    expect(health.state).toBe(known);
  });
});
