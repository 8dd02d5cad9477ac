import type { Clock } from '../clock.ts';
import { cutFailure } from './failed.ts';
import type { ModelEvent, ProviderFailure } from './port.ts';

/** A connection is given so long to end after its reply has, so that the next call can use it. */
const lingerMs = 2_000;

type Place = 'more' | 'ended' | 'over';

/** Makes the port's events of a provider's own. */
export interface StreamReader<E> {
  /** `ended`: the reply ended, and what it cost may follow. `over`: nothing of use can follow. Throws ProviderFailure. */
  read(event: E): Generator<ModelEvent, Place>;
  /** What can be said only at the end. */
  close(): Generator<ModelEvent>;
}

/** Reads a reply to its end. `stop` ends the request; `failed` says what an error of the stream is. */
export async function* readStream<E>(
  parts: { clock: Clock; failed: (error: unknown) => ProviderFailure },
  reader: StreamReader<E>,
  events: AsyncIterator<E>,
  stop: AbortController,
): AsyncGenerator<ModelEvent> {
  let at = 'more' as Place;
  let calledOff = () => {};
  try {
    while (at !== 'over') {
      const next: { readonly value: E } | null = await nextOf(parts, events, at === 'ended');
      if (next === null) break;
      const said: Place = yield* reader.read(next.value);
      if (said === 'ended' && at === 'more') calledOff = parts.clock.after(lingerMs, () => stop.abort());
      if (said !== 'more') at = said;
    }
    if (at === 'more') throw cutFailure();
    yield* reader.close();
  } finally {
    calledOff();
    if (at === 'over') letEnd(parts.clock, events, stop);
    else stop.abort();
  }
}

/** Null at the end. Once the reply is here whole, a connection that breaks is an end like any other. */
async function nextOf<E>(
  parts: { failed: (error: unknown) => ProviderFailure },
  events: AsyncIterator<E>,
  ended: boolean,
): Promise<{ readonly value: E } | null> {
  try {
    const next = await events.next();
    return next.done ? null : { value: next.value };
  } catch (error) {
    const failure = parts.failed(error);
    if (ended && (failure.kind === 'network' || failure.kind === 'timeout')) return null;
    throw failure;
  }
}

function letEnd(clock: Clock, events: AsyncIterator<unknown>, stop: AbortController): void {
  const cancel = clock.after(lingerMs, () => stop.abort());
  const rest = async () => {
    while (!(await events.next()).done);
  };
  // The reply is here whole: what happens to the connection now changes nothing.
  rest().then(cancel, cancel);
}

/** Some servers answer a request for a stream with the whole response. */
export const isJson = (response: Response): boolean =>
  /^application\/(\S+\+)?json/i.test(response.headers.get('content-type') ?? '');
