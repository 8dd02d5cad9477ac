import { describe, expect, it } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import * as anthropic from '../../src/providers/anthropic/failures.ts';
import { rowOf, type Stated, statedFailure } from '../../src/providers/failed.ts';
import * as google from '../../src/providers/google/failures.ts';
import * as openai from '../../src/providers/openai/failures.ts';
import type { FailureKind } from '../../src/providers/port.ts';
import { createVirtualClock } from '../support/clock.ts';

type Cases = readonly (readonly [Stated, FailureKind])[];

const stated = (status: number | null, more: Partial<Stated> = {}): Stated => ({
  status,
  code: '',
  type: '',
  message: '',
  ...more,
});

const openaiCases: Cases = [
  [stated(401), 'key-rejected'],
  [stated(403), 'key-rejected'],
  [stated(400, { code: 'invalid_api_key' }), 'key-rejected'],
  [stated(429, { code: 'insufficient_quota' }), 'quota-exhausted'],
  [stated(429, { type: 'insufficient_quota' }), 'quota-exhausted'],
  [stated(403, { code: 'billing_not_active' }), 'quota-exhausted'],
  [stated(402), 'quota-exhausted'],
  [stated(429), 'rate-limited'],
  [stated(429, { type: 'tokens' }), 'rate-limited'],
  [stated(null, { code: 'rate_limit_exceeded' }), 'rate-limited'],
  [stated(400, { code: 'context_length_exceeded' }), 'too-long'],
  [stated(413), 'too-long'],
  [stated(400, { message: "This model's maximum context length is 8192 tokens." }), 'too-long'],
  [stated(400, { code: 'content_filter' }), 'refused'],
  [stated(null, { code: 'invalid_prompt' }), 'refused'],
  [stated(500), 'overloaded'],
  [stated(502), 'overloaded'],
  [stated(503, { code: 'slow_down' }), 'overloaded'],
  [stated(504), 'overloaded'],
  [stated(529), 'overloaded'],
  [stated(408), 'overloaded'],
  [stated(409), 'overloaded'],
  [stated(null, { code: 'server_error' }), 'overloaded'],
  [stated(null), 'overloaded'],
  [stated(400), 'bad-request'],
  [stated(404, { code: 'model_not_found' }), 'bad-request'],
  [stated(422), 'bad-request'],
  [stated(304), 'network'],
];

/** The types of errors are those of the SDK. */
const anthropicCases: Cases = [
  [stated(401, { type: 'authentication_error' }), 'key-rejected'],
  [stated(403, { type: 'permission_error' }), 'key-rejected'],
  [stated(400, { code: 'organization_on_hold' }), 'key-rejected'],
  [stated(402, { type: 'billing_error' }), 'quota-exhausted'],
  [stated(402), 'quota-exhausted'],
  [
    stated(400, { message: 'Your credit balance is too low to access the Anthropic API.' }),
    'quota-exhausted',
  ],
  [stated(400, { message: 'You have reached your specified API usage limits.' }), 'quota-exhausted'],
  [stated(413, { type: 'request_too_large' }), 'too-long'],
  [stated(413), 'too-long'],
  [stated(400, { message: 'prompt is too long: 214310 tokens > 200000 maximum' }), 'too-long'],
  [stated(400, { message: 'Output blocked by content filtering policy' }), 'refused'],
  [stated(429, { type: 'rate_limit_error' }), 'rate-limited'],
  [stated(429), 'rate-limited'],
  [stated(null, { type: 'rate_limit_error' }), 'rate-limited'],
  [stated(500, { type: 'api_error' }), 'overloaded'],
  [stated(504, { type: 'timeout_error' }), 'overloaded'],
  [stated(529, { type: 'overloaded_error' }), 'overloaded'],
  [stated(null, { type: 'overloaded_error' }), 'overloaded'],
  [stated(404, { type: 'not_found_error' }), 'bad-request'],
  [stated(400, { type: 'invalid_request_error' }), 'bad-request'],
  [stated(304), 'network'],
];

