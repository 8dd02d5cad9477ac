import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import { type FailureRow, failureRow as row, type Stated } from '../failed.ts';

export const failureRows: readonly FailureRow[] = [
  row('key-rejected', { word: /^API_KEY_(INVALID|EXPIRED|SERVICE_BLOCKED)$/ }),
  row('key-rejected', { message: /api key (not valid|not found|expired)/i }),
  row('quota-exhausted', { message: /prepay|credits? (are|is|have been) (depleted|exhausted)/i }),
  row('quota-exhausted', { word: /^BILLING_DISABLED$/ }),
  row('quota-exhausted', { statuses: [402] }),
  row('key-rejected', { statuses: [401, 403] }),
  row('key-rejected', { word: /^(UNAUTHENTICATED|PERMISSION_DENIED)$/ }),
  row('too-long', { message: /token count .*exceeds? the maximum/i }),
  row('too-long', { statuses: [413] }),
  row('rate-limited', { statuses: [429] }),
  row('rate-limited', { word: /^RESOURCE_EXHAUSTED$/ }),
  row('overloaded', { statuses: ['5xx', 408, 409] }),
  row('overloaded', { statuses: [null], says: 'The provider broke off its answer with an error.' }),
  row('bad-request', { statuses: ['4xx'] }),
];

const text = (of: Json | undefined, name: string): string => {
  const value = isObject(of) ? of[name] : undefined;
  return typeof value === 'string' ? value : '';
};

const detailsOf = (inner: Json | undefined): JsonObject[] =>
  isObject(inner) && isList(inner.details) ? inner.details.filter(isObject) : [];

const innerOf = (body: unknown): Json | undefined => {
  const json = body as Json | undefined;
  // A request that was not streamed as asked is refused with a list.
  const first = isList(json) ? json[0] : json;
  return (isObject(first) ? first.error : null) ?? first;
};

/** Reads `{ error: { code, message, status, details } }`, its inside, or whatever a proxy sends instead. */
export function statedBy(status: number | null, body: unknown): Stated {
  const inner = innerOf(body);
  if (typeof inner === 'string') return { status, code: '', type: '', message: inner };
  const reason = detailsOf(inner)
    .map((detail) => text(detail, 'reason'))
    .find((word) => word !== '');
  return { status, code: reason ?? '', type: text(inner, 'status'), message: text(inner, 'message') };
}

const mostMs = 3_600_000;

/** The wait that an error asks for in its details, like `7s` or `0.5s`; null when it does not. */
export function askedMs(body: unknown): number | null {
  const delays = detailsOf(innerOf(body)).map((detail) => text(detail, 'retryDelay'));
  const [, seconds] = /^(\d{1,9}(?:\.\d+)?)s$/.exec(delays.find((delay) => delay !== '') ?? '') ?? [];
  return seconds === undefined ? null : Math.min(mostMs, Math.ceil(Number(seconds) * 1000));
}

/** The SDK puts the body of an error into the message of its own. */
export function bodyIn(message: string): Json {
  const at = message.search(/[{[]/);
  try {
    return at < 0 ? message : (JSON.parse(message.slice(at)) as Json);
  } catch {
    return message;
  }
}
