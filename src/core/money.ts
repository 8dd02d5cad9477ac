import { CrewsmithError } from '../errors.ts';

/** Rule M1: rates are integer pico-dollars a token, money is integer nano-dollars, one rounding, up. */
export interface Rates extends TierRates {
  /** Of the price table, or since when these rates hold. */
  readonly date: string;
  readonly contextWindow: number | null;
  /** Fee of one search, nano-dollars; null: none is known. */
  readonly searchNano: bigint | null;
  /** Dearer rates for all tokens of a call whose input is larger than `aboveInputTokens`, ascending. */
  readonly tiers: readonly (TierRates & { readonly aboveInputTokens: number })[];
}

export interface TierRates {
  readonly inputPico: bigint;
  readonly cacheReadPico: bigint;
  readonly cacheWritePico: bigint;
  readonly outputPico: bigint;
}

/** What a call used, as rule M10 counts: input includes cache reads and writes. */
export interface Used {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly searches: number | null;
}

const picoPerNano = 1_000n;
const nanoPerDollar = 1_000_000_000n;

/**
 * Nano-dollars of a call. Null where its input or output is unknown, or the fee of a search that it made. A server that says nothing
 * of a cache charges for none, so an unknown cache part is counted as plain input.
 */
export function costNano(used: Used, rates: Rates): bigint | null {
  const searches = BigInt(used.searches ?? 0);
  if (used.inputTokens === null || used.outputTokens === null) return null;
  if (searches > 0n && rates.searchNano === null) return null;
  const at = tierOf(used.inputTokens, rates);
  const read = BigInt(Math.min(used.cacheReadTokens ?? 0, used.inputTokens));
  const write = BigInt(Math.min(used.cacheWriteTokens ?? 0, used.inputTokens - Number(read)));
  const plain = BigInt(used.inputTokens) - read - write;
  const pico =
    plain * at.inputPico +
    read * at.cacheReadPico +
    write * at.cacheWritePico +
    BigInt(used.outputTokens) * at.outputPico;
  return roundUp(pico, picoPerNano) + searches * (rates.searchNano ?? 0n);
}

/** The most that a call within these bounds can cost, at the dearest rates that may apply. */
export function worstNano(inputTokens: number, outputTokens: number, rates: Rates): bigint {
  const tiers = [rates, ...rates.tiers.filter((tier) => inputTokens > tier.aboveInputTokens)];
  const dearest = (of: (tier: TierRates) => bigint) =>
    tiers.map(of).reduce((most, rate) => (rate > most ? rate : most), 0n);
  const input = dearest((t) =>
    [t.inputPico, t.cacheReadPico, t.cacheWritePico].reduce((a, b) => (b > a ? b : a)),
  );
  const output = dearest((t) => t.outputPico);
  return roundUp(BigInt(inputTokens) * input + BigInt(outputTokens) * output, picoPerNano);
}

const tierOf = (inputTokens: number, rates: Rates): TierRates =>
  rates.tiers.findLast((tier) => inputTokens > tier.aboveInputTokens) ?? rates;

const roundUp = (amount: bigint, unit: bigint): bigint => (amount + unit - 1n) / unit;

/** `$0.0123`; two decimals for whole cents and from $10 on; what is not nothing is never shown as nothing. */
export function formatUsd(nano: bigint): string {
  if (nano === 0n) return '$0.00';
  const sign = nano < 0n ? '-' : '';
  const amount = nano < 0n ? -nano : nano;
  const fine = rounded(amount, 4);
  if (fine === 0n) return `${sign}<$0.0001`;
  if (fine >= 100_000n) return `${sign}$${decimals(rounded(amount, 2), 2)}`;
  return `${sign}$${decimals(fine, 4).replace(/00$/, '')}`;
}

/** `$12.84`, for overviews: with cents alone from $1 on. */
export function briefUsd(nano: bigint): string {
  const amount = nano < 0n ? -nano : nano;
  const cents = rounded(amount, 2);
  return cents < 100n ? formatUsd(nano) : `${nano < 0n ? '-' : ''}$${decimals(cents, 2)}`;
}

/** In units of the last decimal, half a unit up. */
function rounded(nano: bigint, places: number): bigint {
  const unit = nanoPerDollar / 10n ** BigInt(places);
  return (nano + unit / 2n) / unit;
}

function decimals(value: bigint, places: number): string {
  const digits = value.toString().padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`;
}

/** An amount that people set, as they would type it: `$5`, `$0.50`. */
export function plainUsd(nano: bigint): string {
  const part = (nano % nanoPerDollar).toString().padStart(9, '0').replace(/0+$/, '');
  return `$${nano / nanoPerDollar}${part === '' ? '' : `.${part.padEnd(2, '0')}`}`;
}

/** The smallest of $1, $2, $5, $10, $20 … that is not less. */
export function roundUpUsd(nano: bigint): bigint {
  for (let unit = 1_000_000_000n; ; unit *= 10n) {
    const found = [1n, 2n, 5n].map((n) => n * unit).find((amount) => amount >= nano);
    if (found !== undefined) return found;
  }
}

const nanoPerCent = nanoPerDollar / 100n;

/** The next whole cent that is not less. */
export const roundUpCents = (nano: bigint): bigint => ((nano + nanoPerCent - 1n) / nanoPerCent) * nanoPerCent;

/** `$1.50`, `0.5`, `$20` in nano-dollars, as far as JSON keeps them exactly. Throws `money.invalid`. */
export function parseUsd(text: string): bigint {
  const [, whole, part = ''] = /^\$?(\d{1,7})(?:\.(\d{1,9}))?$/.exec(text.trim()) ?? [];
  const nano = BigInt(whole ?? 0) * nanoPerDollar + BigInt(part.padEnd(9, '0'));
  if (whole === undefined || nano > Number.MAX_SAFE_INTEGER)
    throw new CrewsmithError('money.invalid', { text: text.slice(0, 40) });
  return nano;
}

/** As JSON and tables have it. Throws where an amount could not be kept exactly. */
export function toJsonNano(nano: bigint): number {
  const value = Number(nano);
  if (!Number.isSafeInteger(value))
    throw new CrewsmithError('internal.impossible', { what: `an amount of ${nano}` });
  return value;
}
