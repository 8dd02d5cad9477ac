import type { Clock } from '../../clock.ts';
import { type FailureKind, ProviderFailure } from '../port.ts';

/** What the SDK throws, as far as it is looked at: its classes are imported only when a call is made. */
interface Thrown {
  readonly name?: string;
  readonly status?: number;
  readonly code?: string | null;
  readonly message?: string;
  readonly headers?: Headers;
  readonly cause?: unknown;
}

const retryAfterMaxMs = 3_600_000;

/** Statuses and codes, in the order in which they are looked at; a test walks the table. */
export const failureTable: readonly {
  readonly status: readonly number[] | null;
  readonly code: RegExp | null;
  readonly kind: FailureKind;
}[] = [
  { status: [401, 403], code: null, kind: 'key-rejected' },
  { status: null, code: /insufficient_quota|billing|credit/, kind: 'quota-exhausted' },
  { status: [402], code: null, kind: 'quota-exhausted' },
  { status: [429], code: null, kind: 'rate-limited' },
  { status: null, code: /^rate_limit/, kind: 'rate-limited' },
  { status: null, code: /context_length|string_above_max_length|too_long/, kind: 'too-long' },
  { status: [413], code: null, kind: 'too-long' },
  { status: [408, 409, 500, 502, 503, 504, 529], code: null, kind: 'overloaded' },
  { status: null, code: /server_error|overloaded|vector_store_timeout/, kind: 'overloaded' },
  { status: null, code: /content_filter|content_policy|invalid_prompt/, kind: 'refused' },
];

const kindOf = (status: number | null, code: string): FailureKind =>
  failureTable.find((row) => (row.status === null || (status !== null && row.status.includes(status))) && (row.code?.test(code) ?? true))
    ?.kind ?? 'bad-request';

const sentences: Readonly<Record<FailureKind, string>> = {
  'rate-limited': 'OpenAI asks to wait: too many requests.',
  'key-rejected': 'OpenAI refused the key.',
  'quota-exhausted': 'OpenAI says that the account of this key has no money left.',
  overloaded: 'OpenAI could not answer just now.',
  refused: 'OpenAI refused the request by its content policy.',
  'too-long': 'The request is longer than the model can read.',
  'bad-request': 'OpenAI did not accept the request.',
  timeout: 'OpenAI did not answer in time.',
  network: 'The connection to OpenAI failed.',
  aborted: 'The call was stopped.',
  'bad-output': 'The answer could not be read.',
};

/** A failure that the provider told within a stream: the call may have cost something. */
export function failureOfCode(code: string | null, says: string): ProviderFailure {
  const kind = kindOf(null, code ?? 'server_error');
  return new ProviderFailure(kind, `${sentences[kind]} ${masked(says)}`.trim(), { money: 'maybe' });
}

/** What the SDK or the network threw. `secret` is masked in whatever the provider said. */
export function failureOf(error: unknown, secret: string, signal: AbortSignal, clock: Clock): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (signal.aborted) return new ProviderFailure('aborted', sentences.aborted, { money: 'maybe' });
  const thrown = (typeof error === 'object' && error !== null ? error : {}) as Thrown;
  const status = typeof thrown.status === 'number' ? thrown.status : null;
  if (status !== null && status >= 400) {
    const kind = kindOf(status, `${thrown.code ?? ''}`);
    const says = masked((thrown.message ?? '').split(secret === '' ? '\u0000' : secret).join('[key]'));
    return new ProviderFailure(kind, `${sentences[kind]} (${status}) ${shortened(says)}`.trim(), {
      money: 'none',
      status,
      retryAfterMs: retryAfter(thrown.headers, clock),
    });
  }
  const code = causeCode(error);
  const never = code !== null && neverSent.has(code);
  if (error instanceof SyntaxError) {
    return new ProviderFailure('bad-output', sentences['bad-output'], { money: 'maybe' });
  }
  const says = code === null ? sentences.network : `${sentences.network.slice(0, -1)} (${code}).`;
  return new ProviderFailure('network', says, { money: never ? 'none' : 'maybe' });
}

/** The connection was never made, so nothing was asked. */
const neverSent = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

function causeCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const { code } = at as { code?: unknown };
    if (typeof code === 'string' && /^[A-Z_]+$/.test(code)) return code;
    if (at instanceof AggregateError && at.errors[0] instanceof Error) {
      const inner = causeCode(at.errors[0]);
      if (inner !== null) return inner;
    }
  }
  return null;
}

/** Anything that looks like a key: providers echo a part of it. */
const masked = (text: string) => text.replace(/\b(sk|pk|rk|org|proj)-[\w*.-]{4,}/g, '[key]');

const shortened = (text: string) => (text.length > 300 ? `${text.slice(0, 300)}…` : text);

function retryAfter(headers: Headers | undefined, clock: Clock): number | null {
  const ms = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (ms >= 0) return Math.min(ms, retryAfterMaxMs);
  const text = headers?.get('retry-after');
  if (text === null || text === undefined) return null;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - clock.now();
  return Number.isFinite(wait) ? Math.min(Math.max(0, wait), retryAfterMaxMs) : null;
}
