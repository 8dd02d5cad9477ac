import { readFileSync } from 'node:fs';
import { findProvider } from '@pydantic/genai-prices';
import { describe, expect, it } from 'vitest';
import { costNano } from '../../src/core/money.ts';
import { isCrewsmithError } from '../../src/errors.ts';
import { priceTable } from '../../src/providers/price-table.ts';
import { loadPrices } from '../../src/providers/prices.ts';

const now = Date.UTC(2026, 10, 16, 9);
const prices = await loadPrices();

const plain = { cacheReadTokens: 0, cacheWriteTokens: 0, searches: 0 };

describe('the table of prices (rules M1, M11)', () => {
  it('keeps $0.0375 a million tokens exactly, as 37,500 pico-dollars a token', () => {
    const rates = prices.rates('google', 'gemini-flash-1.5-8b', now);
    expect(rates?.inputPico).toBe(37_500n);
    expect(rates && costNano({ inputTokens: 12_345, outputTokens: 678, ...plain }, rates)).toBe(
      // 12,345 × 37.5 + 678 × 150 = 564,637.5 nano-dollars
      564_638n,
    );
  });

  it('has input, cache and output rates, the tier, the window and the fee of a search', () => {
    expect(prices.rates('openai', 'gpt-6-luna', now)).toEqual({
      date: priceTable.date,
      contextWindow: 1_050_000,
      searchNano: 10_000_000n,
      inputPico: 100_000n,
      cacheReadPico: 10_000n,
      cacheWritePico: 125_000n,
      outputPico: 500_000n,
      tiers: [
        {
          aboveInputTokens: 272_000,
          inputPico: 200_000n,
          cacheReadPico: 20_000n,
          cacheWritePico: 250_000n,
          outputPico: 750_000n,
        },
      ],
    });
  });

  it('takes the input rate where a model has none for its cache', () => {
    const rates = prices.rates('openai', 'gpt-4o', now);
    expect(rates?.cacheReadPico).toBe(1_250_000n);
    expect(rates?.cacheWritePico).toBe(rates?.inputPico);
  });

  it('knows a snapshot by the model it is of, and no name that merely begins alike', () => {
    expect(prices.rates('openai', 'gpt-6-luna-2026-09-15', now)).toEqual(
      prices.rates('openai', 'gpt-6-luna', now),
    );
    expect(prices.rates('openai', 'gpt-6-lunatic', now)).toBeNull();
  });

  it.each([
    ['2026-07-29T23:59:59.999Z', 1_000_000n, priceTable.date],
    ['2026-07-30T00:00:00.000Z', 200_000n, '2026-07-30'],
  ])('chooses the price in force at %s', (instant, inputPico, date) => {
    expect(prices.rates('openai', 'gpt-5.6-luna', Date.parse(instant))).toMatchObject({ inputPico, date });
  });

  it('knows no price of an unknown model and of a compatible server; the sandbox is free', () => {
    expect(prices.rates('openai', 'gpt-6.1-sol', now)).toBeNull();
    expect(prices.rates('compatible', 'gpt-4o', now)).toBeNull();
    const free = prices.rates('sandbox', 'sandbox', now);
    expect(free && costNano({ inputTokens: 10_000, outputTokens: 10_000, ...plain, searches: 3 }, free)).toBe(
      0n,
    );
  });

  it('can keep every price of our providers exactly, at any time', () => {
    for (const provider of ['openai', 'anthropic', 'google'] as const) {
      const models = findProvider({ providerId: provider })?.models ?? [];
      expect(models.length).toBeGreaterThan(10);
      for (const model of models) {
        for (const year of [2024, 2026, 2028]) {
          expect(() => prices.rates(provider, model.id, Date.UTC(year, 0, 1))).not.toThrow();
        }
      }
    }
  });

  it('carries the date of the version that is installed', () => {
    const path = new URL('../../node_modules/@pydantic/genai-prices/package.json', import.meta.url);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ version: priceTable.version });
  });
});

describe('prices of an operator', () => {
  it('replace the table and price a compatible server', async () => {
    const own = await loadPrices({
      'compatible/llama': {
        date: '2026-11-01',
        input: 0.05,
        output: 0.08,
        cacheRead: 0.005,
        contextWindow: 131_072,
      },
      'openai/gpt-6-luna': { date: '2026-11-02', input: 0.07, output: 0.4, thousandSearches: 5 },
    });
    expect(own.rates('compatible', 'llama', now)).toEqual({
      date: '2026-11-01',
      contextWindow: 131_072,
      searchNano: 0n,
      inputPico: 50_000n,
      cacheReadPico: 5_000n,
      cacheWritePico: 50_000n,
      outputPico: 80_000n,
      tiers: [],
    });
    expect(own.rates('openai', 'gpt-6-luna', now)).toMatchObject({
      inputPico: 70_000n,
      searchNano: 5_000_000n,
      tiers: [],
    });
    expect(own.rates('compatible', 'llama-2', now)).toBeNull();
  });

  it('are refused by name when they are not prices', async () => {
    const wrong = { 'openai/gpt-x': { date: '2026-11-01', input: -1, output: 2 } };
    await expect(loadPrices(wrong)).rejects.toSatisfy((e) => isCrewsmithError(e, 'config.invalid'));
    await expect(loadPrices(wrong)).rejects.toThrow('openai/gpt-x');
  });
});
