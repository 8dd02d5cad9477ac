import { afterEach, describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { createOpenAI } from '../../src/providers/openai/index.ts';
import { bodyOf } from '../../src/providers/openai/request.ts';
import type { ModelRequest, Said } from '../../src/providers/port.ts';
import { toolName } from '../../src/providers/tool-names.ts';
import { createVirtualClock } from '../support/clock.ts';
import { type OpenAIServer, startOpenAI, testKey } from '../support/openai.ts';
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

let server: OpenAIServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

const provider = createOpenAI({ clock: createVirtualClock() });

async function open(...script: Answer[]) {
  server = await startOpenAI({ script });
  const key = { secret: new Secret(testKey), baseUrl: server.baseUrl };
  return { server, call: (request: ModelRequest) => callOf(provider, request, key) };
}

const toolCall = { name: 'web_fetch', arguments: { url: 'https://acme.com' } };

describe('the body of a call', () => {
  it('stores nothing, streams, and says how much may be written', () => {
    expect(bodyOf(requestOf({ maxOutputTokens: 1234 }))).toEqual({
      model: 'gpt-6-luna',
      stream: true,
      store: false,
      instructions: 'Be brief and exact.',
      input: [
        {
          role: 'user',
          content: requestOf().conversation[0]?.items[0]?.type === 'text' ? expect.any(String) : '',
        },
      ],
      max_output_tokens: 1234,
    });
  });

  it('asks for a structured answer strictly, under a name that OpenAI accepts', () => {
    const { text } = bodyOf(requestOf({ output: { name: 'brief.v2 draft', schema: briefSchema } }));
    expect(text).toEqual({
      format: { type: 'json_schema', name: 'brief_v2_draft', schema: briefSchema, strict: true },
    });
  });

  it('offers tools strictly, under names that lead back', () => {
    const { tools } = bodyOf(requestOf({ tools: [webFetch] }));
    expect(tools).toMatchObject([
      { type: 'function', name: 'web_fetch', strict: true, parameters: webFetch.parameters },
    ]);
    expect(toolName('web_fetch', [webFetch])).toBe('web.fetch');
    expect(toolName('unheard_of', [webFetch])).toBe('unheard_of');
  });
});

describe('a conversation (rule R5)', () => {
  const first = requestOf({ tools: [webFetch] });

  it('goes on from the raw items of the same model, its sealed thoughts included', async () => {
    const { server, call } = await open({ reasoning: true, toolCalls: [toolCall] }, { text: 'Done.' });
    const called = await call(first);
    await call({ ...first, conversation: [...first.conversation, saidBy(called), resultsFor(called)] });
    const body = server.calls[1]?.body;
    expect(body?.include).toEqual(['reasoning.encrypted_content']);
    expect(body?.input.map((item) => item.type ?? 'text')).toEqual([
      'text',
      'reasoning',
      'function_call',
      'function_call_output',
    ]);
    expect(server.calls[0]?.body.include).toBeUndefined();
    expect(server.mistakes).toEqual([]);
  });

  it('goes on from the neutral items for another model, under another adapter, or where a thought is not sealed', async () => {
    const { server, call } = await open({ reasoning: true, toolCalls: [toolCall] }, { text: 'Done.' });
    const called = await call(first);
    const said = saidBy(called);
    const next = { ...first, conversation: [...first.conversation, said, resultsFor(called)] };
    const neutral = ['text', 'function_call', 'function_call_output'];
    const kinds = (body: ReturnType<typeof bodyOf>) =>
      Array.isArray(body.input) ? body.input.map((item) => item.type ?? 'text') : [];
    await call({ ...next, model: 'gpt-6-sol' });
    expect(server.calls[1]?.body.input.map((item) => item.type ?? 'text')).toEqual(neutral);
    expect(kinds(bodyOf(next, 'compatible'))).toEqual(neutral);
    const open_: Said = {
      ...said,
      by: 'model',
      raw: {
        provider: 'openai',
        model: first.model,
        items: [{ type: 'reasoning', id: 'rs_1', summary: [] }],
      },
    };
    expect(
      kinds(bodyOf({ ...next, conversation: [...first.conversation, open_, resultsFor(called)] })),
    ).toEqual(neutral);
  });

  it('leaves out a call that was cut off, and the thought that led to it', async () => {
    const cut: Answer = {
      reasoning: true,
      text: 'Reading.',
      toolCalls: [{ name: 'web_fetch', arguments: '{"url":"https://ac' }],
      incomplete: 'max_output_tokens',
    };
    const { server, call } = await open(cut, { text: 'Done.' });
    const called = await call(first);
    expect(called.calls).toEqual([]);
    expect(called.finish?.reason).toBe('length');
    await call({ ...first, conversation: [...first.conversation, saidBy(called), us('Shorter.')] });
    expect(server.calls[1]?.body.input.map((item) => item.type ?? 'text')).toEqual([
      'text',
      'reasoning',
      'message',
      'text',
    ]);
    expect(server.mistakes).toEqual([]);
  });

  it('ends a reply with nothing but a thought as length, and goes on without it', async () => {
    const { server, call } = await open(
      { reasoning: true, incomplete: 'max_output_tokens' },
      { text: 'Done.' },
    );
    const called = await call(first);
    expect(called.finish).toMatchObject({ reason: 'length', raw: { items: [] } });
    await call({ ...first, conversation: [...first.conversation, saidBy(called), us('Again.')] });
    expect(server.mistakes).toEqual([]);
  });

  it('hands a call with arguments that are no JSON to the tool as the text that it is', async () => {
    const { call } = await open({ toolCalls: [{ name: 'web_fetch', arguments: 'acme.com' }] });
    const called = await call(first);
    expect(called.calls).toMatchObject([{ tool: 'web.fetch', arguments: 'acme.com' }]);
  });
});
