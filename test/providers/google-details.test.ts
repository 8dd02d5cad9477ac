import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { Secret } from '../../src/core/secret.ts';
import { createGoogle } from '../../src/providers/google/index.ts';
import type { ModelRequest, Said } from '../../src/providers/port.ts';
import { createVirtualClock } from '../support/clock.ts';
import { googleKey, startGoogle } from '../support/google.ts';
import type { Answer } from '../support/openai-answer.ts';
import { callOf, requestOf, resultsFor, saidBy, us, webFetch } from '../support/provider-call.ts';

const model = 'gemini-3.8-flash';
const first = requestOf({ model, tools: [webFetch] });
const clock = createVirtualClock();
const secret = new Secret(googleKey);

/** An adapter whose server answers every call with these chunks. */
function answering(...chunks: Json[]) {
  const seen: { url: string; headers: Headers }[] = [];
  const provider = createGoogle({
    clock,
    fetch: async (input, init) => {
      seen.push({ url: String(input), headers: new Headers(init?.headers) });
      const body = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
      return new Response(body, { headers: { 'content-type': 'text/event-stream' } });
    },
  });
  const key = { secret, baseUrl: 'http://proxy.example' };
  return { provider, seen, call: (more = {}) => callOf(provider, { ...first, ...more }, key) };
}

const candidate = (parts: Json[], finishReason?: string): Json => ({
  candidates: [{ content: { role: 'model', parts }, ...(finishReason ? { finishReason } : {}) }],
});

describe('a conversation with Google', () => {
  let server: Awaited<ReturnType<typeof startGoogle>> | null = null;
  afterEach(async () => {
    await server?.close();
    server = null;
  });

  it('goes on with the signatures of its thoughts, and gives a call an id where it has none', async () => {
    const script: Answer[] = [
      { toolCalls: [{ name: 'web_fetch', arguments: { url: 'https://acme.com' } }] },
      { text: 'Done.' },
    ];
    server = await startGoogle({ script });
    const key = { secret, baseUrl: server.origin };
    const call = (request: ModelRequest) => callOf(createGoogle({ clock }), request, key);
    const called = await call(first);
    expect(called.calls).toMatchObject([{ id: 'call_1_0', tool: 'web.fetch' }]);
    await call({ ...first, conversation: [...first.conversation, saidBy(called), resultsFor(called)] });
    expect(server.calls[1]?.body.contents[1]?.parts).toMatchObject([
      { functionCall: { id: 'call_1_0' }, thoughtSignature: 'c2VhbGVk1' },
    ]);
    expect(server.mistakes).toEqual([]);
  });

  it('has one turn for what was said twice in a row', async () => {
    server = await startGoogle({ script: [{ text: 'Done.' }] });
    const silent: Said = { by: 'model', items: [], raw: { provider: 'google', model, items: [] } };
    const conversation = [us('One.'), silent, us('Two.')];
    await callOf(createGoogle({ clock }), { ...first, conversation }, { secret, baseUrl: server.origin });
    expect(server.calls[0]?.body.contents).toHaveLength(1);
    expect(server.mistakes).toEqual([]);
  });
});

describe('an answer of Google’s', () => {
  it('may think aloud, which is no part of what it says', async () => {
    const { text, finish } = await answering(
      candidate([{ text: 'Hm.', thought: true }]),
      candidate([{ text: 'Yes', thoughtSignature: 'c2lnbmVk' }]),
      candidate([{ text: ', in' }]),
      candidate([{ text: 'deed.' }], 'STOP'),
    ).call();
    expect(text).toBe('Yes, indeed.');
    expect(finish?.raw.items).toEqual([{ text: 'Yes', thoughtSignature: 'c2lnbmVk' }, { text: ', indeed.' }]);
  });

  it.each([
    ['RECITATION', 'refusal'],
    ['SPII', 'refusal'],
    ['MALFORMED_FUNCTION_CALL', 'other'],
    ['A_WORD_OF_TOMORROW', 'other'],
  ])('that ends as %s is %s, and the word is kept', async (word, reason) => {
    const { finish } = await answering(candidate([], word)).call();
    expect(finish).toMatchObject({ reason, word });
  });

  it.each([
    [{ promptTokenCount: 7, candidatesTokenCount: 3, thoughtsTokenCount: 5, totalTokenCount: 15 }, 7, 8],
    [{ promptTokenCount: 7, thoughtsTokenCount: 5, totalTokenCount: 12 }, 7, 5],
    [{ promptTokenCount: 7, totalTokenCount: 7 }, 7, 0],
    [{ promptTokenCount: 7 }, 7, null],
    [{ promptTokenCount: 7, toolUsePromptTokenCount: 4, candidatesTokenCount: 1 }, 11, 1],
    [{ candidatesTokenCount: 1 }, null, 1],
  ])('with the counts %j used %s and %s tokens (rule M10)', async (usageMetadata, input, output) => {
    const { usage } = await answering({
      ...(candidate([{ text: 'x' }], 'STOP') as object),
      usageMetadata,
    }).call();
    expect([usage?.inputTokens, usage?.outputTokens]).toEqual([input, output]);
  });
});

describe('the address of a call to Google', () => {
  afterEach(() => vi.unstubAllEnvs());

  it('is the one of the key, with the version that it names, whatever the environment says', async () => {
    vi.stubEnv('GOOGLE_API_KEY', 'the-key-of-the-machine');
    vi.stubEnv('GOOGLE_GEMINI_BASE_URL', 'http://elsewhere.example');
    vi.stubEnv('GOOGLE_GENAI_API_VERSION', 'v9');
    vi.stubEnv('GOOGLE_GENAI_USE_VERTEXAI', 'true');
    const { provider, seen } = answering();
    for (const baseUrl of [
      null,
      'http://proxy.example/',
      'http://proxy.example/gemini/v1',
      'http://p.example/v1alpha/',
    ])
      await callOf(provider, first, { secret, baseUrl });
    const rest = `models/${model}:streamGenerateContent?alt=sse`;
    expect(seen.map(({ url }) => url)).toEqual([
      `https://generativelanguage.googleapis.com/v1beta/${rest}`,
      `http://proxy.example/v1beta/${rest}`,
      `http://proxy.example/gemini/v1/${rest}`,
      `http://p.example/v1alpha/${rest}`,
    ]);
    for (const { headers } of seen) expect(headers.get('x-goog-api-key')).toBe(googleKey);
  });
});
