import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
 * From nothing to the first line of a run, with nothing configured and a new data folder, against bare Node with better-sqlite3:
 * whole processes in turn, medians.
 */
export async function start(): Promise<Start> {
  const ours: number[] = [];
  const others: number[] = [];
  for (let repeat = 0; repeat <= repeats; repeat++) {
    const folder = mkdtempSync(join(tmpdir(), 'crewsmith-start-'));
    try {
      const ms = await untilLine([...npmStart, '--once'], /Gather/, {
        CREWSMITH_HOME: join(folder, 'data'),
      });
      const bareMs = await untilLine(
        ['--input-type=module', '-e', bare, join(folder, 'bare.db')],
        /ready/,
        {},
      );
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

function untilLine(args: readonly string[], line: RegExp, env: Record<string, string>): Promise<number> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: root,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    let ms = 0;
    const hear = (data: Buffer) => {
      said += data.toString();
      if (ms > 0 || !line.test(said)) return;
      ms = performance.now() - began;
      child.kill('SIGKILL');
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.on('exit', () => (ms > 0 ? resolve(ms) : reject(new Error(`never said ${line}: ${said}`))));
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const round = (value: number) => Math.round(value * 100) / 100;
