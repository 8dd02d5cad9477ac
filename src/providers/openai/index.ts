import { APIError, type OpenAI } from 'openai';
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
import { providerWords, textsOf } from '../words.ts';
import { callChat } from './chat.ts';
import { openClient } from './client.ts';
import { failureRows, statedBy } from './failures.ts';
import { callResponses } from './responses.ts';

export interface OpenAIOptions {
  readonly clock: Clock;
  readonly fetch?: typeof globalThis.fetch;
  /** `compatible`: a server of somebody else, whose models have prices of their own. */
  readonly name?: 'openai' | 'compatible';
}

type Dialect = 'responses' | 'chat';

/** The name of whatever model a server has first. */
const auto = 'auto';
/** Models that do not write. */
const answersNothing = /embed|rerank|whisper|\btts\b/i;

/** The Responses API, and Chat Completions for servers of others that lack it. */
export function createOpenAI(options: OpenAIOptions): Provider {
  const { clock, fetch = globalThis.fetch, name = 'openai' } = options;
  /** What a server of somebody else took last; one row an address that a key names. */
  const taken = new Map<string, Dialect>();
  /** The first model that it lists, until a call of it fails; likewise. */
  const listed = new Map<string, string>();

  function dialects({ baseUrl }: OpenKey): readonly Dialect[] {
    if (baseUrl === null) return ['responses'];
    const first = taken.get(baseUrl) ?? (name === 'compatible' ? 'chat' : 'responses');
    return [first, first === 'chat' ? 'responses' : 'chat'];
  }

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
        if (init?.method === 'POST') sent = true;
        return fetch(input, init);
      });
      const model = request.model === auto ? await firstModel(client, key, signal) : request.model;
      const [first, second] = dialects(key);
      for (const dialect of [first, second]) {
        const call = dialect === 'chat' ? callChat : callResponses;
        try {
          yield* call(client, {
            clock,
            provider: name,
            request,
            model,
            signal: AbortSignal.any([signal, stop.signal]),
            stop,
            answered: () => void (key.baseUrl !== null && dialect && taken.set(key.baseUrl, dialect)),
            stated: (body) => statedFailure(failures, failureRows, statedBy(null, body), null),
            failed,
          });
          return;
        } catch (error) {
          // A server that does not know the address of a call has done nothing for it.
          if (dialect !== first || second === undefined || !isUnknownAddress(error)) throw error;
        }
      }
    } catch (error) {
      // The server may run another model by now.
      if (request.model === auto) listed.delete(key.baseUrl ?? '');
      // The SDK ends an aborted stream quietly, which looks like one that was cut.
      if (signal.aborted) throw abortedFailure(sent);
      throw error instanceof ProviderFailure ? error : failed(error);
    }
  }

  /** A server that lists none runs one, whatever it is called. */
  async function firstModel(client: OpenAI, key: OpenKey, signal: AbortSignal): Promise<string> {
    const known = listed.get(key.baseUrl ?? '');
    if (known !== undefined) return known;
    try {
      const response = await client.models.list({ signal }).asResponse();
      const models = modelsIn(JSON.parse(await response.text()) as Json);
      const model = models.find((name) => !answersNothing.test(name)) ?? 'default';
      listed.set(key.baseUrl ?? '', model);
      return model;
    } catch (error) {
      if (error instanceof SyntaxError || isUnknownAddress(error)) return 'default';
      throw error;
    }
  }

  async function verify(key: OpenKey, signal: AbortSignal): Promise<KeyHealth> {
    try {
      const client = openClient(key, fetch);
      const response = await client.models.list({ signal }).asResponse();
      return { state: 'healthy', models: modelsIn(JSON.parse(await response.text()) as Json) };
    } catch (error) {
      return healthAfter(error, key);
    }
  }

  return { name, searches: name === 'openai', stream, verify };
}

function isUnknownAddress(error: unknown): boolean {
  if (!(error instanceof APIError) || error.status === undefined) return false;
  const { code, message } = statedBy(error.status, error.error);
  return [404, 405, 501].includes(error.status) && !/model/i.test(`${code} ${message}`);
}

function failureOf(parts: FailureParts, error: unknown, sent: boolean): ProviderFailure {
  if (error instanceof APIError && error.status !== undefined) {
    const stated = statedBy(error.status, error.error);
    return statedFailure(parts, failureRows, stated, error.headers ?? null);
  }
  return error instanceof SyntaxError ? unreadableFailure() : brokenFailure(error, sent);
}

/** A restricted key may answer questions and not list models; then nothing is known of it. */
const lacksScope = /missing scopes?|insufficient permissions/i;

function healthAfter(error: unknown, key: OpenKey): KeyHealth {
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
