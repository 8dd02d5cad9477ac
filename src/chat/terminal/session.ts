import type { Secret } from '../../core/secret.ts';

/** A person, or a script, at a terminal: this process's own, or one at the other end of the socket (rule Q4). */
export interface TerminalIO {
  /** Results, and nothing else. As it is: with its own new line. */
  out(text: string): void;
  /** Everything else. */
  err(text: string): void;
  /** One line for `err`, which may come at any time: above what is being drawn over. */
  line(text: string): void;
  /** Whoever draws over what stands there is given those lines meanwhile. The returned function takes it back. */
  onLine(then: (text: string) => void): () => void;
  /** One line from the person. Only where `interactive`. Throws `NoAnswer` when the signal ends it or nobody is there any more. */
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** Rule K4: unseen from the person, or all of standard input. Throws `NoAnswer`. */
  secret(what: string, signal: AbortSignal): Promise<Secret>;
  /** Questions can be asked. */
  readonly interactive: boolean;
  /** What `err` wrote can be drawn over. */
  readonly live: boolean;
  /** Of `err`; of `out` it is `outColor`, since either may lead into a file. */
  readonly color: boolean;
  readonly outColor: boolean;
  readonly width: number;
  readonly rows: number;
  /** Ctrl-C. The returned function takes it back. */
  onInterrupt(then: () => void): () => void;
  /** Aborts when the terminal is gone. */
  readonly gone: AbortSignal;
}

/** A question that gets no answer: it was taken back, or the terminal was closed. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** How whole lines reach a terminal where somebody may be drawing over what stands there. */
export function createLines(err: TerminalIO['err']): Pick<TerminalIO, 'line' | 'onLine'> {
  const drawing = new Set<(text: string) => void>();
  return {
    line(text) {
      const [draws] = drawing;
      if (draws === undefined) err(`${text}\n`);
      else draws(text);
    },
    onLine(then) {
      drawing.add(then);
      return () => drawing.delete(then);
    },
  };
}
