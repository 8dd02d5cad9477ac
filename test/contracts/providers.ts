import { afterEach, describe, expect, test } from 'vitest';
import { isObject, type Json } from '../../src/core/json.ts';
import type { ModelRequest, OpenKey, Provider, ProviderFailure, Said } from '../../src/providers/port.ts';
import { fits } from '../../src/providers/sandbox/fits.ts';
import {
  briefSchema,
  type Called,
  callOf,
  page,
  prompt,
  requestOf,
  resultsFor,
  saidBy,
  us,
  webFetch,
} from '../support/provider-call.ts';

export interface ProviderUnderTest {
  readonly provider: Provider;
  readonly model: string;
  readonly key: OpenKey;
  end(): Promise<void>;
}

/** How a call over a wire can end. */
export type Ending =
  | 'refusal'
  | 'content-filter'
  | 'rate-limit-with-wait'
  | 'rate-limit'
  | 'no-credit'
  | 'key-rejected'
  | 'overloaded'
  | 'too-long'
  | 'bad-request'
  | 'failed-with-usage'
  | 'failed-without-usage'
  | 'cut'
  | 'hang'
  | 'silence'
  | 'malformed-event'
  | 'malformed-json'
  | 'empty-text'
  | 'no-usage'
  | 'cached-and-reasoning'
  | 'plain-json'
  | 'found';

/** A provider behind a server of its own. */
export interface WireUnderTest extends ProviderUnderTest {
  /** What the server does with the next call. A rate limit with a wait asks for 7 s. */
  next(ending: Ending): void;
  /** Resolves when a call has arrived that the server leaves without an answer. */
  arrived(): Promise<void>;
  /** The server stops taking this key. */
  revoke(): void;
  /** Nobody listens there. */
  readonly nowhere: OpenKey;
  /** How this server refuses a key. */
  readonly refusal: number;
  /** It tells what it wrote to a cache. */
  readonly tellsCacheWrites: boolean;
  /** Its search quotes what it came upon; null: it has none. */
  readonly searchQuotes: boolean | null;
}

