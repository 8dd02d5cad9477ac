import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  type Answer,
  type Answering,
  type Billed,
  billOf,
  neutralRequest,
  type Reply,
  researcher,
} from './openai-answer.ts';
import { readBody, type WireBody } from './openai-body.ts';
import { eventsOf, sse, wholeResponse } from './openai-wire.ts';

/** Accepted where a test names no other; the key that `house.ts` adds. */
export const testKey = 'test-key-of-openai-0123456789abcdef';

export interface RecordedCall {
  /** Counted from 1. */
  readonly n: number;
  readonly key: string;
  readonly body: WireBody;
  readonly answer: Answer;
  /** What the call cost; null when it was refused. */
  readonly billed: Billed | null;
  /** How the client got it; `open` while it is being answered. */
  readonly ended: 'open' | 'whole' | 'cut' | 'client-gone' | 'refused';
}

export interface OpenAIOptions {
  /** Answers in order; a call beyond them is a mistake, and so is an answer that nobody asked for. */
  readonly script?: readonly Answer[];
  /** Instead of the researcher. */
  readonly answer?: Answering;
  readonly keys?: readonly string[];
  readonly models?: readonly string[];
  /** Told as it happens, before the client hears of it. */
  readonly on?: (event: 'arrived' | 'billed', call: RecordedCall) => void;
}

export interface OpenAIServer {
  /** Ends with /v1. */
  readonly baseUrl: string;
  readonly calls: readonly RecordedCall[];
  /** Requests that the real server would have refused, and answers that the script lacks. */
  readonly mistakes: readonly string[];
  /** The sum of all calls that were billed. */
  billed(): Billed & { readonly calls: number };
  accept(key: string): void;
  revoke(key: string): void;
  /** Throws when the script has answers left. */
  close(): Promise<void>;
}

type Recording = { -readonly [K in keyof RecordedCall]: RecordedCall[K] };

/** OpenAI's Responses API and its list of models, on a free loopback port: strict in what it takes, told what to answer. */
export async function startOpenAI(options: OpenAIOptions = {}): Promise<OpenAIServer> {
  const keys = new Set(options.keys ?? [testKey]);
  const models = options.models ?? ['gpt-6-sol', 'gpt-6-luna'];
  const left = [...(options.script ?? [])];
  const calls: Recording[] = [];
  const mistakes: string[] = [];

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      mistakes.push(String(error));
      if (!response.headersSent) refuse(response, 500, { code: 'server_error', message: String(error) });
      else response.destroy();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, key = ''] = /^Bearer (.+)$/.exec(request.headers.authorization ?? '') ?? [];
    if (!keys.has(key)) {
      const message = `Incorrect API key provided: ${key.slice(0, 8)}********${key.slice(-4)}.`;
      refuse(response, 401, { code: 'invalid_api_key', message });
    } else if (request.method === 'GET' && request.url === '/v1/models') {
      sendJson(response, 200, { object: 'list', data: models.map((id) => ({ id, object: 'model' })) });
    } else if (request.method === 'POST' && request.url === '/v1/responses') {
      await respond(key, await text(request), response);
    } else {
      refuse(response, 404, {
        code: 'not_found',
        message: `Invalid URL (${request.method} ${request.url}).`,
      });
    }
  }

  async function respond(key: string, sent: string, response: ServerResponse): Promise<void> {
    const read = readBody(JSON.parse(sent));
    if ('problem' in read) {
      mistakes.push(read.problem.message);
      refuse(response, 400, { type: 'invalid_request_error', ...read.problem });
      return;
    }
    const { body } = read;
    const n = calls.length + 1;
    const call: Recording = { n, key, body, answer: {}, billed: null, ended: 'open' };
    calls.push(call);
    response.on('close', () => {
      if (call.ended === 'open') call.ended = 'client-gone';
    });
    options.on?.('arrived', call);
    call.answer = await answerTo(call);
    if ('status' in call.answer) {
      call.ended = 'refused';
      const { status, headers = {}, ...error } = call.answer;
      refuse(response, status, error, headers);
      return;
    }
    call.billed = billOf(body, 'body' in call.answer ? {} : call.answer);
    options.on?.('billed', call);
    if (response.destroyed) return;
    if ('body' in call.answer) {
      call.ended = 'whole';
      response.writeHead(200, { 'content-type': call.answer.contentType }).end(call.answer.body);
    } else await send(response, call, call.answer, call.billed);
  }

  async function answerTo(call: RecordedCall): Promise<Answer> {
    if (options.script !== undefined) {
      const next = left.shift();
      if (next !== undefined) return next;
      throw new Error(`call ${call.n} is not in the script`);
    }
    const answering = options.answer ?? researcher;
    return await answering({ n: call.n, key: call.key, body: call.body, request: neutralRequest(call.body) });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    calls,
    mistakes,
    billed: () => sumOf(calls),
    accept: (key) => void keys.add(key),
    revoke: (key) => void keys.delete(key),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      if (left.length > 0) throw new Error(`${left.length} answers of the script were not asked for`);
    },
  };
}

async function send(response: ServerResponse, call: Recording, reply: Reply, billed: Billed): Promise<void> {
  const told = reply.usage === null ? null : billed;
  if (reply.plain) {
    call.ended = 'whole';
    sendJson(response, 200, wholeResponse(call.n, call.body, reply, told));
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-request-id': `req_${call.n}`,
  });
  const events = eventsOf(call.n, call.body, reply, told);
  const until = reply.cutAfter ?? reply.hangAfter ?? events.length;
  response.write(events.slice(0, until).map(sse).join(''));
  if (reply.hangAfter !== undefined) await once(response, 'close');
  else if (reply.cutAfter !== undefined) {
    call.ended = 'cut';
    // What was written arrives before the connection is gone.
    response.socket?.destroySoon();
  } else {
    call.ended = 'whole';
    response.end();
  }
}

function sumOf(calls: readonly RecordedCall[]): Billed & { calls: number } {
  const bills = calls.flatMap((call) => (call.billed === null ? [] : [call.billed]));
  const sum = (of: (billed: Billed) => number) => bills.reduce((total, billed) => total + of(billed), 0);
  return {
    calls: bills.length,
    input: sum((b) => b.input),
    output: sum((b) => b.output),
    cached: sum((b) => b.cached),
    cacheWrite: sum((b) => b.cacheWrite),
    reasoning: sum((b) => b.reasoning),
  };
}

function refuse(
  response: ServerResponse,
  status: number,
  error: { code?: string; type?: string; message?: string; param?: string | null },
  headers: Readonly<Record<string, string>> = {},
): void {
  const said = {
    code: null,
    type: 'invalid_request_error',
    message: `Status ${status}.`,
    param: null,
    ...error,
  };
  sendJson(response, status, { error: said }, headers);
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
