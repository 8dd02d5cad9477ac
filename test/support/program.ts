import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readText, root } from './tree.ts';

/** What `npm start` and `npm run crew` say to node, with whole paths. */
const { scripts } = JSON.parse(readText('package.json')) as { readonly scripts: { readonly crew: string } };
const asInstalled = scripts.crew
  .split(' ')
  .slice(1)
  .map((word) => (word.includes('/') ? join(root, word) : word));

export interface Ended {
  readonly exit: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  /** Resolves when standard error holds this; rejects when the process ends before. */
  says(words: string): Promise<void>;
  /** The first of standard error that matches. */
  finds(pattern: RegExp): Promise<string>;
  readonly ended: Promise<Ended>;
}

export interface Installation {
  readonly home: string;
  /** Starts the program as the npm scripts do; `input` is its standard input. */
  start(words: readonly string[], input?: string): Running;
  run(words: readonly string[], input?: string): Promise<Ended>;
  /** Kills what still runs and takes the folder away. */
  remove(): Promise<void>;
}

/** A data folder of its own, and nothing of this process's environment. */
export async function install(environment: Readonly<Record<string, string>> = {}): Promise<Installation> {
  const home = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  const children = new Set<ChildProcess>();

  function start(words: readonly string[], input = ''): Running {
    const env = { PATH: process.env.PATH ?? '', TMPDIR: tmpdir(), CREWSMITH_HOME: home, ...environment };
    const child = spawn(process.execPath, [...asInstalled, ...words], {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    children.add(child);
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    const ended = once(child, 'close').then(([exit]): Ended => {
      children.delete(child);
      return { exit: exit as number | null, out, err };
    });
    /** Waits until standard error holds it. */
    async function until(what: string, isThere: () => boolean): Promise<void> {
      while (!isThere()) {
        await Promise.race([
          once(child.stderr, 'data'),
          ended.then(() => {
            if (!isThere()) throw new Error(`it ended without saying ${what}:\n${err}`);
          }),
        ]);
      }
    }

    return {
      child,
      ended,
      says: (words) => until(`"${words}"`, () => err.includes(words)),
      async finds(pattern) {
        await until(String(pattern), () => pattern.test(err));
        return pattern.exec(err)?.[0] ?? '';
      },
    };
  }

  return {
    home,
    start,
    run: (words, input) => start(words, input).ended,
    async remove() {
      for (const child of children) child.kill('SIGKILL');
      await Promise.all([...children].map((child) => once(child, 'close')));
      await rm(home, { recursive: true, force: true });
    },
  };
}
