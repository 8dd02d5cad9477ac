import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ModelRequest } from '../../src/providers/port.ts';
import { type Answer, type Asked, type Billed, billOf, type Reply, researcher } from './openai-answer.ts';

/** How a provider speaks: what a stand-in of it takes and sends. */
export interface Wire<Body> {
  readonly models: readonly string[];
  keyOf(headers: IncomingHttpHeaders): string;
  /** What a request is about; null: the server knows no such address. */
  route(method: string, url: URL): 'models' | 'call' | null;
  listOf(models: readonly string[]): unknown;
  /** As strictly as the real one. */
  readBody(value: unknown, url: URL): { body: Body } | { problem: WireError };
  neutral(body: Body): ModelRequest;
  whole(n: number, body: Body, reply: Reply, billed: Billed | null): unknown;
  /** The events of the stream as they are sent, in order. */
  events(n: number, body: Body, reply: Reply, billed: Billed | null): string[];
  error(status: number, error: WireError): unknown;
  readonly wrongKey: { readonly status: number; readonly error: (key: string) => WireError };
}

export interface WireError {
  readonly code?: string;
  readonly type?: string;
  readonly message?: string;
  readonly param?: string | null;
}

export interface RecordedCall<Body = unknown> {
  /** Counted from 1. */
  readonly n: number;
  readonly key: string;
  readonly body: Body;
  readonly answer: Answer;
  /** What the call cost; null when it was refused. */
  readonly billed: Billed | null;
  /** How the client got it; `open` while it is being answered. */
  readonly ended: 'open' | 'whole' | 'cut' | 'client-gone' | 'refused';
}

export interface ServerOptions<Body> {
  /** Answers in order; a call beyond them is a mistake, and so is an answer that nobody asked for. */
  readonly script?: readonly Answer[];
  /** Instead of the researcher. */
  readonly answer?: (asked: Asked<Body>) => Answer | Promise<Answer>;
  readonly keys: readonly string[];
  readonly models?: readonly string[];
  /** Told as it happens, before the client hears of it. */
  readonly on?: (event: 'arrived' | 'billed', call: RecordedCall<Body>) => void;
}

export interface ProviderServer<Body = unknown> {
  readonly origin: string;
  readonly calls: readonly RecordedCall<Body>[];
  /** Requests that the real server would have refused, and answers that the script lacks. */
  readonly mistakes: readonly string[];
  /** The sum of all calls that were billed. */
  billed(): Billed & { readonly calls: number };
  accept(key: string): void;
  revoke(key: string): void;
  /** Throws when the script has answers left. */
  close(): Promise<void>;
}

type Recording<Body> = { -readonly [K in keyof RecordedCall<Body>]: RecordedCall<Body>[K] };

/** A provider on a free loopback port: strict in what it takes, told what to answer. */
export async function startProvider<Body>(
  wire: Wire<Body>,
  options: ServerOptions<Body>,
): Promise<ProviderServer<Body>> {
  const keys = new Set(options.keys);
  const models = options.models ?? wire.models;
  const left = [...(options.script ?? [])];
  const calls: Recording<Body>[] = [];
  const mistakes: string[] = [];

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      mistakes.push(String(error));
      if (!response.headersSent) refuse(response, 500, { code: 'server_error', message: String(error) });
      else response.destroy();
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '' } = request;
    const url = new URL(target, 'http://localhost');
    const key = wire.keyOf(request.headers);
    const about = wire.route(method, url);
    if (about === null) {
      refuse(response, 404, { code: 'not_found', message: `Invalid URL (${method} ${url.pathname}).` });
    } else if (!keys.has(key)) {
      refuse(response, wire.wrongKey.status, wire.wrongKey.error(key));
    } else if (about === 'models') sendJson(response, 200, wire.listOf(models));
    else await respond(key, await text(request), url, response);
  }

  const refuse = (
    response: ServerResponse,
    status: number,
    error: WireError,
    headers: Readonly<Record<string, string>> = {},
  ) => sendJson(response, status, wire.error(status, error), headers);

  async function respond(key: string, sent: string, url: URL, response: ServerResponse): Promise<void> {
    const read = wire.readBody(JSON.parse(sent), url);
    if ('problem' in read) {
      mistakes.push(read.problem.message ?? '');
      refuse(response, 400, read.problem);
      return;
    }
    const { body } = read;
    const n = calls.length + 1;
    const call: Recording<Body> = { n, key, body, answer: {}, billed: null, ended: 'open' };
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
    } else await send(wire, response, call, call.answer, call.billed);
  }

  async function answerTo(call: RecordedCall<Body>): Promise<Answer> {
    if (options.script !== undefined) {
      const next = left.shift();
      if (next !== undefined) return next;
      throw new Error(`call ${call.n} is not in the script`);
    }
    const answering = options.answer ?? ((asked: Asked<Body>) => researcher(asked));
    return await answering({ n: call.n, key: call.key, body: call.body, request: wire.neutral(call.body) });
  }

  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
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

async function send<Body>(
  wire: Wire<Body>,
  response: ServerResponse,
  call: Recording<Body>,
  reply: Reply,
  billed: Billed,
): Promise<void> {
  const told = reply.usage === null ? null : billed;
  if (reply.plain) {
    call.ended = 'whole';
    sendJson(response, 200, wire.whole(call.n, call.body, reply, told));
    return;
  }
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'x-request-id': `req_${call.n}`,
  });
  const events = wire.events(call.n, call.body, reply, told);
  const until = reply.cutAfter ?? reply.hangAfter ?? events.length;
  response.write(events.slice(0, until).join(''));
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

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
