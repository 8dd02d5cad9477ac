import { APIError } from '@anthropic-ai/sdk';
import { Stream } from '@anthropic-ai/sdk/core/streaming';
import type { Clock } from '../../clock.ts';
import { isList, isObject, type Json } from '../../core/json.ts';
import {
  abortedFailure,
  brokenFailure,
  type FailureParts,
  statedFailure,
  unreadableFailure,
} from '../failed.ts';
import {
  type KeyHealth,
  type ModelEvent,
  type ModelRequest,
  type OpenKey,
  type Provider,
  ProviderFailure,
} from '../port.ts';
import { isJson, readStream } from '../streamed.ts';
import { providerWords, textsOf } from '../words.ts';
import { openClient } from './client.ts';
import { failureRows, statedBy } from './failures.ts';
import { messageReader } from './reply.ts';
import { bodyOf } from './request.ts';

export interface AnthropicOptions {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

/** The Messages API. */
export function createAnthropic({ clock, fetch = globalThis.fetch }: AnthropicOptions): Provider {
  async function* stream(
    request: ModelRequest,
    key: OpenKey,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent> {
    const failures: FailureParts = { clock, secret: key.secret, sent: () => textsOf(request) };
    const stop = new AbortController();
    let sent = false;
    const failed = (error: unknown) => failureOf(failures, error, sent);
    try {
      const client = openClient(key, (input, init) => {
        sent = true;
        return fetch(input, init);
      });
      const response = await client.messages
        .create(bodyOf(request), { signal: AbortSignal.any([signal, stop.signal]) })
        .asResponse();
      const reader = messageReader({
        request,
        failed: (body) => statedFailure(failures, failureRows, statedBy(null, body), null),
      });
      if (isJson(response)) {
        const body = JSON.parse(await response.text()) as Json;
        if (isObject(body) && isObject(body.error)) {
          throw statedFailure(failures, failureRows, statedBy(null, body), null);
        }
        if (!isObject(body) || !isList(body.content)) throw unreadableFailure();
        yield* reader.whole(body);
        return;
      }
      const events = parsed(Stream.rawEvents(response, stop));
      yield* readStream({ clock, failed }, reader, events, stop);
    } catch (error) {
      // A stream that was aborted may look like one that was cut.
      if (signal.aborted) throw abortedFailure(sent);
      throw error instanceof ProviderFailure ? error : failed(error);
    }
  }

  async function verify(key: OpenKey, signal: AbortSignal): Promise<KeyHealth> {
    try {
      const client = openClient(key, fetch);
      const response = await client.models.list({ limit: 1000 }, { signal }).asResponse();
      return { state: 'healthy', models: modelsIn(JSON.parse(await response.text()) as Json) };
    } catch (error) {
      return healthAfter(error, key);
    }
  }

  return { name: 'anthropic', searches: true, stream, verify };
}

/** The data of server-sent events; those of a proxy may lack the event's name. */
async function* parsed(events: AsyncIterable<{ data: string }>): AsyncGenerator<Json> {
  for await (const { data } of events) if (data !== '') yield JSON.parse(data) as Json;
}

function failureOf(parts: FailureParts, error: unknown, sent: boolean): ProviderFailure {
  if (error instanceof APIError && error.status !== undefined) {
    const stated = statedBy(error.status, error.error);
    return statedFailure(parts, failureRows, stated, error.headers ?? null);
  }
  return error instanceof SyntaxError ? unreadableFailure() : brokenFailure(error, sent);
}

function healthAfter(error: unknown, key: OpenKey): KeyHealth {
  if (error instanceof SyntaxError)
    return { state: 'unknown', says: 'The server did not answer with its models.' };
  if (!(error instanceof APIError) || error.status === undefined) {
    return { state: 'unknown', says: brokenFailure(error, true).message };
  }
  const { status } = error;
  const words = providerWords(statedBy(status, error.error).message, key.secret, []);
  if (status === 401 || status === 403) {
    return { state: 'failing', status, says: words ?? 'The provider refused the key.' };
  }
  return { state: 'unknown', says: words ?? `The server answered with the status ${status}.` };
}

const modelsIn = (body: Json): string[] =>
  isObject(body) && isList(body.data)
    ? body.data.flatMap((model) => (isObject(model) && typeof model.id === 'string' ? [model.id] : []))
    : [];
