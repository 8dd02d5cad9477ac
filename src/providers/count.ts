/** A number of tokens or searches; what is none is unknown, never 0 (rule M10). */
export const countIn = (value: unknown): number | null =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
