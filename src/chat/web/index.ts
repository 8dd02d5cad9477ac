import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { CrewsmithError } from '../../errors.ts';
import { headers, isOurHost, type Reach, wrongName } from './guard.ts';
import type { PageParts } from './parts.ts';

export interface Page {
  /** Of the page itself, as the person at this machine opens it: `http://127.0.0.1:3000`. */
  readonly address: string;
  close(): Promise<void>;
}

const portsTried = 50;
const breathMs = 10;

// An `import` of it would load Node's own fetch with it, which takes as long as a bare start.
const { createServer } = process.getBuiltinModule('node:http');

type Answer = (request: IncomingMessage, response: ServerResponse) => unknown;

/**
 * Serves the page. It listens first and imports what makes pages after: until that is there requests wait, all but `/healthz`.
 * `port` null: the first one, or the next that is free. Throws `page.port-taken`.
 */
export async function servePage(
  parts: () => Promise<Omit<PageParts, 'ending'>>,
  at: { readonly host: string; readonly port: number | null; readonly reach: Reach },
  firstPort = 3000,
): Promise<Page> {
  const ending = new AbortController();
  const { promise: page, resolve: opened, reject: failed } = Promise.withResolvers<Answer>();
  page.catch(() => {});
  const server = createServer((request, response) => {
    if (isHealth(request)) return answerHealth(request, response, at.reach);
    page.then(
      (answer) => answer(request, response),
      () => response.destroy(),
    );
    return;
  });

  async function listen(port: number): Promise<boolean> {
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    const failed = (error: NodeJS.ErrnoException) => {
      server.off('listening', listening);
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(new CrewsmithError('page.port-taken', { port, host: at.host }, { cause: error }));
    };
    const listening = () => {
      server.off('error', failed);
      resolve(true);
    };
    server.once('error', failed);
    server.once('listening', listening);
    server.listen(port, at.host);
    return await promise;
  }

  const ports = at.port === null ? Array.from({ length: portsTried }, (_, i) => firstPort + i) : [at.port];
  let isListening = false;
  for (const port of ports) {
    isListening = await listen(port);
    if (isListening) break;
  }
  if (!isListening)
    throw new CrewsmithError('page.port-taken', { port: ports[0] ?? firstPort, host: at.host });
  const { port } = server.address() as AddressInfo;

  async function close() {
    ending.abort();
    const { promise, resolve } = Promise.withResolvers<void>();
    server.close(() => resolve());
    server.closeAllConnections();
    await promise;
  }

  try {
    // Whoever waits for the program to be up is answered first: importing leaves no turn to anybody.
    await pause(breathMs);
    const made = await parts();
    const { getRequestListener } = await import('@hono/node-server');
    const { createPageApp } = await import('./app.ts');
    opened(getRequestListener(createPageApp({ ...made, ending: ending.signal }).fetch));
  } catch (error) {
    failed(error);
    await close();
    throw error;
  }
  return { address: `http://${hostFor(at.host)}:${port}`, close };
}

const isHealth = ({ method, url }: IncomingMessage) =>
  (method === 'GET' || method === 'HEAD') && url?.split('?', 1)[0] === '/healthz';

/** Says that the program is up to whoever watches over it, by the same names as the page. */
function answerHealth(request: IncomingMessage, response: ServerResponse, reach: Reach): void {
  const isOurs = isOurHost(request.headers.host, reach);
  response.writeHead(isOurs ? 200 : 421, {
    ...headers,
    'content-type': isOurs ? 'application/json' : 'text/plain; charset=UTF-8',
  });
  response.end(isOurs ? '{"ok":true}' : wrongName);
}

/** What listens everywhere is opened at this machine itself. */
function hostFor(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
