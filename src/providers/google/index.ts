import { ApiError, type GenerateContentResponse } from '@google/genai';
import type { Clock } from '../../clock.ts';
import { isList, isObject, type Json } from '../../core/json.ts';
import {
  abortedFailure,
  brokenFailure,
  type FailureParts,
  rowOf,
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
import { askedMs, bodyIn, failureRows, statedBy } from './failures.ts';
import { type Chunk, contentReader } from './reply.ts';
import { paramsOf } from './request.ts';

export interface GoogleOptions {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
}

/** What the SDK's errors leave out. */
interface Sight {
  sent: boolean;
  headers: Headers | null;
  /** The server took the call: an error from then on is one within the reply. */
  taken: boolean;
}

/** The Gemini API's generateContent. */
export function createGoogle({ clock, fetch = globalThis.fetch }: GoogleOptions): Provider {
  async function* stream(
    request: ModelRequest,
    key: OpenKey,
    signal: AbortSignal,
  ): AsyncGenerator<ModelEvent> {
    const failures: FailureParts = { clock, secret: key.secret, sent: () => textsOf(request) };
    const stop = new AbortController();
    const sight: Sight = { sent: false, headers: null, taken: false };
    const failed = (error: unknown) => failureOf(failures, error, sight);
    try {
      if (signal.aborted) throw abortedFailure(false);
      const client = openClient(key, async (input, init) => {
        sight.sent = true;
        const response = await fetch(input, init);
        sight.headers = response.headers;
        sight.taken = response.ok;
        return response.ok && isJson(response) ? asStream(await response.text()) : response;
      });
      const chunks = await client.models.generateContentStream(
        paramsOf(request, AbortSignal.any([signal, stop.signal])),
      );
      yield* readStream({ clock, failed }, contentReader(request), read(chunks), stop);
    } catch (error) {
      if (signal.aborted) throw abortedFailure(sight.sent);
      throw error instanceof ProviderFailure ? error : failed(error);
    }
  }

  async function verify(key: OpenKey, signal: AbortSignal): Promise<KeyHealth> {
    const sight: Sight = { sent: false, headers: null, taken: false };
    try {
      const client = openClient(key, (input, init) => {
        sight.sent = true;
        return fetch(input, init);
      });
      const models = await client.models.list({ config: { abortSignal: signal, pageSize: 1000 } });
      const names = models.page.map((model) => model.name?.replace(/^models\//, '') ?? '');
      return { state: 'healthy', models: names.filter((name) => name !== '') };
    } catch (error) {
      return healthAfter(error, key, sight);
    }
  }

  return { name: 'google', searches: true, stream, verify };
}

/** Some servers answer a request for a stream with the whole response, or a list of its parts. */
function asStream(text: string): Response {
  const body = JSON.parse(text) as Json;
  const parts = isList(body) ? body : [body];
  const known = parts.every(
    (part) => isObject(part) && ('candidates' in part || 'promptFeedback' in part || 'error' in part),
  );
  if (!known) throw unreadableFailure();
  const events = parts.map((part) => `data: ${JSON.stringify(part)}\n\n`).join('');
  return new Response(events, { headers: { 'content-type': 'text/event-stream' } });
}

async function* read(chunks: AsyncIterable<GenerateContentResponse>): AsyncGenerator<Chunk> {
  for await (const { candidates, promptFeedback, usageMetadata } of chunks) {
    const plain = (value: unknown) =>
      value === undefined ? undefined : (JSON.parse(JSON.stringify(value)) as Json);
    const candidate = plain(candidates?.[0]);
    yield {
      candidate: isObject(candidate) ? candidate : null,
      blocked: promptFeedback?.blockReason ?? null,
      usage: plain(usageMetadata),
    };
  }
}

function failureOf(parts: FailureParts, error: unknown, sight: Sight): ProviderFailure {
  if (error instanceof ProviderFailure) return error;
  if (error instanceof ApiError) {
    const body = bodyIn(error.message);
    const stated = statedBy(sight.taken ? null : error.status, body);
    return statedFailure(parts, failureRows, stated, sight.headers, askedMs(body));
  }
  // The SDK wraps what it cannot read into errors of its own, with what it read in them.
  if (sight.taken && error instanceof Error && /JSON/.test(error.message)) return unreadableFailure();
  return brokenFailure(error, sight.sent);
}

function healthAfter(error: unknown, key: OpenKey, sight: Sight): KeyHealth {
  if (error instanceof SyntaxError)
    return { state: 'unknown', says: 'The server did not answer with its models.' };
  if (!(error instanceof ApiError)) {
    return { state: 'unknown', says: brokenFailure(error, sight.sent).message };
  }
  const { status } = error;
  const stated = statedBy(status, bodyIn(error.message));
  const words = providerWords(stated.message, key.secret, []);
  const isRefused = rowOf(failureRows, stated).kind === 'key-rejected';
  if (isRefused) return { state: 'failing', status, says: words ?? 'The provider refused the key.' };
  return { state: 'unknown', says: words ?? `The server answered with the status ${status}.` };
}
