import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProviderName } from '../../src/providers/port.ts';
import { loadPrices } from '../../src/providers/prices.ts';
import { anthropicKey, startAnthropic } from '../support/anthropic.ts';
import { chatKey, startChat } from '../support/chat.ts';
import { googleKey, startGoogle } from '../support/google.ts';
import { startOpenAI, testKey } from '../support/openai.ts';
import { type Answer, type Asked, type Billed, researcher } from '../support/openai-answer.ts';
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

type Answering = (asked: Pick<Asked, 'n' | 'request'>) => Answer;
const answering =
  (writes: boolean): Answering =>
  (asked) => ({ ...researcher(asked), usage: usageOf(asked.n, writes) });

interface Way {
  readonly on: string;
  readonly provider: ProviderName;
  readonly models: readonly string[];
  readonly label: string;
  readonly start: () => Promise<Pick<ProviderServer, 'calls' | 'mistakes' | 'origin' | 'close'>>;
  readonly settings: (origin: string) => Record<string, string>;
}

const ways: readonly Way[] = [
  {
    on: 'OpenAI',
    provider: 'openai',
    models: ['gpt-6-sol', 'gpt-6-luna'],
    label: 'main',
    start: () => startOpenAI({ answer: answering(true) }),
    settings: (origin) => ({ OPENAI_API_KEY: testKey, OPENAI_BASE_URL: `${origin}/v1` }),
  },
  {
    on: 'Anthropic',
    provider: 'anthropic',
    models: ['claude-sonnet-5-5', 'claude-haiku-4-5'],
    label: 'main',
    start: () => startAnthropic({ answer: answering(true) }),
    settings: (origin) => ({ ANTHROPIC_API_KEY: anthropicKey, ANTHROPIC_BASE_URL: origin }),
  },
  {
    on: 'Google',
    provider: 'google',
    models: ['gemini-3.8-flash', 'gemini-3.5-flash-lite'],
    label: 'main',
    start: () => startGoogle({ answer: answering(false) }),
    settings: (origin) => ({ GOOGLE_API_KEY: googleKey, GOOGLE_BASE_URL: origin }),
  },
  {
    on: 'a compatible server with a key',
    provider: 'compatible',
    models: ['auto'],
    label: 'main',
    start: () => startChat({ answer: answering(true) }),
    settings: (origin) => ({ COMPATIBLE_API_KEY: chatKey, COMPATIBLE_BASE_URL: `${origin}/v1` }),
  },
  {
    on: 'a compatible server without one',
    provider: 'compatible',
    models: ['auto'],
    label: 'none',
    start: () => startChat({ answer: answering(true), keys: ['none'] }),
    settings: (origin) => ({ OPENAI_BASE_URL: `${origin}/v1` }),
  },
  {
    on: 'a gateway to OpenAI that knows only Chat Completions',
    provider: 'openai',
    models: ['gpt-6-sol', 'gpt-6-luna'],
    label: 'main',
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
async function costOf(provider: ProviderName, model: string, billed: Billed): Promise<number | null> {
  const rates = (await loadPrices()).rates(provider, model, Date.now());
  if (rates === null) return null;
  const plain = billed.input - billed.cached - billed.cacheWrite;
  const pico =
    BigInt(plain) * rates.inputPico +
    BigInt(billed.cached) * rates.cacheReadPico +
    BigInt(billed.cacheWrite) * rates.cacheWritePico +
    BigInt(billed.output) * rates.outputPico;
  return Number((pico + 999n) / 1000n);
}

describe.each(ways)('research on $on, by base URL and key alone', ({ provider, models, label, ...way }) => {
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
    const attempts = shown.steps.flatMap((step) => step.attempts);
    expect(attempts.length).toBe(server.calls.length);
    expect(attempts.length).toBeGreaterThan(3);
    let sum = 0;
    for (const [i, attempt] of attempts.entries()) {
      const { billed } = server.calls[i] ?? {};
      if (!billed) throw new Error(`call ${i} was not billed`);
      const costNano = await costOf(provider, attempt.model, billed);
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

  test('leaves books that hold', async () => {
    const verified = await installation.run(['verify', '--json']);
    expect([verified.exit, (JSON.parse(verified.out) as { ok: boolean }).ok]).toEqual([0, true]);
  });
});
