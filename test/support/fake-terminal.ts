import { createLines, NoAnswer, type TerminalIO } from '../../src/chat/terminal/session.ts';
import { Secret } from '../../src/core/secret.ts';

export interface FakeTerminal extends TerminalIO {
  readonly written: { out: string; err: string };
  /** Questions that were asked, in order. */
  readonly asked: string[];
  interrupt(): void;
  leave(): void;
}

/** A person at a terminal. `answers` are given in order; after them nobody answers until the question is taken back. */
export function createFakeTerminal(
  answers: readonly string[] = [],
  more: Partial<Pick<TerminalIO, 'interactive' | 'live' | 'color' | 'rows' | 'width'>> = {},
): FakeTerminal {
  const listeners = new Set<() => void>();
  const gone = new AbortController();
  const left = [...answers];
  const written = { out: '', err: '' };
  const asked: string[] = [];

  function next(question: string, signal: AbortSignal): Promise<string> {
    asked.push(question);
    const answer = left.shift();
    if (answer !== undefined) return Promise.resolve(answer);
    const { promise, reject } = Promise.withResolvers<string>();
    const none = () => reject(new NoAnswer('nobody answered'));
    if (signal.aborted) none();
    signal.addEventListener('abort', none);
    return promise;
  }

  const err = (text: string) => {
    written.err += text;
  };
  return {
    written,
    asked,
    out: (text) => {
      written.out += text;
    },
    err,
    ...createLines(err),
    ask: next,
    secret: async (what, signal) => new Secret(await next(what, signal)),
    interactive: answers.length > 0,
    live: false,
    color: false,
    outColor: false,
    width: 80,
    rows: 30,
    ...more,
    onInterrupt(then) {
      listeners.add(then);
      return () => listeners.delete(then);
    },
    gone: gone.signal,
    interrupt() {
      for (const then of [...listeners]) then();
    },
    leave: () => gone.abort(),
  };
}
