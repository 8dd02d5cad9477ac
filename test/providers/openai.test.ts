import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { Secret } from '../../src/core/secret.ts';
import { createOpenAI } from '../../src/providers/openai/index.ts';
import { type Ending, providerContract, type WireUnderTest, wireContract } from '../contracts/providers.ts';
import { createVirtualClock } from '../support/clock.ts';
import { startOpenAI, testKey } from '../support/openai.ts';
import { type Answer, researcher } from '../support/openai-answer.ts';

const never = new Promise<never>(() => {});
const long = 'A sentence that goes on for a while and is told in several pieces. '.repeat(4);

const answers: Record<Ending, Answer | Promise<Answer>> = {
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
  cut: { text: long, cutAfter: 6 },
  hang: { text: long, hangAfter: 6 },
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
};

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function begin(): Promise<WireUnderTest> {
  const queue: (Answer | Promise<Answer>)[] = [];
  const arrival = Promise.withResolvers<void>();
  const server = await startOpenAI({
    answer: (asked) => queue.shift() ?? researcher(asked),
    on: () => arrival.resolve(),
  });
  const secret = new Secret(testKey);
  const port = await freePort();
  return {
    provider: createOpenAI({ clock: createVirtualClock() }),
    key: { secret, baseUrl: server.baseUrl },
    nowhere: { secret, baseUrl: `http://127.0.0.1:${port}/v1` },
    next: (ending) => void queue.push(answers[ending]),
    arrived: () => arrival.promise,
    revoke: () => server.revoke(testKey),
    end: () => server.close(),
  };
}

providerContract('OpenAI', begin);
wireContract('OpenAI', begin);
