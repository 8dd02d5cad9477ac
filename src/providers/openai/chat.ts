import type { OpenAI } from 'openai';
import { Stream } from 'openai/core/streaming';
import { isList, isObject, type Json } from '../../core/json.ts';
import { unreadableFailure } from '../failed.ts';
import { type ModelEvent, ProviderFailure } from '../port.ts';
import { isJson, readStream } from '../streamed.ts';
import { chatReader } from './chat-reply.ts';
import { chatBodyOf } from './chat-request.ts';
import type { ReplyParts } from './reply.ts';
import type { Speaking } from './speaking.ts';

/** One call of Chat Completions. */
export async function* callChat(client: OpenAI, speaking: Speaking): AsyncGenerator<ModelEvent> {
  const { request, provider, model, signal, stop } = speaking;
  if (request.search) {
    throw new ProviderFailure('bad-request', 'This server has no search of its own.', { money: 'none' });
  }
  const parts: ReplyParts = { provider, request, failed: speaking.stated };
  const body = { ...chatBodyOf(request, provider), model };
  const response = await client.chat.completions.create(body, { signal }).asResponse();
  speaking.answered();
  const reader = chatReader(parts);
  if (isJson(response)) {
    const whole = JSON.parse(await response.text()) as Json;
    if (!isObject(whole)) throw unreadableFailure();
    if (!isObject(whole.error) && !isList(whole.choices)) throw unreadableFailure();
    yield* reader.read(whole);
    yield* reader.close();
    return;
  }
  const events = Stream.fromSSEResponse<Json>(response, stop, client, undefined, 'events');
  yield* readStream(speaking, reader, events[Symbol.asyncIterator](), stop);
}
