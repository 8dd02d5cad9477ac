import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { brokenConnection } from '../../src/providers/connection.ts';
import { brokenFailure } from '../../src/providers/failed.ts';
import { retryAfterMs } from '../../src/providers/retry-after.ts';
import { providerWords } from '../../src/providers/words.ts';

describe('the wait that a server asks for', () => {
  const now = Date.UTC(2026, 10, 16, 9);

  it.each([
    [{ 'retry-after': '20' }, 20_000],
    [{ 'retry-after': '0.25' }, 250],
    [{ 'retry-after-ms': '1500', 'retry-after': '20' }, 1_500],
    [{ 'retry-after': 'Mon, 16 Nov 2026 09:01:30 GMT' }, 90_000],
    [{ 'retry-after': 'Mon, 16 Nov 2026 08:00:00 GMT' }, 0],
    [{ 'retry-after': '3601' }, 3_600_000],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after': '-5' }, null],
    [{}, null],
  ])('%j is %s ms, one hour at most', (headers, ms) => {
    expect(retryAfterMs(new Headers(headers as Record<string, string>), now)).toBe(ms);
  });
});

describe('the words of a provider', () => {
  const secret = new Secret('sk-test-abcdefghijklmnop-wxyz');

  it.each([
    ['Incorrect API key provided: sk-test-abcdefghijklmnop-wxyz.', 'Incorrect API key provided: [key].'],
    ['Incorrect API key provided: sk-test-*******wxyz.', 'Incorrect API key provided: [key]'],
    ['Bad key (…wxyz)', 'Bad key (…[key])'],
    ['Bad key: …abcdefghijkl…', 'Bad key: …[key]…'],
    ['Bad key: sk-test-abcde fghijklmnop-wxyz', 'Bad key: [key] [key]'],
    ['Other key sk-proj-0123456789 is dead', 'Other key [key] is dead'],
    ['The model `gpt-9` does not exist.', 'The model `gpt-9` does not exist.'],
    ['two\n lines', 'two lines'],
  ])('%j become %j', (message, words) => {
    expect(providerWords(message, secret, [])).toBe(words);
  });

  it('never hold the key, wherever it stands in them', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (before, after) => {
        const words = providerWords(`${before}${secret.reveal()}${after}`, secret, []) ?? '';
        expect(words).not.toContain(secret.reveal());
        expect(words).not.toContain('wxyz');
      }),
    );
  });

  it('are left out when they repeat what was sent', () => {
    const sent = ['Summarize the merger plan with Acme before Friday.'];
    expect(providerWords("Invalid input: 'the merger plan with Acme' is odd", secret, sent)).toBeNull();
    expect(providerWords('Unsupported parameter: temperature', secret, sent)).toBe(
      'Unsupported parameter: temperature',
    );
  });

  it('are cut after 300 characters, and missing ones stay missing', () => {
    expect(providerWords('word '.repeat(200), secret, [])).toHaveLength(301);
    expect(providerWords(' ', secret, [])).toBeNull();
    expect(providerWords({ not: 'text' }, secret, [])).toBeNull();
  });
});

const withCode = (code: string, more: object = {}) =>
  new Error('SDK', {
    cause: new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code, ...more }) }),
  });

describe('a connection that broke', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'CERT_HAS_EXPIRED'])(
    'by %s sent nothing and costs nothing',
    (code) => {
      expect(brokenFailure(withCode(code), true)).toMatchObject({ kind: 'network', money: 'none' });
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])(
    'by %s after the request began may cost something',
    (code) => {
      expect(brokenFailure(withCode(code), true)).toMatchObject({ kind: 'network', money: 'maybe' });
    },
  );

  it('by a time-out while connecting sent nothing, by one while waiting may cost something', () => {
    expect(brokenFailure(withCode('ETIMEDOUT', { syscall: 'connect' }), true).money).toBe('none');
    expect(brokenFailure(withCode('UND_ERR_HEADERS_TIMEOUT'), true)).toMatchObject({
      kind: 'timeout',
      money: 'maybe',
    });
  });

  it('to every address of a name is looked at in all of them', () => {
    const all = new AggregateError([withCode('ECONNREFUSED')]);
    expect(brokenConnection(new Error('SDK', { cause: all }))).toMatchObject({
      mayHaveSent: false,
      code: 'ECONNREFUSED',
    });
  });

  it('before the request was handed over costs nothing, whatever it was', () => {
    expect(brokenFailure(new Error('anything with the key in it'), false)).toMatchObject({
      money: 'none',
      message: 'The provider could not be reached.',
    });
  });
});
