import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { CrewsmithError } from '../../errors.ts';
import { createPageApp } from './app.ts';
import type { PageParts } from './parts.ts';

export interface Page {
  /** Of the page itself, as the person at this machine opens it: `http://127.0.0.1:3000`. */
  readonly address: string;
  close(): Promise<void>;
}

const portsTried = 50;

/** Serves the page. `port` null: the first one, or the next that is free. Throws `page.port-taken`. */
export async function servePage(
  parts: Omit<PageParts, 'ending'>,
  at: { readonly host: string; readonly port: number | null },
  firstPort = 3000,
): Promise<Page> {
  const ending = new AbortController();
  const app = createPageApp({ ...parts, ending: ending.signal });
  const server = createAdaptorServer({ fetch: app.fetch });

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

  return {
    address: `http://${hostFor(at.host)}:${port}`,
    async close() {
      ending.abort();
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      if ('closeIdleConnections' in server) server.closeIdleConnections();
      if ('closeAllConnections' in server) server.closeAllConnections();
      await promise;
    },
  };
}

/** What listens everywhere is opened at this machine itself. */
function hostFor(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
