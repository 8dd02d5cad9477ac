import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '../../../src/clock.ts';
import { ackWithinMs, againAfterMs, type Delivery } from './delivery.ts';
import { createPerson, type SlackPerson } from './people.ts';
import { createPlatform, type SlackPlatform } from './platform.ts';
import { createRates } from './rates.ts';
import { botUser, type FakeUser, team } from './state.ts';

/** The same stand-in behind a real port: Web API over HTTP, Socket Mode over a WebSocket. */
export interface SlackServer {
  readonly platform: SlackPlatform;
  /** What `SLACK_API_URL` is set to. */
  readonly apiUrl: string;
  readonly deliveries: readonly Delivery[];
  readonly isConnected: boolean;
  /** How often an app has connected. */
  readonly connections: number;
  person(name: string, more?: Partial<FakeUser>): SlackPerson;
  send(kind: Delivery['kind'], body: Delivery['body']): Promise<Delivery>;
  /** Resolves when an app is connected. */
  connected(): Promise<void>;
  /** The socket is gone, without a word; with `answers` so are those of calls that were carried out and are not answered yet. */
  drop(more?: { readonly answers: boolean }): void;
  /** The socket is gone and none is given any more, until what is returned is called. */
  goesAway(): () => void;
  /** Slack asks the app to connect anew. */
  refresh(): void;
  /** Resolves when this holds; looked at after everything that happens here. */
  until(holds: () => boolean): Promise<void>;
  /** Called after each call of the Web API was carried out, before it is answered. */
  onCall: (method: string) => void;
  end(): Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

interface Waiting {
  readonly kind: Delivery['kind'];
  readonly body: Delivery['body'];
  readonly delivery: Delivery;
  readonly began: number;
  readonly answered: PromiseWithResolvers<void>;
}

export async function startSlack(): Promise<SlackServer> {
  const clock = systemClock();
  const platform = createPlatform(clock);
  const { state } = platform;
  const deliveries: Delivery[] = [];
  const waiting = new Map<string, Waiting>();
  const watchers = new Set<() => void>();
  /** Timers to take back at the end. */
  const ends = new Set<() => void>();
  let socket: WebSocket | null = null;
  let connections = 0;
  let away = false;
  const knocks = createRates(clock);

  const changed = () => {
    for (const look of [...watchers]) look();
  };
  const until = (holds: () => boolean) =>
    new Promise<void>((resolve) => {
      const look = () => {
        if (!holds()) return;
        watchers.delete(look);
        resolve();
      };
      watchers.add(look);
      look();
    });

  const http = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const path = request.url ?? '/';
    const headers = new Headers(Object.entries(request.headers).map(([n, v]) => [n, String(v)]));
    const reply = async (): Promise<Response> => {
      if (away && path === '/api/apps.connections.open') throw new Error('nobody answers');
      if (path === '/api/apps.connections.open') {
        if (headers.get('authorization') !== `Bearer ${state.appToken}`)
          return Response.json({ ok: false, error: 'invalid_auth' });
        const wait = knocks('apps.connections.open', 3, '');
        if (wait !== null)
          return Response.json(
            { ok: false, error: 'ratelimited' },
            { status: 429, headers: { 'retry-after': String(wait) } },
          );
        return Response.json({
          ok: true,
          url: `${origin.replace('http', 'ws')}/link?ticket=${state.nextId('t')}`,
        });
      }
      const isForm = headers.get('content-type')?.startsWith('multipart/') === true;
      return await platform.fetch(`${origin}${path}`, {
        method: 'POST',
        headers,
        body: isForm ? await new Response(new Uint8Array(body), { headers }).formData() : body.toString(),
      });
    };
    const answer = await reply().catch(() => null);
    server.onCall(path.replace('/api/', ''));
    changed();
    if (answer === null) return void request.socket.destroy();
    response.writeHead(answer.status, Object.fromEntries(answer.headers));
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  state.hooks = origin;
  state.uploads = origin;

  const sockets = new WebSocketServer({ server: http, path: '/link' });
  sockets.on('connection', (link) => {
    socket = link;
    connections += 1;
    link.send(JSON.stringify({ type: 'hello', num_connections: 1, connection_info: { app_id: 'A1' } }));
    // Events without an acknowledgement come again; what a person did is lost with its socket.
    for (const [id, one] of waiting) if (one.kind === 'event') put(link, id, one, 1);
    link.on('message', (data) => {
      const { envelope_id: id = '', payload } = JSON.parse(String(data)) as {
        envelope_id?: string;
        payload?: unknown;
      };
      const one = waiting.get(id);
      if (one === undefined) return;
      waiting.delete(id);
      one.delivery.ackedAfter = performance.now() - one.began;
      one.delivery.answer = payload;
      one.answered.resolve();
      changed();
    });
    link.on('close', () => {
      if (socket === link) socket = null;
      changed();
      for (const [id, one] of waiting) {
        if (one.kind === 'event') continue;
        waiting.delete(id);
        one.answered.resolve();
      }
    });
    changed();
  });

  const put = (link: WebSocket, id: string, { kind, body }: Waiting, retry: number) =>
    link.send(
      JSON.stringify({
        envelope_id: id,
        type: { event: 'events_api', command: 'slash_commands', interaction: 'interactive' }[kind],
        accepts_response_payload: kind !== 'event',
        payload: body,
        ...(retry === 0 ? {} : { retry_attempt: retry, retry_reason: 'timeout' }),
      }),
    );

  /** What was not acknowledged in time comes again. */
  function redeliver(id: string, one: Waiting, tries: number): void {
    const [wait] = againAfterMs.slice(tries - 1);
    if (wait === undefined) return void waiting.delete(id);
    const cancel = clock.after(ackWithinMs + wait, () => {
      if (!waiting.has(id)) return;
      if (socket !== null) put(socket, id, one, tries);
      redeliver(id, one, tries + 1);
    });
    ends.add(cancel);
    void one.answered.promise.then(() => {
      cancel();
      ends.delete(cancel);
    });
  }

  async function send(kind: Delivery['kind'], body: Delivery['body']): Promise<Delivery> {
    const delivery: Delivery = { kind, body, ackedAfter: null, answer: undefined };
    deliveries.push(delivery);
    if (socket === null && kind !== 'event') return delivery;
    const answered = Promise.withResolvers<void>();
    const id = state.nextId('env-');
    const one: Waiting = { kind, body, delivery, began: performance.now(), answered };
    waiting.set(id, one);
    if (socket !== null) put(socket, id, one, 0);
    if (kind === 'event') {
      redeliver(id, one, 1);
      return delivery;
    }
    const cancel = clock.after(ackWithinMs, () => {
      waiting.delete(id);
      answered.resolve();
    });
    await answered.promise;
    cancel();
    return delivery;
  }

  const server: SlackServer = {
    platform,
    apiUrl: `${origin}/api/`,
    deliveries,
    get isConnected() {
      return socket !== null;
    },
    get connections() {
      return connections;
    },
    send,
    person(name, more = {}) {
      const user: FakeUser = { id: `U${name.toUpperCase()}`, name, team, standing: 'member', ...more };
      state.users.set(user.id, user);
      state.channels.get('C1')?.members.add(user.id);
      return createPerson({ platform, send }, user);
    },
    connected: () => until(() => socket !== null),
    drop({ answers } = { answers: false }) {
      socket?.terminate();
      if (answers) http.closeAllConnections();
    },
    goesAway() {
      away = true;
      socket?.terminate();
      return () => {
        away = false;
      };
    },
    refresh: () => socket?.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' })),
    until,
    onCall: () => {},
    async end() {
      for (const cancel of ends) cancel();
      for (const link of sockets.clients) link.terminate();
      sockets.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  state.channels.set('C1', { id: 'C1', name: 'sales', members: new Set([botUser]), archived: false });
  return server;
}