const googleCases: Cases = [
  [stated(400, { code: 'API_KEY_INVALID', type: 'INVALID_ARGUMENT' }), 'key-rejected'],
  [stated(400, { message: 'API key expired. Please renew the API key.' }), 'key-rejected'],
  [stated(401, { type: 'UNAUTHENTICATED' }), 'key-rejected'],
  [stated(403, { type: 'PERMISSION_DENIED' }), 'key-rejected'],
  [stated(null, { type: 'PERMISSION_DENIED' }), 'key-rejected'],
  [stated(429, { message: 'Your prepayment credits are depleted.' }), 'quota-exhausted'],
  [stated(403, { code: 'BILLING_DISABLED', type: 'PERMISSION_DENIED' }), 'quota-exhausted'],
  [stated(402), 'quota-exhausted'],
  [
    stated(400, { message: 'The input token count (9) exceeds the maximum number of tokens allowed (8).' }),
    'too-long',
  ],
  [stated(413), 'too-long'],
  [stated(429, { type: 'RESOURCE_EXHAUSTED', message: 'You exceeded your current quota.' }), 'rate-limited'],
  [stated(null, { type: 'RESOURCE_EXHAUSTED' }), 'rate-limited'],
  [stated(500, { type: 'INTERNAL' }), 'overloaded'],
  [stated(503, { type: 'UNAVAILABLE' }), 'overloaded'],
  [stated(504, { type: 'DEADLINE_EXCEEDED' }), 'overloaded'],
  [stated(null, { type: 'UNAVAILABLE' }), 'overloaded'],
  [stated(400, { type: 'FAILED_PRECONDITION', message: 'User location is not supported.' }), 'bad-request'],
  [stated(404, { type: 'NOT_FOUND' }), 'bad-request'],
  [stated(304), 'network'],
];

describe.each([
  { of: 'OpenAI', rows: openai.failureRows, cases: openaiCases },
  { of: 'Anthropic', rows: anthropic.failureRows, cases: anthropicCases },
  { of: 'Google', rows: google.failureRows, cases: googleCases },
])('the table of failures of $of', ({ rows, cases }) => {
  it.each(cases.map(([said, kind]) => [said, kind] as const))('reads %j as %s', (said, kind) => {
    expect(rowOf(rows, said).kind).toBe(kind);
  });

  it('has no row that nothing reaches', () => {
    const reached = new Set(cases.map(([said]) => rowOf(rows, said)));
    expect(rows.filter((row) => !reached.has(row))).toEqual([]);
  });
});

describe('an error that a server states', () => {
  it.each([
    [400, 'none'],
    [529, 'none'],
    [304, 'maybe'],
    [null, 'maybe'],
  ] as const)('with the status %s says that money was spent: %s (rule M6)', (status, money) => {
    const parts = { clock: createVirtualClock(), secret: new Secret(''), sent: () => [] };
    expect(statedFailure(parts, openai.failureRows, stated(status), null).money).toBe(money);
  });

  it.each([
    [{ error: { code: 'c', type: 't', message: 'm' } }, { code: 'c', type: 't', message: 'm' }],
    [
      { code: 'c', message: 'm' },
      { code: 'c', type: '', message: 'm' },
    ],
    [{ error: 'model not found' }, { code: '', type: '', message: 'model not found' }],
    [{ error: { code: 402, message: null } }, { code: '', type: '', message: '' }],
    ['upstream failed', { code: '', type: '', message: 'upstream failed' }],
    [undefined, { code: '', type: '', message: '' }],
    [
      { type: 'error', code: 'c', message: 'm', param: null },
      { code: 'c', type: 'error', message: 'm' },
    ],
  ])('is read as OpenAI and those who speak like it put it into %j', (body, expected) => {
    expect(openai.statedBy(500, body)).toEqual({ status: 500, ...expected });
  });

  it.each([
    [
      { type: 'error', error: { type: 't', message: 'm', details: { error_code: 'c' } } },
      { code: 'c', type: 't', message: 'm' },
    ],
    [
      { type: 't', message: 'm' },
      { code: '', type: 't', message: 'm' },
    ],
    [{ error: 'no' }, { code: '', type: '', message: 'no' }],
    [undefined, { code: '', type: '', message: '' }],
  ])('is read as Anthropic puts it into %j', (body, expected) => {
    expect(anthropic.statedBy(500, body)).toEqual({ status: 500, ...expected });
  });

  it.each([
    [
      { error: { code: 429, status: 's', message: 'm', details: [{}, { reason: 'r' }] } },
      { code: 'r', type: 's', message: 'm' },
    ],
    [[{ error: { code: 429, status: 's', message: 'm' } }], { code: '', type: 's', message: 'm' }],
    ['no', { code: '', type: '', message: 'no' }],
    [[], { code: '', type: '', message: '' }],
  ])('is read as Google puts it into %j', (body, expected) => {
    expect(google.statedBy(500, body)).toEqual({ status: 500, ...expected });
  });

  it.each([
    [[{ retryDelay: '7s' }], 7_000],
    [[{ reason: 'x' }, { retryDelay: '0.5s' }], 500],
    [[{ retryDelay: '90000s' }], 3_600_000],
    [[{ retryDelay: 'soon' }], null],
    [undefined, null],
  ])('of Google may ask for a wait in its details: %j is %s ms', (details, ms) => {
    expect(google.askedMs({ error: { code: 429, ...(details ? { details } : {}) } })).toBe(ms);
  });
});
