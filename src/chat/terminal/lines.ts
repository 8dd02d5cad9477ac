import type { TerminalIO } from './session.ts';

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
