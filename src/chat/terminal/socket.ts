import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { chmod, lstat, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Secret } from '../../core/secret.ts';
import { createLines, NoAnswer, type TerminalIO } from './session.ts';
import {
  type Driver,
  type End,
  readToOwner,
  readToTerminal,
  type SessionRequest,
  type ToOwner,
  type ToTerminal,
  type Wire,
  wire,
} from './wire.ts';

/** The system's own limit is 104 to 108 bytes. */
const pathMost = 100;

/** Rule Q4: in the data folder, or under a hash in the temporary one where that path is too long for a socket. */
export function socketPath(home: string): string {
  const folder = realOf(home);
  const path = join(folder, 'crewsmith.sock');
  if (Buffer.byteLength(path) <= pathMost) return path;
  return join(tmpdir(), `crewsmith-${createHash('sha256').update(folder).digest('hex').slice(0, 24)}.sock`);
}

/** Whichever way leads to the folder, its terminals meet at one socket. */
function realOf(home: string): string {
  try {
    return realpathSync(home);
  } catch {
    // It is not there yet, so nobody listens in it either.
    return home;
  }
}

export interface SessionServer {
  /** Commands under way. */
  sessions(): number;
  /** Takes no more commands and resolves when those under way have ended. */
  close(): Promise<void>;
}

export interface Serving {
  readonly path: string;
  readonly driver: Driver;
  /** Carries out a command. Never rejects. */
  serve(request: SessionRequest, io: TerminalIO): Promise<End>;
}

/** Listens, mode 600. Only for who owns the store: a socket that another process has left is taken away. */
export async function serveSessions({ path, driver, serve }: Serving): Promise<SessionServer> {
  await rm(path, { force: true });
  const sessions = new Set<Promise<void>>();
  const idle = new Set<Socket>();
  const server = createServer((socket) => {
    idle.add(socket);
    const remote = remoteTerminal(socket, driver, (request, io) => {
      idle.delete(socket);
      const session = serve(request, io).then((end) => remote.end(end));
      sessions.add(session);
      void session.finally(() => sessions.delete(session));
    });
    socket.on('close', () => idle.delete(socket));
  });
  await listen(server, path);
  return {
    sessions: () => sessions.size,
    async close() {
      const { promise, resolve } = Promise.withResolvers<void>();
      server.close(() => resolve());
      for (const socket of idle) socket.destroy();
      await Promise.all(sessions);
      await promise;
      await rm(path, { force: true });
    },
  };
}

async function listen(server: Server, path: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  // The socket is made within this call, so that nobody else could ever connect to it.
  const before = process.umask(0o177);
  try {
    server.listen(path, resolve);
  } finally {
    process.umask(before);
  }
  await promise;
  await chmod(path, 0o600);
}

/** The terminal at the other end of a connection. `requested` is called once, when it says what it wants. */
function remoteTerminal(
  socket: Socket,
  driver: Driver,
  requested: (request: SessionRequest, io: TerminalIO) => void,
): { end(end: End): void } {
  const questions = new Map<number, { resolve(text: string): void; reject(error: Error): void }>();
  const listeners = new Set<() => void>();
  const gone = new AbortController();
  let asked = 0;
  let begun = false;

  const line: Wire<ToTerminal> = wire<ToOwner, ToTerminal>(socket, readToOwner, hear, () => {
    gone.abort();
    for (const question of questions.values()) question.reject(new NoAnswer('The terminal is gone.'));
  });

  function question(type: 'ask' | 'secret', text: string, signal: AbortSignal): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    if (signal.aborted || gone.signal.aborted) return Promise.reject(new NoAnswer('It was taken back.'));
    asked += 1;
    const id = asked;
    const takeBack = () => {
      line.send({ type: 'take-back', id });
      reject(new NoAnswer('It was taken back.'));
    };
    signal.addEventListener('abort', takeBack);
    questions.set(id, { resolve, reject });
    line.send({ type, id, question: text });
    return promise.finally(() => {
      signal.removeEventListener('abort', takeBack);
      questions.delete(id);
    });
  }

  function hear(message: ToOwner): void {
    if (message.type === 'answer') questions.get(message.id)?.resolve(message.text);
    else if (message.type === 'no-answer')
      questions.get(message.id)?.reject(new NoAnswer('Nobody answered.'));
    else if (message.type === 'interrupt') for (const then of [...listeners]) then();
    else if (!begun) {
      begun = true;
      const { interactive, live, color, outColor, width, rows } = message.request;
      const err = (text: string) => line.send({ type: 'err', text });
      requested(message.request, {
        out: (text) => line.send({ type: 'out', text }),
        err,
        ...createLines(err),
        ask: (text, signal) => question('ask', text, signal),
        secret: async (what, signal) => new Secret(await question('secret', what, signal)),
        onInterrupt(then) {
          listeners.add(then);
          return () => listeners.delete(then);
        },
        gone: gone.signal,
        ...{ interactive, live, color, outColor, width, rows },
      });
    } else line.destroy();
  }

  line.send({ type: 'owner', v: 1, driver, pid: process.pid });
  return {
    end(end) {
      line.send({ type: 'end', end });
      line.end();
    },
  };
}

