import { createInterface, type Interface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { Secret } from '../../core/secret.ts';
import { createLines, NoAnswer, type TerminalIO } from './session.ts';

/** `hasColors` heeds NO_COLOR and what the terminal can. */
type Screened = NodeJS.WritableStream &
  Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows' | 'hasColors'>>;

export interface Streams {
  readonly stdin: NodeJS.ReadableStream & Partial<Pick<ReadStream, 'isTTY'>>;
  readonly stdout: Screened;
  readonly stderr: Screened;
}

export interface Stdio extends TerminalIO {
  /** Ctrl-C was pressed, or the signal came. The second time, or when nobody listens, `end` is called. */
  interrupt(): void;
}

/** No secret and no piped one is longer. */
const secretMost = 64_000;
/** Where a terminal does not say its size, or says 0. */
const fallback = { width: 100, rows: 24 } as const;

/** This process's terminal. `end` ends the process at once. */
export function createStdio(streams: Streams, options: { end: () => void }): Stdio {
  const { stdin, stdout, stderr } = streams;
  const listeners = new Set<() => void>();
  const gone = new AbortController();
  let interrupts = 0;
  const isScreen = stderr.isTTY === true;
  const colored = isScreen && stderr.hasColors?.() === true;

  // A reader that has left (`crew list | head -1`) is no fault of ours.
  for (const stream of [stdout, stderr]) stream.on('error', () => gone.abort());

  const err = (text: string) => void stderr.write(text);
  const io: Stdio = {
    out: (text) => void stdout.write(text),
    err,
    ...createLines(err),
    interactive: stdin.isTTY === true && isScreen,
    live: colored,
    color: colored,
    outColor: stdout.isTTY === true && stdout.hasColors?.() === true,
    get width() {
      return stderr.columns || fallback.width;
    },
    get rows() {
      return stderr.rows || fallback.rows;
    },
    gone: gone.signal,

    ask(question, signal) {
      return line(io, createInterface({ input: stdin, output: stderr, terminal: true }), question, signal);
    },

    async secret(what, signal) {
      if (stdin.isTTY !== true) return new Secret(await all(stdin));
      stderr.write(`${what}: `);
      const unseen = new Writable({ write: (_chunk, _encoding, done) => done() });
      const reader = createInterface({ input: stdin, output: unseen, terminal: true });
      const value = await line(io, reader, '', signal);
      stderr.write('\n');
      return new Secret(value);
    },

    onInterrupt(then) {
      listeners.add(then);
      return () => listeners.delete(then);
    },

    interrupt() {
      interrupts += 1;
      if (interrupts > 1 || listeners.size === 0) options.end();
      else for (const then of [...listeners]) then();
    },
  };
  return io;
}

function line(io: Stdio, reader: Interface, question: string, signal: AbortSignal): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const stop = () => reader.close();
  // While it reads, readline takes Ctrl-C for itself.
  reader.on('SIGINT', () => {
    reader.close();
    io.interrupt();
  });
  reader.on('close', () => {
    signal.removeEventListener('abort', stop);
    reject(new NoAnswer('Nobody answered.'));
  });
  signal.addEventListener('abort', stop);
  if (signal.aborted) stop();
  else {
    reader.question(question, (answer) => {
      resolve(answer);
      reader.close();
    });
  }
  return promise;
}

async function all(stdin: NodeJS.ReadableStream): Promise<string> {
  let text = '';
  stdin.setEncoding('utf8');
  for await (const chunk of stdin) {
    text += String(chunk);
    if (text.length > secretMost) break;
  }
  return text.replace(/\r?\n$/, '');
}
