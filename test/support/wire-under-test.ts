import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Clock } from '../../src/clock.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Provider } from '../../src/providers/port.ts';
import type { Ending, WireUnderTest } from '../contracts/providers.ts';
import { createVirtualClock } from './clock.ts';
import { type Answer, type Asked, researcher } from './openai-answer.ts';
import type { ProviderServer } from './provider-server.ts';

/** What a server does for each ending of the contract. */
export type Answers = Readonly<Record<Ending, Answer | Promise<Answer>>>;

export const never = new Promise<never>(() => {});
/** Of one page a sentence, of the other that it is there. */
export const foundPages: Answer = {
  found: [
    { url: 'https://acme.com/news', title: 'Acme news', excerpt: 'Acme opens its calendar.' },
    { url: 'https://acme.com/about', title: 'About Acme' },
  ],
};

export const longText = 'A sentence that goes on for a while and is told in several pieces. '.repeat(4);

interface Means extends Pick<WireUnderTest, 'model' | 'refusal' | 'tellsCacheWrites' | 'searchQuotes'> {
  readonly start: (options: {
    answer: (asked: Pick<Asked, 'request'>) => Answer | Promise<Answer>;
    on: () => void;
  }) => Promise<Pick<ProviderServer, 'origin' | 'revoke' | 'close'>>;
  readonly answers: Answers;
  readonly key: string;
  /** Of a base URL, behind the host. */
  readonly path: string;
  readonly adapter: (clock: Clock) => Provider;
}

/** An adapter with a server of its own, which answers as a researcher where no ending is asked for. */
export async function beginWire(means: Means): Promise<WireUnderTest> {
  const { answers, key, path, model, refusal, tellsCacheWrites, searchQuotes } = means;
  const queue: (Answer | Promise<Answer>)[] = [];
  const arrival = Promise.withResolvers<void>();
  const server = await means.start({
    answer: (asked) => queue.shift() ?? researcher(asked),
    on: () => arrival.resolve(),
  });
  const secret = new Secret(key);
  const port = await freePort();
  return {
    provider: means.adapter(createVirtualClock()),
    model,
    refusal,
    tellsCacheWrites,
    searchQuotes,
    key: { secret, baseUrl: `${server.origin}${path}` },
    nowhere: { secret, baseUrl: `http://127.0.0.1:${port}${path}` },
    next: (ending) => void queue.push(answers[ending]),
    arrived: () => arrival.promise,
    revoke: () => server.revoke(key),
    end: () => server.close(),
  };
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
