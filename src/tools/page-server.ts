import { once } from 'node:events';

// An `import` of it would load Node's own fetch with it, which takes as long as a bare start.
const { createServer } = process.getBuiltinModule('node:http');

export interface ServedPage {
  readonly type: string;
  readonly body: string;
}

export interface PageServer {
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** `127.0.0.1:PORT`, as the address guard's allow-list takes it. */
  readonly host: string;
  close(): Promise<void>;
}

/** Serves a few fixed pages, by path, on a free port of the loopback address. `asked` hears each path that is asked for. */
export async function servePages(
  pages: Readonly<Record<string, ServedPage>>,
  asked: (path: string) => void,
): Promise<PageServer> {
  const server = createServer((request, response) => {
    const path = URL.parse(request.url ?? '/', 'http://site')?.pathname ?? '/';
    asked(path);
    const page = Object.hasOwn(pages, path) ? pages[path] : undefined;
    if (page === undefined) {
      response
        .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
        .end('There is no such page here.\n');
      return;
    }
    response.writeHead(200, { 'content-type': page.type }).end(page.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const host = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  return {
    origin: `http://${host}`,
    host,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
