import type { Clock } from '../../clock.ts';
import { isObject, type Json } from '../../core/json.ts';
import type { Secret } from '../../core/secret.ts';
import { brokenConnection } from '../connection.ts';
import { type FailureKind, ProviderFailure } from '../port.ts';
import { retryAfterMs } from '../retry-after.ts';
import { providerWords } from '../words.ts';

/** An error as the server states it: with a status before the reply, without one within it. */
export interface Stated {
  readonly status: number | null;
  readonly code: string;
  readonly type: string;
  readonly message: string;
}

export interface FailureRow {
  /** Any of these; `null` stands for an error within a reply. Empty: whatever the status. */
  readonly statuses: readonly (number | '4xx' | '5xx' | null)[];
  /** In the error's code or type; null: whatever they are. */
  readonly word: RegExp | null;
  /** In its message; null: whatever it is. */
  readonly message: RegExp | null;
  readonly kind: FailureKind;
  readonly says: string;
}

const row = (
  kind: FailureKind,
  says: string,
  when: Partial<Pick<FailureRow, 'statuses' | 'word' | 'message'>>,
): FailureRow => ({ kind, says, statuses: [], word: null, message: null, ...when });

/** The first row that fits says what a stated error is. */
export const failureRows: readonly FailureRow[] = [
  row('quota-exhausted', 'The account of this key has no credit left.', {
    word: /insufficient_quota|insufficient_credits|billing/,
  }),
  row('quota-exhausted', 'The account of this key has no credit left.', { statuses: [402] }),
  row('key-rejected', 'The provider refused the key.', { statuses: [401, 403] }),
  row('key-rejected', 'The provider refused the key.', { word: /invalid_api_key|account_deactivated/ }),
  row('too-long', 'The request is longer than the model can read.', { word: /context_length_exceeded/ }),
  row('too-long', 'The request is longer than the model can read.', { statuses: [413] }),
  row('too-long', 'The request is longer than the model can read.', {
    statuses: [400, 422, null],
    message: /maximum context length|context window/i,
  }),
  row('refused', 'The provider refused what was asked, by its content policy.', {
    word: /content_filter|content_policy|bio_policy|invalid_prompt/,
  }),
  row('rate-limited', 'The provider limits how often it may be asked.', { statuses: [429] }),
  row('rate-limited', 'The provider limits how often it may be asked.', { word: /rate_limit/ }),
  row('overloaded', 'The provider could not answer at the moment.', { statuses: ['5xx', 408, 409] }),
  row('overloaded', 'The provider broke off its answer with an error.', { statuses: [null] }),
  row('bad-request', 'The provider refused the request as wrong.', { statuses: ['4xx'] }),
];

const unexpected = row('network', 'The server answered with something that is not understood.', {});

function fits(row: FailureRow, stated: Stated): boolean {
  const { status } = stated;
  const class_ = status === null ? null : `${Math.floor(status / 100)}xx`;
  const statusFits =
    row.statuses.length === 0 || row.statuses.some((s) => s === status || (s !== null && s === class_));
  const wordFits = row.word === null || row.word.test(stated.code) || row.word.test(stated.type);
  return statusFits && wordFits && (row.message === null || row.message.test(stated.message));
}

export const rowOf = (stated: Stated): FailureRow => failureRows.find((r) => fits(r, stated)) ?? unexpected;

/** Reads `{ error: { … } }`, its inside, or whatever a proxy sends instead. */
export function statedBy(status: number | null, body: unknown): Stated {
  const json = body as Json | undefined;
  const inner = (isObject(json) ? json.error : null) ?? json;
  if (typeof inner === 'string') return { status, code: '', type: '', message: inner };
  const text = (name: string): string => {
    const value = isObject(inner) ? inner[name] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return { status, code: text('code'), type: text('type'), message: text('message') };
}

/** What a call's errors are made with. */
export interface FailureParts {
  readonly clock: Clock;
  readonly secret: Secret;
  /** The texts that were sent; none of them comes back in an error. */
  readonly sent: () => readonly string[];
}

export function statedFailure(
  parts: FailureParts,
  stated: Stated,
  headers: Pick<Headers, 'get'> | null,
): ProviderFailure {
  const { kind, says } = rowOf(stated);
  const words = providerWords(stated.message, parts.secret, parts.sent());
  const number = stated.status === null ? '' : ` (${stated.status})`;
  const sentence = says.replace(/\.$/, `${number}.`);
  return new ProviderFailure(kind, words === null ? sentence : `${sentence} It says: "${words}"`, {
    money: stated.status !== null && stated.status >= 400 ? 'none' : 'maybe',
    status: stated.status,
    retryAfterMs: headers === null ? null : retryAfterMs(headers, parts.clock.now()),
  });
}

/** A call that broke. `sent`: the request was handed to the network, if only in part. */
export function brokenFailure(error: unknown, sent: boolean): ProviderFailure {
  const { mayHaveSent, timedOut, code } = brokenConnection(error);
  const why = code === null ? '' : ` (${code})`;
  if (!sent || !mayHaveSent) {
    return new ProviderFailure('network', `The provider could not be reached${why}.`, { money: 'none' });
  }
  if (timedOut) {
    return new ProviderFailure('timeout', `The provider stopped answering${why}.`, { money: 'maybe' });
  }
  return new ProviderFailure('network', `The connection broke before the answer was complete${why}.`, {
    money: 'maybe',
  });
}

export const abortedFailure = (sent: boolean): ProviderFailure =>
  new ProviderFailure('aborted', 'The call was stopped.', { money: sent ? 'maybe' : 'none' });

export const cutFailure = (): ProviderFailure =>
  new ProviderFailure('network', 'The answer ended half-way.', { money: 'maybe' });

export const unreadableFailure = (): ProviderFailure =>
  new ProviderFailure('network', 'The answer could not be read: it is not what this provider sends.', {
    money: 'maybe',
  });
