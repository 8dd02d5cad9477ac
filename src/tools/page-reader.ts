import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Clock } from '../clock.ts';
import { unlessAborted } from './abort.ts';
import { FetchFailure, shown } from './fetch-failure.ts';
import type { Page } from './port.ts';

export interface PageQuestion {
  readonly html: string;
  readonly url: string;
  readonly textChars: number;
}

export interface PageAnswer {
  /** null: it could not be read. */
  readonly page: Page | null;
}

export interface PageReader {
  /** Throws FetchFailure `unreadable`, or the signal's reason. */
  read(question: PageQuestion, signal: AbortSignal): Promise<Page>;
}

/** How long a process without work is kept. */
const idleMs = 60_000;
const program = fileURLToPath(new URL('./page-process.ts', import.meta.url));

/**
 * Takes pages apart in a process of its own, one after the other. A page can be built to take minutes or all memory
 * (which ends a whole process, threads included), and even an honest one takes long enough to miss a renewal of this
 * process (rule K2). `pageMs` is the time one page may take; then its process is killed, and the next page has a new one.
 */
export function createPageReader(options: { readonly clock: Clock; readonly pageMs: number }): PageReader {
  let running: ChildProcess | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let keepRunning = () => {};

  function start(): ChildProcess {
    const child = fork(program, {
      // It meets what strangers wrote: no variables of the environment, no writing of files, no processes.
      env: {},
      execArgv: ['--max-old-space-size=512', '--permission', '--allow-fs-read=*'],
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('exit', () => {
      if (running === child) running = null;
    });
    return child;
  }

  async function ask(question: PageQuestion): Promise<Page> {
    const child = running ?? start();
    running = child;
    keepRunning();
    child.ref();
    child.channel?.ref();
    const answered = Promise.withResolvers<PageAnswer>();
    const fail = (why: string) => answered.reject(unreadable(question.url, why));
    const ended = () => fail('its reader ended, mostly for want of memory');
    const lift = options.clock.after(options.pageMs, () => fail('taking it apart takes too long'));
    child.on('message', answered.resolve).on('exit', ended).on('error', ended);
    try {
      child.send(question, () => {});
      const { page } = await answered.promise;
      if (page === null) throw unreadable(question.url, 'it is built in a way that cannot be followed');
      keepRunning = options.clock.after(idleMs, () => {
        running = null;
        child.kill();
      });
      return page;
    } catch (error) {
      running = null;
      child.kill('SIGKILL');
      throw error;
    } finally {
      lift();
      child.off('message', answered.resolve).off('exit', ended).off('error', ended).unref();
      child.channel?.unref();
    }
  }

  return {
    read(question, signal) {
      const mine = last.then(() => {
        signal.throwIfAborted();
        return ask(question);
      });
      last = mine.catch(() => {});
      return unlessAborted(mine, signal);
    },
  };
}

const unreadable = (url: string, why: string) =>
  new FetchFailure('unreadable', `${shown(url)} could not be read: ${why}; use another page or source.`);
