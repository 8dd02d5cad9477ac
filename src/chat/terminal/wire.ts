import type { Socket } from 'node:net';

/** Who works on the store: `npm start` on every run, a terminal on the runs that it was asked for (rule Q4). */
export type Driver = 'start' | 'terminal';

/** A file that a command names, read where it was typed. */
export interface TypedFile {
  readonly field: string;
  readonly name: string;
  readonly base64: string;
}

/** A command that another process is to carry out. */
export interface SessionRequest {
  readonly words: readonly string[];
  readonly files: readonly TypedFile[];
  /** The crew that is meant, as it is known where they were typed; null: none. */
  readonly crew: string | null;
  /** The command has had its run already, in a process that has left: it is only to be followed. */
  readonly follow: string | null;
  readonly dedupe: string;
  readonly interactive: boolean;
  readonly live: boolean;
  readonly color: boolean;
  readonly outColor: boolean;
  readonly width: number;
  readonly rows: number;
}

/** How a command ended here: with its exit code, or because this process leaves; then another goes on with it. */
export type End = { readonly exit: number } | { readonly left: string | null };

/** Newline-delimited JSON, both ways. The secret of `keys add` is an answer; nothing that travels here is logged. */
export type ToOwner =
  | { readonly type: 'request'; readonly v: 1; readonly request: SessionRequest }
  | { readonly type: 'answer'; readonly id: number; readonly text: string }
  | { readonly type: 'no-answer'; readonly id: number }
  | { readonly type: 'interrupt' };

export type ToTerminal =
  | { readonly type: 'owner'; readonly v: 1; readonly driver: Driver; readonly pid: number }
  | { readonly type: 'out' | 'err'; readonly text: string }
  | { readonly type: 'ask' | 'secret'; readonly id: number; readonly question: string }
  | { readonly type: 'take-back'; readonly id: number }
  | { readonly type: 'end'; readonly end: End };

/** The input of a run may be long; nothing that is typed is longer. */
const messageMost = 4_000_000;
/** A terminal that no longer reads is as good as gone. */
const waitingMost = 16_000_000;

export interface Wire<Out> {
  send(message: Out): void;
  /** Sends what is left and closes. */
  end(): void;
  destroy(): void;
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Some terminals say 0. */
const isSize = (value: unknown) => Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 10_000;

const isFile = (value: unknown): value is TypedFile =>
  isRecord(value) && [value.field, value.name, value.base64].every((part) => typeof part === 'string');

function isRequest(value: unknown): value is SessionRequest {
  if (!isRecord(value)) return false;
  const { words, files, crew, follow, dedupe, interactive, live, color, outColor, width, rows } = value;
  return (
    Array.isArray(words) &&
    words.every((word) => typeof word === 'string') &&
    Array.isArray(files) &&
    files.every(isFile) &&
    (crew === null || typeof crew === 'string') &&
    (follow === null || typeof follow === 'string') &&
    typeof dedupe === 'string' &&
    [interactive, live, color, outColor].every((is) => typeof is === 'boolean') &&
    isSize(width) &&
    isSize(rows)
  );
}

/** Null: it is no such message. Whatever arrives must not end the process that works on the store. */
export function readToOwner(value: unknown): ToOwner | null {
  if (!isRecord(value)) return null;
  const { type, v, request, id, text } = value;
  if (type === 'interrupt') return { type };
  if (type === 'request') return v === 1 && isRequest(request) ? { type, v, request } : null;
  if (typeof id !== 'number') return null;
  if (type === 'no-answer') return { type, id };
  return type === 'answer' && typeof text === 'string' ? { type, id, text } : null;
}

/** The owner is of this program and this person, so it is enough that it is a message at all. */
export const readToTerminal = (value: unknown): ToTerminal | null =>
  isRecord(value) && 'type' in value ? (value as ToTerminal) : null;

/** `hear` gets each message, `closed` is called once. What `read` does not know closes the connection. */
export function wire<In, Out>(
  socket: Socket,
  read: (value: unknown) => In | null,
  hear: (message: In) => void,
  closed: () => void,
): Wire<Out> {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > messageMost) socket.destroy();
    for (const line of lines) {
      const message = read(parsed(line));
      if (message === null) {
        socket.destroy();
        return;
      }
      hear(message);
    }
  });
  socket.on('error', () => socket.destroy());
  socket.on('close', closed);
  return {
    send(message) {
      if (!socket.writable) return;
      socket.write(`${JSON.stringify(message)}\n`);
      if (socket.writableLength > waitingMost) socket.destroy();
    },
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
  };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
