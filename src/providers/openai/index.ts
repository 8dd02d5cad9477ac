import type { Clock } from '../../clock.ts';
import { isList, isObject, type Json } from '../../core/json.ts';
import {
  type KeyHealth,
  type ModelEvent,
  type ModelRequest,
  type OpenKey,
  type Provider,
  ProviderFailure,
} from '../port.ts';
import { providerWords, textsOf } from '../words.ts';
import { openClient } from './client.ts';
import {
  abortedFailure,
  brokenFailure,
  cutFailure,
  type FailureParts,
  statedBy,
  statedFailure,
  unreadableFailure,
} from './failures.ts';
import { newReading, type ReplyParts, readEvent, readResponse } from './reply.ts';
import { bodyOf } from './request.ts';

export interface OpenAIOptions {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  /** `compatible`: a server of somebody else that speaks the Responses API. */
  readonly name?: 'openai' | 'compatible';
}

/** A connection is given so long to end after its reply has, so that the next call can use it. */
const lingerMs = 2_000;

/** The Responses API. The SDK is imported with the first call. */
export function createOpenAI(options: OpenAIOptions): Provider {
  const { clock, fetch = globalThis.fetch, name = 'openai' } = options;

  async function* stream(
    request: ModelRequest,
    key: OpenKey,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent> {
    const failures: FailureParts = { clock, secret: key.secret, sent: () => textsOf(request) };
    const parts: ReplyParts = {
      provider: name,
      request,
      failed: (stated) => statedFailure(failures, stated, null),
    };
    const stop = new AbortController();
    let sent = false;
    try {
      const client = await openClient(key, (input, init) => {
        sent = true;
        return fetch(input, init);
      });
      const response = await client.responses
        .create(bodyOf(request, name), { signal: AbortSignal.any([signal, stop.signal]) })
        .asResponse();
      if (isJson(response)) {
        yield* wholeReply(parts, await response.text());
        return;
      }
      const { Stream } = await import('openai/core/streaming');
      const events = Stream.fromSSEResponse<Json>(response, stop, client, undefined, 'events');
      yield* streamedReply(parts, events[Symbol.asyncIterator](), stop);
    } catch (error) {
      // The SDK ends an aborted stream quietly, which looks like one that was cut.
      if (signal.aborted) throw abortedFailure(sent);
      throw error instanceof ProviderFailure ? error : await failureOf(failures, error, sent);
    }
  }

  async function* streamedReply(
    parts: ReplyParts,
    events: AsyncIterator<Json>,
    stop: AbortController,
  ): AsyncGenerator<ModelEvent> {
    const reading = newReading();
    let over = false;
    try {
      for (let next = await events.next(); !next.done; next = await events.next()) {
        over = (yield* readEvent(parts, reading, next.value)) === 'over';
        if (over) return;
      }
      throw cutFailure();
    } finally {
      if (over) letEnd(events, stop);
      else stop.abort();
    }
  }

  function letEnd(events: AsyncIterator<Json>, stop: AbortController): void {
    const cancel = clock.after(lingerMs, () => stop.abort());
    const rest = async () => {
      while (!(await events.next()).done);
    };
    // The reply is here whole: what happens to the connection now changes nothing.
    rest().then(cancel, cancel);
  }

  async function verify(key: OpenKey, signal: AbortSignal): Promise<KeyHealth> {
    try {
      const client = await openClient(key, fetch);
      const response = await client.models.list({ signal }).asResponse();
      return { state: 'healthy', models: modelsIn(JSON.parse(await response.text()) as Json) };
    } catch (error) {
      return await healthAfter(error, key);
    }
  }

  return { name, stream, verify };
}

const isJson = (response: Response) =>
  /^application\/(\S+\+)?json/i.test(response.headers.get('content-type') ?? '');

/** Some servers answer a request for a stream with the whole response. */
function* wholeReply(parts: ReplyParts, text: string): Generator<ModelEvent> {
  const body = JSON.parse(text) as Json;
  if (!isObject(body)) throw unreadableFailure();
  if (isObject(body.error)) throw parts.failed(statedBy(null, body));
  if (!isList(body.output)) throw unreadableFailure();
  yield* readResponse(parts, newReading(), body);
}

async function failureOf(parts: FailureParts, error: unknown, sent: boolean): Promise<ProviderFailure> {
  const { APIError } = await import('openai');
  if (error instanceof APIError && error.status !== undefined) {
    return statedFailure(parts, statedBy(error.status, error.error), error.headers ?? null);
  }
  return error instanceof SyntaxError ? unreadableFailure() : brokenFailure(error, sent);
}

/** A restricted key may answer questions and not list models; then nothing is known of it. */
const lacksScope = /missing scopes?|insufficient permissions/i;

async function healthAfter(error: unknown, key: OpenKey): Promise<KeyHealth> {
  const { APIError } = await import('openai');
  if (error instanceof SyntaxError)
    return { state: 'unknown', says: 'The server did not answer with its models.' };
  if (!(error instanceof APIError) || error.status === undefined) {
    return { state: 'unknown', says: brokenFailure(error, true).message };
  }
  const { status } = error;
  const { message } = statedBy(status, error.error);
  const words = providerWords(message, key.secret, []);
  if ((status === 401 || status === 403) && !lacksScope.test(message)) {
    return { state: 'failing', status, says: words ?? 'The provider refused the key.' };
  }
  return { state: 'unknown', says: words ?? `The server answered with the status ${status}.` };
}

const modelsIn = (body: Json): string[] =>
  isObject(body) && isList(body.data)
    ? body.data.flatMap((model) => (isObject(model) && typeof model.id === 'string' ? [model.id] : []))
    : [];