/** What every adapter does. Its model, or the server's stand-in for one, reads the address of a prompt and quotes what it read. */
export function providerContract(name: string, begin: () => Promise<ProviderUnderTest>): void {
  describe(`${name} is a provider`, () => {
    let on: ProviderUnderTest;
    afterEach(() => on.end());

    const ask = (more: Partial<ModelRequest> = {}) => requestOf({ model: on.model, ...more });
    const asked = () => ask({ conversation: [us(`What does it say?\n${page}`)] });

    test('a call gives text in pieces, then its usage, and one finish as the last event', async () => {
      on = await begin();
      const { events, text, usage, finish } = await callOf(on.provider, asked(), on.key);
      expect(text).toContain('Acme makes scheduling software');
      expect(events.filter((e) => e.type === 'text').length).toBeGreaterThan(1);
      expect(events.filter((e) => e.type === 'finish')).toHaveLength(1);
      expect(finish?.reason).toBe('stop');
      expect(usage?.inputTokens).toBeGreaterThan(10);
      expect(usage?.outputTokens).toBeGreaterThan(10);
    });

    test('what it keeps for the next turn names provider and model, is JSON and holds no key', async () => {
      on = await begin();
      const { finish } = await callOf(on.provider, asked(), on.key);
      expect(finish?.raw).toMatchObject({ provider: on.provider.name, model: on.model });
      const text = JSON.stringify(finish?.raw);
      expect(JSON.parse(text)).toEqual(finish?.raw);
      expect(on.key.secret.reveal() === '' || !text.includes(on.key.secret.reveal())).toBe(true);
    });

    test('an offered tool is called by the name that crews use, with JSON arguments', async () => {
      on = await begin();
      const { calls, finish } = await callOf(on.provider, ask({ tools: [webFetch] }), on.key);
      expect(finish?.reason).toBe('tool-calls');
      expect(calls.map((call) => [call.tool, call.arguments])).toEqual([
        ['web.fetch', { url: 'https://acme.com' }],
      ]);
    });

    test('a conversation goes on from its own reply with the results of its calls', async () => {
      on = await begin();
      const first = ask({ tools: [webFetch] });
      const called = await callOf(on.provider, first, on.key);
      const conversation = [...first.conversation, saidBy(called), resultsFor(called)];
      const second = await callOf(on.provider, { ...first, conversation }, on.key);
      expect(second.failure).toBeNull();
      expect(second.finish?.reason).toBe('stop');
      const last = [...conversation, saidBy(second), us('Give your result.')];
      const output = { name: 'brief', schema: briefSchema };
      const third = await callOf(on.provider, { ...first, conversation: last, tools: [], output }, on.key);
      expect(JSON.parse(third.text)).toMatchObject({
        pricing: [{ text: 'Starter costs $19 a month for one workbench.', sources: [1] }],
      });
    });

    test('a conversation that another model began is taken over from its neutral items (rule R5)', async () => {
      on = await begin();
      const raw = { provider: 'compatible', model: 'another', items: [{ unheard: 'of' }] } as const;
      const url = 'https://acme.com';
      const conversation: Said[] = [
        us(prompt),
        {
          by: 'model',
          items: [
            { type: 'text', text: 'I read it.' },
            { type: 'call', id: 'toolu_1', tool: 'web.fetch', arguments: { url } },
          ],
          raw,
        },
        {
          by: 'us',
          items: [{ type: 'result', id: 'toolu_1', tool: 'web.fetch', text: page, failed: false }],
        },
      ];
      const { failure, finish, text } = await callOf(on.provider, ask({ conversation }), on.key);
      expect(failure).toBeNull();
      expect(finish?.reason).toBe('stop');
      expect(text).toContain('Acme makes scheduling software');
    });

    test('a structured answer follows its schema', async () => {
      on = await begin();
      const output = { name: 'brief.v2', schema: briefSchema };
      const { text } = await callOf(on.provider, { ...asked(), output }, on.key);
      const value = JSON.parse(text) as Json;
      expect(isObject(value) && fits(briefSchema, value)).toBe(true);
    });

    test('an answer that does not fit ends as length', async () => {
      on = await begin();
      const output = { name: 'brief', schema: briefSchema };
      const { finish } = await callOf(on.provider, { ...asked(), output, maxOutputTokens: 16 }, on.key);
      expect(finish?.reason).toBe('length');
    });

    test('a call that was stopped before it began is not made and costs nothing', async () => {
      on = await begin();
      const { events, failure } = await callOf(on.provider, asked(), on.key, AbortSignal.abort());
      expect(events).toEqual([]);
      expect(failure).toMatchObject({ kind: 'aborted', money: 'none' });
    });

    test('a good key is healthy', async () => {
      on = await begin();
      const health = await on.provider.verify(on.key, new AbortController().signal);
      expect(health.state === 'healthy' && health.models.length).toBeGreaterThan(0);
    });
  });
}

const unknown = {
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
};

