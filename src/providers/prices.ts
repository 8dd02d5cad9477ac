import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import { z } from 'zod';
import type { Rates, TierRates } from '../core/money.ts';
import { CrewsmithError } from '../errors.ts';
import { free, type PriceTable, priceTable } from './price-table.ts';

/** Prices change by the day, UTC. */
const dayMs = 86_400_000;

const amount = z.number().nonnegative();

/** What an operator says instead of the table: dollars a million tokens, dollars a thousand searches. */
const PriceOverride = z.strictObject({
  date: z.iso.date(),
  input: amount,
  output: amount,
  cacheRead: amount.optional(),
  cacheWrite: amount.optional(),
  thousandSearches: amount.optional(),
  contextWindow: z.int().positive().optional(),
});
export type PriceOverride = z.infer<typeof PriceOverride>;

/**
 * Takes the table's data, never its arithmetic, which is in floats (rule M1). Imported when first needed. `overrides` are named
 * `provider/model` and hold for exactly that model; a wrong one throws `config.invalid`.
 */
export async function loadPrices(
  overrides: Readonly<Record<string, PriceOverride>> = {},
): Promise<PriceTable> {
  const { findProvider } = await import('@pydantic/genai-prices');
  const own = new Map(Object.entries(overrides).map(([name, said]) => [name, overriding(name, said)]));
  const found = new Map<string, ModelInfo | null>();
  /** By model, of the day that was asked for last. */
  const today = new Map<string, { readonly day: number; readonly rates: Rates | null }>();

  function find(provider: string, model: string): ModelInfo | null {
    const name = `${provider}/${model}`;
    const known = found.get(name);
    if (known !== undefined) return known;
    const info = findProvider({ providerId: provider })?.models.find((m) => matches(m.match, model)) ?? null;
    found.set(name, info);
    return info;
  }

  return {
    rates(provider, model, at) {
      const said = own.get(`${provider}/${model}`);
      if (said !== undefined) return said;
      if (provider === 'sandbox') return free;
      // Whose server it is, nobody knows: the same model has another price elsewhere.
      if (provider === 'compatible') return null;
      const name = `${provider}/${model}`;
      const day = Math.floor(at / dayMs);
      const known = today.get(name);
      if (known?.day === day) return known.rates;
      const info = find(provider, model);
      const rates = info === null ? null : ratesOf(info, at);
      today.set(name, { day, rates });
      return rates;
    },
  };
}

function overriding(name: string, said: unknown): Rates {
  const read = PriceOverride.safeParse(said);
  if (!read.success) {
    const why = read.error.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`).join(', ');
    throw new CrewsmithError('config.invalid', { problems: [`the price of ${name}: ${why}`] });
  }
  const { input, output, cacheRead = input, cacheWrite = input, thousandSearches = 0 } = read.data;
  return {
    date: read.data.date,
    contextWindow: read.data.contextWindow ?? null,
    searchNano: millionths(thousandSearches),
    inputPico: millionths(input),
    cacheReadPico: millionths(cacheRead),
    cacheWritePico: millionths(cacheWrite),
    outputPico: millionths(output),
    tiers: [],
  };
}

function matches(match: ModelInfo['match'], model: string): boolean {
  if ('or' in match) return match.or.some((m) => matches(m, model));
  if ('and' in match) return match.and.every((m) => matches(m, model));
  if ('equals' in match) return model === match.equals;
  if ('starts_with' in match) return model.startsWith(match.starts_with);
  if ('ends_with' in match) return model.endsWith(match.ends_with);
  if ('contains' in match) return model.includes(match.contains);
  return new RegExp(match.regex).test(model);
}

interface InForce {
  readonly price: ModelPrice;
  readonly date: string;
}

/** Among prices with conditions the last one that has begun, as the table orders them. */
function priceAt(info: ModelInfo, at: number): InForce | null {
  if (!Array.isArray(info.prices)) return { price: info.prices, date: priceTable.date };
  const day = new Date(at).toISOString().slice(0, 10);
  const begun = info.prices.flatMap(({ constraint, prices }): InForce[] => {
    if (constraint === undefined) return [{ price: prices, date: priceTable.date }];
    // None of our providers has prices by the time of day.
    if (constraint.type === 'time_of_date' || constraint.start_date > day) return [];
    return [{ price: prices, date: constraint.start_date }];
  });
  return begun.at(-1) ?? null;
}

const tokenKinds = ['input_mtok', 'cache_read_mtok', 'cache_write_mtok', 'output_mtok'];

function ratesOf(info: ModelInfo, at: number): Rates | null {
  const found = priceAt(info, at);
  if (found === null) return null;
  const { price, date } = found;
  if (price.input_mtok === undefined || price.output_mtok === undefined) return null;
  const starts = tokenKinds.flatMap((kind) => {
    const value = price[kind];
    return typeof value === 'object' ? value.tiers.map((tier) => tier.start) : [];
  });
  const ascending = [...new Set(starts)].sort((a, b) => a - b);
  const fee = price.web_searches_kcount;
  return {
    date,
    contextWindow: info.context_window ?? null,
    // Dollars a thousand searches are nano-dollars a search times a million.
    searchNano: typeof fee === 'number' ? millionths(fee) : null,
    ...tierRates(price, 0),
    tiers: ascending.map((start) => ({ aboveInputTokens: start, ...tierRates(price, start + 1) })),
  };
}

function tierRates(price: ModelPrice, inputTokens: number): TierRates {
  const rate = (kind: string): bigint | null => {
    const value = price[kind];
    if (value === undefined) return null;
    if (typeof value === 'number') return millionths(value);
    return millionths(value.tiers.findLast((tier) => inputTokens > tier.start)?.price ?? value.base);
  };
  const input = rate('input_mtok') ?? 0n;
  return {
    inputPico: input,
    cacheReadPico: rate('cache_read_mtok') ?? input,
    cacheWritePico: rate('cache_write_mtok') ?? input,
    outputPico: rate('output_mtok') ?? 0n,
  };
}

/**
 * The shortest decimal of a float, in millionths: dollars a million tokens become pico-dollars a token. A price with more than
 * six decimals could not be kept exactly; a test walks the table for one.
 */
function millionths(value: number): bigint {
  const [mantissa = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', part = ''] = mantissa.split('.');
  const shift = 6 + Number(exponent) - part.length;
  const digits = BigInt(whole + part);
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  if (digits % unit !== 0n) {
    throw new CrewsmithError('internal.impossible', {
      what: `a price of ${value} with more than six decimals`,
    });
  }
  return digits / unit;
}
