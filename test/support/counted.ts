import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server on this machine that counts what clients send over it. */
export interface Counted {
  /** `host:port` of the way. */
  readonly host: string;
  /** Bytes so far, of all clients. */
  sent(): number;
  close(): Promise<void>;
}

export async function countTo(origin: string): Promise<Counted> {
  const { hostname, port } = new URL(origin);
  const sockets = new Set<Socket>();
  let bytes = 0;
  const server = createServer((client) => {
    const there = connect(Number(port), hostname);
    client.on('data', (data) => {
      bytes += data.length;
    });
    client.pipe(there).pipe(client);
    for (const socket of [client, there]) {
      sockets.add(socket);
      socket.on('error', () => {});
      // One that ends takes the other along, whoever hung up.
      socket.on('close', () => {
        client.destroy();
        there.destroy();
        sockets.delete(socket);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sent: () => bytes,
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
