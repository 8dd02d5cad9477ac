import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface WebServer {
  readonly origin: string;
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly port: number;
  /** The paths that were asked for, in order. */
  readonly requests: readonly string[];
  [Symbol.asyncDispose](): Promise<void>;
}

type Answer = (path: string, response: ServerResponse, request: IncomingMessage) => unknown;

const noRobots: Answer = (_path, response) => response.writeHead(404).end();

/** A real HTTP server on a free loopback port. `answer` is asked for everything but robots.txt, which is 404 by default. */
export async function startWebServer(answer: Answer, robots: Answer = noRobots): Promise<WebServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '/';
    requests.push(path);
    (path === '/robots.txt' ? robots : answer)(path, response, request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    origin: `http://127.0.0.1:${port}`,
    host: `127.0.0.1:${port}`,
    port,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