export interface OwnerLink {
  readonly driver: Driver;
  readonly pid: number;
  /** Carries the request out over there, at this terminal. `lost`: the other process is gone without an end. */
  run(request: SessionRequest, io: TerminalIO): Promise<End | 'lost'>;
  close(): void;
}

/** The process that owns the store; null where none listens: it starts or leaves just now. */
export async function connectToOwner(path: string): Promise<OwnerLink | null> {
  if (!(await isOurs(path))) return null;
  const socket = connect(path);
  const greeted = Promise.withResolvers<Extract<ToTerminal, { type: 'owner' }> | null>();
  let hear = (message: ToTerminal) => greeted.resolve(message.type === 'owner' ? message : null);
  let closed = () => greeted.resolve(null);
  const line: Wire<ToOwner> = wire<ToTerminal, ToOwner>(
    socket,
    readToTerminal,
    (message) => hear(message),
    () => closed(),
  );
  const owner = await greeted.promise;
  if (owner === null || owner.v !== 1) {
    line.destroy();
    return null;
  }
  return {
    driver: owner.driver,
    pid: owner.pid,
    close: () => line.destroy(),

    async run(request, io) {
      const { promise, resolve } = Promise.withResolvers<End | 'lost'>();
      const open = new Map<number, AbortController>();
      const stopListening = io.onInterrupt(() => line.send({ type: 'interrupt' }));
      closed = () => resolve('lost');
      hear = (message) => {
        if (message.type === 'out') io.out(message.text);
        else if (message.type === 'err') io.err(message.text);
        else if (message.type === 'end') resolve(message.end);
        else if (message.type === 'take-back') open.get(message.id)?.abort();
        else if (message.type === 'ask' || message.type === 'secret') void answer(message, io, open, line);
      };
      if (socket.closed) resolve('lost');
      line.send({ type: 'request', v: 1, request });
      try {
        return await promise;
      } finally {
        stopListening();
        for (const question of open.values()) question.abort();
        line.end();
      }
    },
  };
}

async function answer(
  message: Extract<ToTerminal, { type: 'ask' | 'secret' }>,
  io: TerminalIO,
  open: Map<number, AbortController>,
  line: Wire<ToOwner>,
): Promise<void> {
  const { id, type, question } = message;
  const stop = new AbortController();
  open.set(id, stop);
  try {
    const text =
      type === 'ask'
        ? await io.ask(question, stop.signal)
        : (await io.secret(question, stop.signal)).reveal();
    line.send({ type: 'answer', id, text });
  } catch {
    line.send({ type: 'no-answer', id });
  } finally {
    open.delete(id);
  }
}

/** In a folder that others can write to, they could wait for a secret under this name. */
async function isOurs(path: string): Promise<boolean> {
  try {
    const stat = await lstat(path);
    return stat.isSocket() && stat.uid === (process.getuid?.() ?? stat.uid);
  } catch {
    return false;
  }
}
