import type { ModelInfo, ModelPrice } from '@pydantic/genai-prices';
import type { Rates, TierRates } from '../core/money.ts';
import type { ProviderName } from './port.ts';

export interface PriceTable {
  /** Rates of a model at an instant; null: no price is known (rule M11). */
  rates(provider: ProviderName, model: string, at: number): Rates | null;
}

/** The day of the table that is installed: `@pydantic/genai-prices` carries no date of its own. */
const tableDate = '2026-11-20';

/** The sandbox asks no model. */
const free: Rates = {
  date: tableDate,
  contextWindow: null,
  searchNano: 0n,
  inputPico: 0n,
  cacheReadPico: 0n,
  cacheWritePico: 0n,
  outputPico: 0n,
  tiers: [],
};

/** Takes the table's data, never its arithmetic, which is in floats (rule M1). Imported when first needed. */
export async function loadPrices(overrides: Readonly<Record<string, Rates>> = {}): Promise<PriceTable> {
  const { findProvider } = await import('@pydantic/genai-prices');
  const known = new Map<string, Rates | null>();
  return {
    rates(provider, model, at) {
      const own = overrides[`${provider}/${model}`];
      if (own) return own;
      if (provider === 'sandbox') return free;
      if (provider === 'compatible') return null;
      const name = `${provider}/${model}/${new Date(at).toISOString().slice(0, 10)}`;
      const found = known.get(name);
      if (found !== undefined) return found;
      const info = findProvider({ providerId: provider })?.models.find((m) => matches(m.match, model));
      const rates = info === undefined ? null : ratesOf(info, at);
      known.set(name, rates);
      return rates;
    },
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

/** The prices in force; among conditional ones the latest that has begun. */
function priceAt(info: ModelInfo, at: number): { price: ModelPrice; since: string } | null {
  if (!Array.isArray(info.prices)) return { price: info.prices, since: tableDate };
  const day = new Date(at).toISOString().slice(0, 10);
  const begun = info.prices.filter((p) => p.constraint?.type !== 'time_of_date');
  const chosen = begun.findLast((p) => p.constraint === undefined || ('start_date' in p.constraint && p.constraint.start_date <= day));
  if (chosen === undefined) return null;
  const since = chosen.constraint !== undefined && 'start_date' in chosen.constraint ? chosen.constraint.start_date : tableDate;
  return { price: chosen.prices, since };
}

function ratesOf(info: ModelInfo, at: number): Rates | null {
  const found = priceAt(info, at);
  if (found === null) return null;
  const { price, since } = found;
  if (price.input_mtok === undefined || price.output_mtok === undefined) return null;
  const starts = ['input_mtok', 'output_mtok', 'cache_read_mtok', 'cache_write_mtok'].flatMap((kind) => {
    const value = price[kind];
    return typeof value === 'object' ? value.tiers.map((tier) => tier.start) : [];
  });
  const above = [...new Set(starts)].sort((a, b) => a - b);
  return {
    date: since,
    contextWindow: info.context_window ?? null,
    searchNano: searchFee(price),
    ...tierRates(price, 0),
    tiers: above.map((start) => ({ aboveInputTokens: start, ...tierRates(price, start + 1) })),
  };
}

function tierRates(price: ModelPrice, inputTokens: number): TierRates {
  const rate = (kind: string): bigint | null => {
    const value = price[kind];
    if (value === undefined) return null;
    if (typeof value === 'number') return pico(value);
    return pico(value.tiers.findLast((tier) => inputTokens > tier.start)?.price ?? value.base);
  };
  const input = rate('input_mtok') ?? 0n;
  return {
    inputPico: input,
    cacheReadPico: rate('cache_read_mtok') ?? input,
    cacheWritePico: rate('cache_write_mtok') ?? input,
    outputPico: rate('output_mtok') ?? 0n,
  };
}

/** Dollars a million tokens are pico-dollars a token times a million: exact for six decimals. */
function pico(dollarsPerMillion: number): bigint {
  return decimal(dollarsPerMillion, 6);
}

/** Dollars a thousand searches, as nano-dollars a search. */
function searchFee(price: ModelPrice): bigint {
  const fee = price.web_searches_kcount;
  return typeof fee === 'number' ? decimal(fee, 6) : 0n;
}

/** The shortest decimal of a float, shifted by `places`; rounded up where it has more, so that nothing is undercharged. */
function decimal(value: number, places: number): bigint {
  const [mantissa = '0', exponent = '0'] = value.toString().split('e');
  const [whole = '0', part = ''] = mantissa.split('.');
  const shift = places + Number(exponent) - part.length;
  const digits = BigInt(whole + part);
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const unit = 10n ** BigInt(-shift);
  return (digits + unit - 1n) / unit;
}
