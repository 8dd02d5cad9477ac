import type { Rates } from '../core/money.ts';
import type { ProviderName } from './port.ts';

export interface PriceTable {
  /** Rates of a model at an instant, UTC ms; null: no price is known (rule M11). */
  rates(provider: ProviderName, model: string, at: number): Rates | null;
}

/** `@pydantic/genai-prices` carries no date of its own: this is the version that `package.json` names, and its day. */
export const priceTable = { version: '0.1.8', date: '2026-09-23' } as const;

/** The sandbox asks no model. */
export const free: Rates = {
  date: priceTable.date,
  contextWindow: null,
  searchNano: 0n,
  inputPico: 0n,
  cacheReadPico: 0n,
  cacheWritePico: 0n,
  outputPico: 0n,
  tiers: [],
};
