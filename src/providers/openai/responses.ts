import type { OpenAI } from 'openai';
import { Stream } from 'openai/core/streaming';
import { isList, isObject, type Json } from '../../core/json.ts';
import { unreadableFailure } from '../failed.ts';
import type { ModelEvent } from '../port.ts';
import { isJson, readStream } from '../streamed.ts';
import { newReading, type ReplyParts, readEvent, readResponse } from './reply.ts';
import { bodyOf } from './request.ts';
import type { Speaking } from './speaking.ts';

/** One call of the Responses API. */
export async function* callResponses(client: OpenAI, speaking: Speaking): AsyncGenerator<ModelEvent> {
  const { request, provider, model, signal, stop } = speaking;
  const parts: ReplyParts = { provider, request, failed: speaking.stated };
  const body = { ...bodyOf(request, provider), model };
  const response = await client.responses.create(body, { signal }).asResponse();
  speaking.answered();
  if (isJson(response)) {
    yield* wholeReply(parts, await response.text());
    return;
  }
  const events = Stream.fromSSEResponse<Json>(response, stop, client, undefined, 'events');
  const reading = newReading();
  const reader = {
    read: (event: Json) => readEvent(parts, reading, event),
    *close() {},
  };
  yield* readStream(speaking, reader, events[Symbol.asyncIterator](), stop);
}

function* wholeReply(parts: ReplyParts, text: string): Generator<ModelEvent> {
  const body = JSON.parse(text) as Json;
  if (!isObject(body)) throw unreadableFailure();
  if (isObject(body.error)) throw parts.failed(body);
  if (!isList(body.output)) throw unreadableFailure();
  yield* readResponse(parts, newReading(), body);
}