/** What every adapter does with the endings that a server can give a call (rule M6). */
export function wireContract(name: string, begin: () => Promise<WireUnderTest>): void {
  describe(`${name} understands how a call ended`, () => {
    let on: WireUnderTest;
    afterEach(() => on.end());

    async function ended(ending: Ending): Promise<Called> {
      on = await begin();
      on.next(ending);
      return await callOf(on.provider, requestOf({ model: on.model }), on.key);
    }

    test.each<[Ending, Partial<ProviderFailure>]>([
      ['rate-limit-with-wait', { kind: 'rate-limited', money: 'none', retryAfterMs: 7_000, status: 429 }],
      ['rate-limit', { kind: 'rate-limited', money: 'none', retryAfterMs: null, status: 429 }],
      ['no-credit', { kind: 'quota-exhausted', money: 'none', retryAfterMs: null }],
      ['key-rejected', { kind: 'key-rejected', money: 'none' }],
      ['overloaded', { kind: 'overloaded', money: 'none' }],
      ['too-long', { kind: 'too-long', money: 'none', status: 400 }],
      ['bad-request', { kind: 'bad-request', money: 'none', status: 400 }],
      ['failed-without-usage', { kind: 'overloaded', money: 'maybe', status: null }],
      ['cut', { kind: 'network', money: 'maybe', status: null }],
      ['malformed-event', { kind: 'network', money: 'maybe' }],
      ['malformed-json', { kind: 'network', money: 'maybe' }],
    ])(
      '%s is a failure that says what may have been paid, and neither key nor prompt',
      async (ending, expected) => {
        const { failure, finish, usage } = await ended(ending);
        expect(failure).toMatchObject(expected);
        if (ending === 'key-rejected') expect(failure?.status).toBe(on.refusal);
        // What a reply has cost so far is not what it cost.
        expect([finish, usage]).toEqual([null, null]);
        const key = on.key.secret.reveal();
        const said = `${failure?.message} ${JSON.stringify(failure)} ${String(failure?.cause)}`;
        for (const private_ of [key, key.slice(0, 8), key.slice(-4), 'secret recipe', 'Be brief and exact']) {
          expect(said).not.toContain(private_);
        }
        expect(failure?.message).toMatch(/^[A-Z].*[.…"]$/s);
      },
    );

    test('a failure within the reply keeps the usage that came with it', async () => {
      const { failure, usage } = await ended('failed-with-usage');
      expect(failure).toMatchObject({ kind: 'overloaded', money: 'maybe' });
      expect(usage).toMatchObject({ inputTokens: 40, outputTokens: 3 });
    });

    test.each<Ending>(['refusal', 'content-filter'])('%s ends well, as a refusal', async (ending) => {
      const { failure, finish } = await ended(ending);
      expect(failure).toBeNull();
      expect(finish?.reason).toBe('refusal');
    });

    test('an empty answer is an answer', async () => {
      const { failure, text, finish } = await ended('empty-text');
      expect(failure).toBeNull();
      expect([text, finish?.reason]).toEqual(['', 'stop']);
    });

    test('usage that is not told is unknown, never zero (rule M10)', async () => {
      const { usage, finish } = await ended('no-usage');
      expect(finish?.reason).toBe('stop');
      expect(usage).toMatchObject(unknown);
    });

    test('cached tokens count within the input and reasoning within the output (rule M10)', async () => {
      const { usage } = await ended('cached-and-reasoning');
      expect(usage).toEqual({
        inputTokens: 1000,
        outputTokens: 300,
        cacheReadTokens: 600,
        cacheWriteTokens: on.tellsCacheWrites ? 100 : null,
        reasoningTokens: 200,
        searches: 0,
      });
    });

    test('a search gives what it came upon, each page once, and counts itself', async () => {
      on = await begin();
      expect(on.provider.searches).toBe(on.searchQuotes !== null);
      on.next('found');
      const { found, usage, failure } = await callOf(
        on.provider,
        requestOf({ model: on.model, search: true, conversation: [us('acme news')] }),
        on.key,
      );
      if (on.searchQuotes === null) {
        expect(failure).toMatchObject({ kind: 'bad-request', money: 'none' });
        return;
      }
      expect(usage?.searches).toBe(1);
      expect(found.map(({ title }) => title).filter((title) => title !== '')[0]).toBe('Acme news');
      expect(found).toHaveLength(2);
      expect(found.map(({ excerpt }) => excerpt)).toEqual(
        on.searchQuotes ? ['Acme opens its calendar.', null] : [null, null],
      );
      if (on.searchQuotes)
        expect(found.map(({ url }) => url)).toEqual(['https://acme.com/news', 'https://acme.com/about']);
    });

    test('a whole response instead of a stream is understood', async () => {
      const { text, usage, finish } = await ended('plain-json');
      expect(text).toBe('Said at once.');
      expect(finish?.reason).toBe('stop');
      expect(usage?.outputTokens).toBeGreaterThan(0);
    });

    test.each<Ending>(['hang', 'silence'])(
      'a call that is stopped during %s ends at once, and may cost something',
      async (ending) => {
        on = await begin();
        on.next(ending);
        const controller = new AbortController();
        const call = callOf(on.provider, requestOf({ model: on.model }), on.key, controller.signal);
        await on.arrived();
        controller.abort();
        expect((await call).failure).toMatchObject({ kind: 'aborted', money: 'maybe' });
      },
    );

    test('a server that nobody reaches costs nothing', async () => {
      on = await begin();
      const { failure } = await callOf(on.provider, requestOf({ model: on.model }), on.nowhere);
      expect(failure).toMatchObject({ kind: 'network', money: 'none' });
      const health = await on.provider.verify(on.nowhere, new AbortController().signal);
      expect(health.state).toBe('unknown');
    });

    test('a key that is refused is failing, and the words about it do not show it', async () => {
      on = await begin();
      on.revoke();
      const health = await on.provider.verify(on.key, new AbortController().signal);
      expect(health).toMatchObject({ state: 'failing', status: on.refusal });
      const key = on.key.secret.reveal();
      for (const part of [key, key.slice(0, 8), key.slice(-4)])
        expect(JSON.stringify(health)).not.toContain(part);
    });
  });
}
