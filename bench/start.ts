import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import packageJson from '../package.json' with { type: 'json' };

const repeats = 7;
const root = join(import.meta.dirname, '..');

export interface Start {
  readonly ratio: number;
  readonly startMs: number;
  readonly bareMs: number;
}

/** What `npm start` gives to node. */
const npmStart = packageJson.scripts.start.split(' ').slice(1);

/** A process that does nothing but open a database. */
const bare = `
import Database from 'better-sqlite3';
const db = new Database(process.argv[1]);
db.pragma('journal_mode = WAL');
db.exec('create table t (a integer)');
console.log('ready');
`;

/**
 * From nothing to the first answer of `/healthz`, with nothing configured and a new data folder, against bare Node with
 * better-sqlite3: whole processes in turn, medians.
 */
export async function start(): Promise<Start> {
  const ours: number[] = [];
  const others: number[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const folder = mkdtempSync(join(tmpdir(), 'crewsmith-start-'));
    try {
      const port = await freePort();
      const env = { CREWSMITH_HOME: join(folder, 'data'), PORT: String(port) };
      const ms = await until(npmStart, env, () => answersAt(port));
      const bareArgs = ['--input-type=module', '-e', bare, join(folder, 'bare.db')];
      const bareMs = await until(bareArgs, {}, (child) => says(child, 'ready'));
      // The first round fills the disk's and the compiler's caches.
      if (repeat > 0) {
        ours.push(ms);
        others.push(bareMs);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  const startMs = median(ours);
  const bareMs = median(others);
  return { ratio: round(startMs / bareMs), startMs: round(startMs), bareMs: round(bareMs) };
}

/** Milliseconds from the start of a process to `ready`; then it is ended. */
async function until(
  args: readonly string[],
  env: Record<string, string>,
  ready: (child: ChildProcess) => Promise<void>,
): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  let heard = '';
  child.stderr?.on('data', (data: Buffer) => {
    heard += data.toString();
  });
  const early = ended.then(() => Promise.reject(new Error(`it ended: ${heard}`)));
  early.catch(() => {});
  await Promise.race([ready(child), early]);
  const ms = performance.now() - began;
  child.kill('SIGKILL');
  await ended;
  return ms;
}

async function says(child: ChildProcess, word: string): Promise<void> {
  for await (const data of child.stdout ?? []) if (String(data).includes(word)) return;
}

async function answersAt(port: number): Promise<void> {
  while (!(await isUp(port))) await pause(2);
}

function isUp(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const asked = get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (answer) => {
    answer.resume();
    resolve(answer.statusCode === 200);
  });
  asked.on('error', () => resolve(false));
  return promise;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const round = (value: number) => Math.round(value * 100) / 100;
