import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Json, JsonObject } from '../../src/core/json.ts';
import { Secret } from '../../src/core/secret.ts';
import { createOpenAI } from '../../src/providers/openai/index.ts';
import { createVirtualClock } from '../support/clock.ts';
import { type OpenAIServer, startOpenAI, testKey } from '../support/openai.ts';
import { type Billed, billOf, type Reply } from '../support/openai-answer.ts';
import { eventsOf } from '../support/openai-wire.ts';
import { readSpec, specProblems } from '../support/openapi.ts';
import {
  briefSchema,
  callOf,
  page,
  requestOf,
  resultsFor,
  saidBy,
  us,
  webFetch,
} from '../support/provider-call.ts';

const found = readSpec('openai-openapi.json');
const spec: JsonObject = found ?? {};

describe.skipIf(found === null)(
  `OpenAI's own description of its API${found === null ? ' (skipped: no specs)' : ''}`,
  () => {
    let server: OpenAIServer;
    beforeAll(async () => {
      const url = 'https://acme.com';
      const thought: Reply = {
        reasoning: true,
        text: 'Reading.',
        toolCalls: [{ name: 'web_fetch', arguments: { url } }],
      };
      server = await startOpenAI({
        script: [thought, { text: 'Done.' }, { json: { what: [], pricing: [] } }],
      });
    });
    afterAll(() => server.close());

    test('allows every body that the adapter sends', async () => {
      const provider = createOpenAI({ clock: createVirtualClock() });
      const key = { secret: new Secret(testKey), baseUrl: server.baseUrl };
      const first = requestOf({ tools: [webFetch] });
      const called = await callOf(provider, first, key);
      const read = [...first.conversation, saidBy(called), resultsFor(called)];
      const second = await callOf(provider, { ...first, conversation: read }, key);
      const conversation = [...read, saidBy(second), us('Give your result.')];
      await callOf(
        provider,
        requestOf({ conversation, output: { name: 'brief', schema: briefSchema } }),
        key,
      );
      expect(server.calls).toHaveLength(3);
      for (const { body } of server.calls)
        expect(specProblems(spec, 'CreateResponse', body as Json)).toEqual([]);
    });

    test('refuses a body with a field that it does not know, or one that is missing', () => {
      const body: JsonObject = {
        model: 'gpt-6-luna',
        input: [{ type: 'function_call_output', output: 'x' }],
        seed: 1,
      };
      expect(specProblems(spec, 'CreateResponse', body).join()).toMatch(/seed/);
      expect(specProblems(spec, 'FunctionToolCall', { type: 'function_call' }).join()).toMatch(
        /call_id is missing/,
      );
    });

    const replies: Record<string, Reply> = {
      text: { text: page },
      thought: { reasoning: true, text: 'Fine.' },
      calls: { toolCalls: [{ name: 'web_fetch', arguments: { url: 'https://acme.com' } }] },
      refusal: { refusal: 'No.' },
      incomplete: { text: 'As far', incomplete: 'max_output_tokens' },
      failed: { failed: { code: 'server_error', message: 'It failed.' } },
    };

    test.each(Object.entries(replies))('has every event with which the stand-in sends: %s', (_, reply) => {
      const body = {
        model: 'gpt-6-luna',
        input: [{ role: 'user' as const, content: 'Hello' }],
        instructions: '',
        max_output_tokens: 100,
        store: false as const,
      };
      const bill: Billed = billOf(body, reply);
      for (const event of eventsOf(1, body, reply, bill)) {
        const schema = `Response${String(event.type)
          .replace(/^response\./, '')
          .split(/[._]/)
          .map(capital)
          .join('')}Event`;
        expect(specProblems(spec, names[schema] ?? schema, event)).toEqual([]);
      }
    });
  },
);

const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);

/** Where the description names an event otherwise than by its type. */
const names: Record<string, string> = {
  ResponseOutputTextDeltaEvent: 'ResponseTextDeltaEvent',
  ResponseOutputTextDoneEvent: 'ResponseTextDoneEvent',
};
