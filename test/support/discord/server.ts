import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { WebSocketServer } from 'ws';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { createGatewayServer, type FakeGateway } from './gateway.ts';
import { createPerson, type DiscordPerson } from './people.ts';
import { createPlatform, type DiscordPlatform } from './platform.ts';
import { addChannel, application, type FakeUser, guild } from './state.ts';

/** The same stand-in behind a real port: REST over HTTP, the gateway over a WebSocket that `/gateway/bot` names. */
export interface DiscordServer {
  readonly platform: DiscordPlatform;
  readonly gateway: FakeGateway;
  /** What `DISCORD_API_URL` is set to. */
  readonly apiUrl: string;
  /** What the variables of a program are set to that works here, in the one server that there is. */
  readonly settings: Readonly<Record<string, string>>;
  person(name: string, more?: Partial<FakeUser>): DiscordPerson;
  /** Resolves when this holds; looked at after everything that happens here. */
  until(holds: () => boolean): Promise<void>;
  /** Called after each request was carried out, before it is answered. */
  onCall: () => void;
  end(): Promise<void>;
}

const sales = '600000000000000001';

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export async function startDiscord(
  options: { heartbeatMs?: number; clock?: Clock } = {},
): Promise<DiscordServer> {
  const platform = createPlatform(options.clock ?? systemClock());
  addChannel(platform.state, sales, 'sales');
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const look of [...watchers]) look();
  };
  let port = 0;
  const address = () => `ws://127.0.0.1:${port}/gateway`;
  const { heartbeatMs = 41_250 } = options;
  const gateway = createGatewayServer({ state: platform.state, address, heartbeatMs, changed });

  const http = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const url = `http://127.0.0.1:${port}${request.url ?? '/'}`;
    try {
      const headers = Object.entries(request.headers).map(([n, value]): [string, string] => [
        n,
        String(value),
      ]);
      const method = request.method ?? 'GET';
      const found = url.startsWith(`${platform.state.cdn}/attachments/`)
        ? await platform.fetch(url, { headers })
        : await platform.request(url, { method, headers, body: await sentAs(request, body) } as never);
      server.onCall();
      response.writeHead(found.status, Object.fromEntries(found.headers.entries()));
      response.end(Buffer.from(await found.arrayBuffer()));
    } catch {
      request.socket.destroy();
    }
    changed();
  });
  const sockets = new WebSocketServer({ server: http });
  sockets.on('connection', (socket) => gateway.connect(socket));
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  port = (http.address() as { port: number }).port;
  platform.state.gatewayUrl = address();
  platform.state.cdn = `http://127.0.0.1:${port}`;
  let made = 0;

  const server: DiscordServer = {
    onCall: () => {},
    platform,
    gateway,
    apiUrl: `http://127.0.0.1:${port}/api`,
    settings: {
      DISCORD_TOKEN: platform.state.token,
      DISCORD_APPLICATION_ID: application,
      DISCORD_GUILD_ID: guild,
      DISCORD_API_URL: `http://127.0.0.1:${port}/api`,
    },
    person(name, more = {}) {
      const user: FakeUser = { id: `50000000000000000${++made}`, name, bot: false, roles: [], ...more };
      platform.state.users.set(user.id, user);
      platform.state.members.add(user.id);
      const deliver = async (event: string, data: object) => gateway.dispatch(event, data);
      return createPerson({ platform, deliver }, user);
    },
    until: (holds) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!holds()) return;
          watchers.delete(look);
          resolve();
        };
        watchers.add(look);
        look();
      }),
    async end() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
      http.closeAllConnections();
      http.close();
      await once(http, 'close');
    },
  };
  return server;
}

/** JSON as text, a form as one. */
async function sentAs(request: IncomingMessage, body: Buffer): Promise<string | FormData | null> {
  const type = request.headers['content-type'] ?? '';
  if (body.length === 0) return null;
  if (!type.startsWith('multipart/')) return body.toString();
  return await new Response(new Uint8Array(body), { headers: { 'content-type': type } }).formData();
}
