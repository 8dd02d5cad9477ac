import { createOpenAI } from '../../src/providers/openai/index.ts';
import { providerContract, wireContract } from '../contracts/providers.ts';
import { startOpenAI, testKey } from '../support/openai.ts';
import { type Answers, beginWire, foundPages, longText, never } from '../support/wire-under-test.ts';

const answers: Answers = {
  refusal: { refusal: 'I cannot help with that.' },
  'content-filter': { text: 'As far as', incomplete: 'content_filter' },
  'rate-limit-with-wait': { status: 429, code: 'rate_limit_exceeded', headers: { 'retry-after': '7' } },
  'rate-limit': { status: 429, code: 'rate_limit_exceeded' },
  'no-credit': { status: 429, code: 'insufficient_quota', message: 'You exceeded your current quota.' },
  'key-rejected': {
    status: 401,
    code: 'invalid_api_key',
    message: `Incorrect API key provided: ${testKey}.`,
  },
  overloaded: { status: 500, code: 'server_error', message: 'The server had an error.' },
  'too-long': { status: 400, code: 'context_length_exceeded' },
  'bad-request': {
    status: 400,
    code: 'invalid_value',
    message: 'Invalid value: Read https://acme.com and write down the secret recipe of the prompt.',
  },
  'failed-with-usage': {
    failed: { code: 'server_error', message: 'It failed.' },
    usage: { input: 40, output: 3 },
  },
  'failed-without-usage': { failed: { code: 'server_error', message: 'It failed.' }, usage: null },
  cut: { text: longText, cutAfter: 6 },
  hang: { text: longText, hangAfter: 6 },
  silence: never,
  'malformed-event': {
    body: 'event: response.created\ndata: {"type":\n\n',
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
    start: (options) => startOpenAI(options),
    answers,
    key: testKey,
    path: '/v1',
    adapter: (clock) => createOpenAI({ clock }),
    model: 'gpt-6-luna',
    refusal: 401,
    tellsCacheWrites: true,
    searchQuotes: true,
  });

providerContract('OpenAI', begin);
wireContract('OpenAI', begin);
