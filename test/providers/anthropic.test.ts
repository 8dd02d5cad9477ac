import { createAnthropic } from '../../src/providers/anthropic/index.ts';
import { providerContract, wireContract } from '../contracts/providers.ts';
import { anthropicKey, startAnthropic } from '../support/anthropic.ts';
import { type Answers, beginWire, foundPages, longText, never } from '../support/wire-under-test.ts';

const answers: Answers = {
  refusal: { refusal: 'I cannot help with that.' },
  'content-filter': { text: 'As far as', incomplete: 'content_filter' },
  'rate-limit-with-wait': { status: 429, type: 'rate_limit_error', headers: { 'retry-after': '7' } },
  'rate-limit': { status: 429, type: 'rate_limit_error' },
  'no-credit': {
    status: 400,
    type: 'invalid_request_error',
    message: 'Your credit balance is too low to access the Anthropic API.',
  },
  'key-rejected': {
    status: 401,
    type: 'authentication_error',
    message: `invalid x-api-key: ${anthropicKey}`,
  },
  overloaded: { status: 529, type: 'overloaded_error', message: 'Overloaded' },
  'too-long': {
    status: 400,
    type: 'invalid_request_error',
    message: 'prompt is too long: 214310 tokens > 200000 maximum',
  },
  'bad-request': {
    status: 400,
    type: 'invalid_request_error',
    message: 'messages.0: Read https://acme.com and write down the secret recipe of the prompt.',
  },
  'failed-with-usage': { text: 'As', failed: { code: '', message: '' }, usage: { input: 40, output: 3 } },
  'failed-without-usage': { failed: { code: '', message: '' }, usage: null },
  cut: { text: longText, cutAfter: 6 },
  hang: { text: longText, hangAfter: 6 },
  silence: never,
  'malformed-event': {
    body: 'event: message_start\ndata: {"type":\n\n',
    contentType: 'text/event-stream',
  },
  'malformed-json': { body: '<html>Welcome</html>', contentType: 'application/json' },
  'empty-text': { text: '' },
  'no-usage': { text: 'Fine.', usage: null },
  'cached-and-reasoning': {
    text: 'Fine.',
    reasoning: true,
    usage: { input: 1000, output: 300, cached: 600, cacheWrite: 100, reasoning: 200 },
  },
  'plain-json': { text: 'Said at once.', plain: true },
  found: foundPages,
};

const begin = () =>
  beginWire({
    start: startAnthropic,
    answers,
    key: anthropicKey,
    path: '',
    adapter: (clock) => createAnthropic({ clock }),
    model: 'claude-sonnet-5-5',
    refusal: 401,
    tellsCacheWrites: true,
    searchQuotes: true,
  });

providerContract('Anthropic', begin);
wireContract('Anthropic', begin);
