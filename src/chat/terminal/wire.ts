import type { Socket } from 'node:net';

/** Who works on the store: `npm start` on every run, a terminal on the runs that it was asked for (rule Q4). */
export type Driver = 'start' | 'terminal';

/** A command that another process is to carry out. */
export interface SessionRequest {
  readonly words: readonly string[];
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

/** `hear` gets each message, `closed` is called once. What is not a message closes the connection. */
export function wire<In, Out>(socket: Socket, hear: (message: In) => void, closed: () => void): Wire<Out> {
  let rest = '';
  socket.setEncoding('utf8');
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > messageMost) socket.destroy();
    for (const line of lines) {
      const message = read(line);
      if (message === null) {
        socket.destroy();
        return;
      }
      hear(message as In);
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

/** Both ends are ours and of one person, so it is enough that it is a message at all. */
function read(line: string): unknown {
  try {
    const message: unknown = JSON.parse(line);
    return typeof message === 'object' && message !== null && 'type' in message ? message : null;
  } catch {
    return null;
  }
}
