import type { Answering } from './openai-answer.ts';
import { neutralRequest } from './openai-answer.ts';
import { readBody, type WireBody } from './openai-body.ts';
import { eventsOf, sse, wholeResponse } from './openai-wire.ts';
import {
  type ProviderServer,
  type RecordedCall as Recorded,
  type ServerOptions,
  startProvider,
  type Wire,
} from './provider-server.ts';

/** Accepted where a test names no other; the key that `house.ts` adds. */
export const testKey = 'test-key-of-openai-0123456789abcdef';

export type RecordedCall = Recorded<WireBody>;

export type OpenAIOptions = Omit<Partial<ServerOptions<WireBody>>, 'answer'> & {
  readonly answer?: Answering;
};

export interface OpenAIServer extends ProviderServer<WireBody> {
  /** Ends with /v1. */
  readonly baseUrl: string;
}

const responses: Wire<WireBody> = {
  models: ['gpt-6-sol', 'gpt-6-luna'],
  keyOf: ({ authorization = '' }) => /^Bearer (.+)$/.exec(authorization)?.[1] ?? '',
  route(method, { pathname }) {
    if (method === 'GET' && pathname === '/v1/models') return 'models';
    return method === 'POST' && pathname === '/v1/responses' ? 'call' : null;
  },
  listOf: (models) => ({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) }),
  readBody,
  neutral: neutralRequest,
  whole: wholeResponse,
  events: (...reply) => eventsOf(...reply).map(sse),
  error: (status, error) => ({
    error: {
      code: null,
      type: 'invalid_request_error',
      message: `Status ${status}.`,
      param: null,
      ...error,
    },
  }),
  wrongKey: {
    status: 401,
    error: (key) => ({
      code: 'invalid_api_key',
      message: `Incorrect API key provided: ${key.slice(0, 8)}********${key.slice(-4)}.`,
    }),
  },
};

/** OpenAI's Responses API and its list of models. */
export async function startOpenAI(options: OpenAIOptions = {}): Promise<OpenAIServer> {
  const server = await startProvider(responses, { keys: [testKey], ...options });
  return { ...server, baseUrl: `${server.origin}/v1` };
}
