import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProviderName } from '../../src/providers/port.ts';
import { loadPrices } from '../../src/providers/prices.ts';
import { anthropicKey, startAnthropic } from '../support/anthropic.ts';
import { chatKey, startChat } from '../support/chat.ts';
import { googleKey, startGoogle } from '../support/google.ts';
import { startOpenAI, testKey } from '../support/openai.ts';
import { type Answer, type Asked, type Billed, type Reply, researcher } from '../support/openai-answer.ts';
import { type Ended, type Installation, install } from '../support/program.ts';
import type { ProviderServer } from '../support/provider-server.ts';
import { siteFacts, startSite } from '../support/site.ts';

/** What a server counts of its n-th call; a part of the input came from a cache, a part went to one. */
const usageOf = (n: number, writes: boolean) => ({
  input: 2_000 + 711 * n,
  output: 90 + 37 * n,
  cached: n > 1 ? 512 : 0,
  cacheWrite: writes ? 100 : 0,
  reasoning: 11 * n,
});

/** Two pages that a search came upon, one of them with a sentence. */
const found = [
  { url: 'https://news.example/acme', title: 'Acme in the news', excerpt: 'Acme bought a rival in March.' },
  { url: 'https://news.example/more', title: 'More on Acme' },
];

/** The researcher searches, too, where it is offered: at once with the pages that it asks for. */
function searcher({ request }: Pick<Asked, 'n' | 'request'>): Reply {
  if (request.search) return { found };
  const given = researcher({ request });
  const offered = request.tools.some(({ name }) => name === 'web.search');
  if (!offered || request.conversation.length > 1 || !('toolCalls' in given)) return given as Reply;
  const search = { name: 'web_search', arguments: { query: 'acme news' } };
  return { ...given, toolCalls: [search, ...(given.toolCalls ?? [])] };
}

type Answering = (asked: Pick<Asked, 'n' | 'request'>) => Answer;
const answering =
  (writes: boolean): Answering =>
  (asked) => ({ ...searcher(asked), usage: usageOf(asked.n, writes) });

interface Way {
  readonly on: string;
  readonly provider: ProviderName;
  readonly models: readonly string[];
  readonly label: string;
  /** Its search has a fee that is known. */
  readonly searches: boolean;
  /** A search is offered, and its server has none. */
  readonly refused: boolean;
  readonly start: () => Promise<Pick<ProviderServer, 'calls' | 'mistakes' | 'origin' | 'close'>>;
  readonly settings: (origin: string) => Record<string, string>;
}

const ways: readonly Way[] = [
  {
    on: 'OpenAI',
    provider: 'openai',
    models: ['gpt-6-sol', 'gpt-6-luna'],
    label: 'main',
    searches: true,
    refused: false,
    start: () => startOpenAI({ answer: answering(true) }),
    settings: (origin) => ({ OPENAI_API_KEY: testKey, OPENAI_BASE_URL: `${origin}/v1` }),
  },
  {
    on: 'Anthropic',
    provider: 'anthropic',
    models: ['claude-sonnet-5-5', 'claude-haiku-4-5'],
    label: 'main',
    searches: true,
    refused: false,
    start: () => startAnthropic({ answer: answering(true) }),
    settings: (origin) => ({ ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: origin }),
  },
  {
    on: 'Google',
    provider: 'google',
    models: ['gemini-3.8-flash', 'gemini-3.5-flash-lite'],
    label: 'main',
    searches: false,
    refused: false,
    start: () => startGoogle({ answer: answering(false) }),
    settings: (origin) => ({ GOOGLE_API_KEY: googleKey, GOOGLE_BASE_URL: origin }),
  },
  {
    on: 'a compatible server with a key',
    provider: 'compatible',
    models: ['auto'],
    label: 'main',
    searches: false,
    refused: false,
    start: () => startChat({ answer: answering(true) }),
    settings: (origin) => ({ COMPATIBLE_API_KEY: chatKey, COMPATIBLE_BASE_URL: `${origin}/v1` }),
  },
  {
    on: 'a compatible server without one',
    provider: 'compatible',
    models: ['auto'],
    label: 'none',
    searches: false,
    refused: false,
    start: () => startChat({ answer: answering(true), keys: ['none'] }),
    settings: (origin) => ({ OPENAI_BASE_URL: `${origin}/v1` }),
  },
  {
    on: 'a gateway to OpenAI that knows only Chat Completions',
    provider: 'openai',
    models: ['gpt-6-sol', 'gpt-6-luna'],
    label: 'main',
    searches: false,
    refused: true,
    start: () => startChat({ answer: answering(true) }),
    settings: (origin) => ({ OPENAI_API_KEY: chatKey, OPENAI_BASE_URL: `${origin}/v1` }),
  },
];

