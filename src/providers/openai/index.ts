import type OpenAI from 'openai';
import type { Response as ModelResponse, ResponseStreamEvent } from 'openai/resources/responses/responses';
import type { Clock } from '../../clock.ts';
import type { KeyHealth, OpenKey, Provider } from '../port.ts';
import { failureOf } from './failures.ts';
import { readStream, readWhole } from './reply.ts';
import { bodyOf } from './request.ts';

export interface OpenAIParts {
  readonly clock: Clock;
  /** Instead of the global one. */
  readonly fetch?: typeof globalThis.fetch;
}

/** The engine's own timer ends a call; the SDK's must not come before it. */
const sdkTimeoutMs = 24 * 3_600_000;

/** OpenAI's Responses API through its SDK, which is imported when the first call is made. */
export function createOpenAI(parts: OpenAIParts): Provider {
  async function client(key: OpenKey): Promise<OpenAI> {
    const { default: Client } = await import('openai');
    return new Client({
      apiKey: key.secret.reveal() || 'none',
      baseURL: key.baseUrl ?? 'https://api.openai.com/v1',
      organization: null,
      project: null,
      maxRetries: 0,
      timeout: sdkTimeoutMs,
      ...(parts.fetch ? { fetch: parts.fetch } : {}),
    });
  }

  return {
    name: 'openai',

    async *stream(request, key, signal) {
      try {
        const sdk = await client(key);
        const response = await sdk.responses.create(bodyOf(request), { signal }).asResponse();
        if (response.headers.get('content-type')?.includes('application/json')) {
          yield* readWhole((await response.json()) as ModelResponse, request);
          return;
        }
        const { Stream } = await import('openai/streaming');
        const controller = new AbortController();
        signal.addEventListener('abort', () => controller.abort(), { once: true });
        yield* readStream(Stream.fromSSEResponse<ResponseStreamEvent>(response, controller), request);
      } catch (error) {
        throw failureOf(error, key.secret.reveal(), signal, parts.clock);
      }
    },

    async verify(key, signal): Promise<KeyHealth> {
      try {
        const sdk = await client(key);
        const page = await sdk.models.list({ signal });
        return { state: 'healthy', models: (page.data ?? []).map((model) => model.id) };
      } catch (error) {
        const failure = failureOf(error, key.secret.reveal(), signal, parts.clock);
        if (failure.kind === 'key-rejected') return { state: 'failing', status: failure.status ?? 401, says: failure.message };
        return { state: 'unknown', says: failure.message };
      }
    },
  };
}
