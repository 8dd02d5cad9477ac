const mostMs = 3_600_000;

/** What `retry-after-ms` or `Retry-After` (seconds, or a date) ask for, in ms, at most one hour; null when they do not. */
export function retryAfterMs(headers: Pick<Headers, 'get'>, now: number): number | null {
  const ms = number(headers.get('retry-after-ms'));
  if (ms !== null) return bounded(ms);
  const said = headers.get('retry-after');
  const seconds = number(said);
  if (seconds !== null) return bounded(seconds * 1000);
  // Date.parse would take a lone number for a year.
  const at = said !== null && /^[A-Z][a-z]{2}/.test(said) ? Date.parse(said) : Number.NaN;
  return Number.isNaN(at) ? null : bounded(at - now);
}

const number = (text: string | null): number | null =>
  text !== null && /^\s*\d+(\.\d+)?\s*$/.test(text) ? Number(text) : null;

const bounded = (ms: number) => Math.min(Math.max(0, Math.ceil(ms)), mostMs);