interface Shown {
  readonly status: string;
  readonly costNano: number | null;
  readonly unpriced: number;
  readonly steps: readonly {
    readonly id: string;
    readonly output: unknown;
    readonly attempts: readonly {
      readonly provider: string;
      readonly model: string;
      readonly key: string;
      readonly inputTokens: number | null;
      readonly outputTokens: number | null;
      readonly cacheReadTokens: number | null;
      readonly cacheWriteTokens: number | null;
      readonly reasoningTokens: number | null;
      readonly costNano: number | null;
      readonly outcome: string;
    }[];
  }[];
}

/** Rule M1, reckoned anew: what a call costs at these rates, rounded up once. */
async function costOf(
  provider: ProviderName,
  model: string,
  billed: Billed,
  searched: boolean,
): Promise<number | null> {
  const rates = (await loadPrices()).rates(provider, model, Date.now());
  if (rates === null) return null;
  const plain = billed.input - billed.cached - billed.cacheWrite;
  const pico =
    BigInt(plain) * rates.inputPico +
    BigInt(billed.cached) * rates.cacheReadPico +
    BigInt(billed.cacheWrite) * rates.cacheWritePico +
    BigInt(billed.output) * rates.outputPico;
  return Number((pico + 999n) / 1000n + (searched ? (rates.searchNano ?? 0n) : 0n));
}

describe.each(ways)(
  'research on $on, by base URL and key alone',
  ({ provider, models, label, searches, refused, ...way }) => {
    let site: Awaited<ReturnType<typeof startSite>>;
    let server: Awaited<ReturnType<Way['start']>>;
    let installation: Installation;
    let ended: Ended;
    let shown: Shown;

    beforeAll(async () => {
      site = await startSite();
      server = await way.start();
      installation = await install({ ...way.settings(server.origin), CREWSMITH_FETCH_ALLOW: site.host });
      ended = await installation.run(['run', 'research', site.host, '--approve', '--json']);
      shown = JSON.parse(ended.out) as Shown;
    }, 60_000);

    afterAll(async () => {
      await installation.remove();
      await server.close();
      await site.close();
    });

    test('completes with a brief that quotes the site', () => {
      expect([ended.exit, shown.status]).toEqual([0, 'completed']);
      expect(server.mistakes).toEqual([]);
      const brief = JSON.stringify(shown.steps.find(({ id }) => id === 'review')?.output);
      const facts = Object.values(siteFacts).flat();
      expect(facts.filter((fact) => brief.includes(fact)).length).toBeGreaterThan(2);
    });

    test('has an attempt for each call, with the tokens and the cost that the server counted', async () => {
      const made = shown.steps.flatMap((step) => step.attempts);
      // A gateway that knows no search refuses one, at no cost, and the step goes on without.
      const attempts = made.filter(({ outcome }) => outcome !== 'unsent');
      expect(made.filter(({ outcome }) => outcome === 'unsent').map((a) => a.costNano)).toEqual(
        refused ? [0] : [],
      );
      expect(attempts.length).toBe(server.calls.length);
      expect(attempts.length).toBeGreaterThan(3);
      let sum = 0;
      for (const [i, attempt] of attempts.entries()) {
        const { billed, answer } = server.calls[i] ?? {};
        if (!billed) throw new Error(`call ${i} was not billed`);
        const costNano = await costOf(
          provider,
          attempt.model,
          billed,
          answer !== undefined && 'found' in answer,
        );
        expect(models).toContain(attempt.model);
        expect(attempt).toMatchObject({
          provider,
          key: label,
          inputTokens: billed.input,
          outputTokens: billed.output,
          reasoningTokens: billed.reasoning,
          costNano,
          outcome: 'settled',
        });
        expect(attempt.cacheReadTokens ?? 0).toBe(billed.cached);
        expect(attempt.cacheWriteTokens ?? 0).toBe(billed.cacheWrite);
        sum += costNano ?? 0;
      }
      const unpriced = provider === 'compatible' ? attempts.length : 0;
      expect([shown.costNano, shown.unpriced]).toEqual([unpriced > 0 ? null : sum, unpriced]);
    });

    test('searches once where the fee of it is known, and the brief may cite what that quoted', () => {
      const searched = server.calls.filter(({ answer }) => 'found' in answer);
      expect(searched).toHaveLength(searches ? 1 : 0);
      const gathered = JSON.stringify(shown.steps.find(({ id }) => id === 'gather')?.output);
      expect(gathered.includes('https://news.example/acme#excerpt')).toBe(searches);
      expect(gathered).not.toContain('https://news.example/more');
    });

    test('leaves books that hold', async () => {
      const verified = await installation.run(['verify', '--json']);
      expect([verified.exit, (JSON.parse(verified.out) as { ok: boolean }).ok]).toEqual([0, true]);
    });
  },
);
