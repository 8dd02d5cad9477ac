/** What a failed `fetch` says of itself; the same for every SDK, since each of them uses it. */

/** The request never left: nobody answered there, or the other side could not prove who it is. */
const unsentCodes = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
const unsentCalls = new Set(['connect', 'getaddrinfo']);
const timeoutCodes = new Set(['UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT']);

export interface BrokenConnection {
  /** False when the request was certainly not fully written (rule M6). */
  readonly mayHaveSent: boolean;
  readonly timedOut: boolean;
  /** The system's word for it, like ECONNREFUSED. */
  readonly code: string | null;
}

export function brokenConnection(error: unknown): BrokenConnection {
  const causes = causesOf(error, 0);
  const code = causes.map((cause) => word(cause, 'code')).find((c) => c !== null) ?? null;
  const unsent = causes.some(
    (cause) => unsentCodes.has(word(cause, 'code') ?? '') || unsentCalls.has(word(cause, 'syscall') ?? ''),
  );
  const timedOut = causes.some((cause) => timeoutCodes.has(word(cause, 'code') ?? ''));
  return { mayHaveSent: !unsent, timedOut, code };
}

/** An SDK's error, the one of `fetch` in it, and the system's in that; several addresses make several. */
function causesOf(error: unknown, depth: number): object[] {
  if (typeof error !== 'object' || error === null || depth > 5) return [];
  const inner = 'cause' in error ? causesOf(error.cause, depth + 1) : [];
  const several = error instanceof AggregateError ? error.errors.flatMap((e) => causesOf(e, depth + 1)) : [];
  return [error, ...inner, ...several];
}

function word(of: object, name: 'code' | 'syscall'): string | null {
  const value: unknown = Reflect.get(of, name);
  return typeof value === 'string' ? value : null;
}
