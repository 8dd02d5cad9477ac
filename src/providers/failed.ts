import type { Clock } from '../clock.ts';
import type { Secret } from '../core/secret.ts';
import { brokenConnection } from './connection.ts';
import { type FailureKind, ProviderFailure } from './port.ts';
import { retryAfterMs } from './retry-after.ts';
import { providerWords } from './words.ts';

/** How calls fail, the same for every adapter; the rows of its own table say what its server's errors are. */

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

const sentences: Partial<Record<FailureKind, string>> = {
  'quota-exhausted': 'The account of this key has no credit left.',
  'key-rejected': 'The provider refused the key.',
  'too-long': 'The request is longer than the model can read.',
  refused: 'The provider refused what was asked, by its content policy.',
  'rate-limited': 'The provider limits how often it may be asked.',
  overloaded: 'The provider could not answer at the moment.',
  'bad-request': 'The provider refused the request as wrong.',
};

/** `when` without anything fits every error. */
export const failureRow = (
  kind: FailureKind,
  when: Partial<Pick<FailureRow, 'statuses' | 'word' | 'message' | 'says'>>,
): FailureRow => ({ kind, says: sentences[kind] ?? '', statuses: [], word: null, message: null, ...when });

const unexpected = failureRow('network', {
  says: 'The server answered with something that is not understood.',
});

/** The first row that fits says what a stated error is. */
export const rowOf = (rows: readonly FailureRow[], stated: Stated): FailureRow =>
  rows.find((row) => fits(row, stated)) ?? unexpected;

function fits(row: FailureRow, stated: Stated): boolean {
  const { status } = stated;
  const class_ = status === null ? null : `${Math.floor(status / 100)}xx`;
  const statusFits =
    row.statuses.length === 0 || row.statuses.some((s) => s === status || (s !== null && s === class_));
  const wordFits = row.word === null || row.word.test(stated.code) || row.word.test(stated.type);
  return statusFits && wordFits && (row.message === null || row.message.test(stated.message));
}

/** What a call's errors are made with. */
export interface FailureParts {
  readonly clock: Clock;
  readonly secret: Secret;
  /** The texts that were sent; none of them comes back in an error. */
  readonly sent: () => readonly string[];
}

/** `askedMs`: the wait that the error itself asks for; the headers count more. */
export function statedFailure(
  parts: FailureParts,
  rows: readonly FailureRow[],
  stated: Stated,
  headers: Pick<Headers, 'get'> | null,
  askedMs: number | null = null,
): ProviderFailure {
  const { kind, says } = rowOf(rows, stated);
  const words = providerWords(stated.message, parts.secret, parts.sent());
  const number = stated.status === null ? '' : ` (${stated.status})`;
  const sentence = says.replace(/\.$/, `${number}.`);
  const wait = headers === null ? null : retryAfterMs(headers, parts.clock.now());
  return new ProviderFailure(kind, words === null ? sentence : `${sentence} It says: "${words}"`, {
    money: stated.status !== null && stated.status >= 400 ? 'none' : 'maybe',
    status: stated.status,
    retryAfterMs: wait ?? askedMs,
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
