import { stripVTControlCharacters } from 'node:util';
import type { Card } from '../card.ts';
import { stepMarks } from '../card-words.ts';
import { columnsOf } from './columns.ts';
import { drawCard } from './draw.ts';
import { inertLine } from './inert.ts';
import type { TerminalIO } from './session.ts';

/** What stands on the screen of somebody who watches a run. */
export interface Screen {
  /** The run's own card: drawn over where that is possible, else a line for each step that changed. */
  run(card: Card): void;
  /** A card that stays. */
  card(card: Card): void;
  line(text: string): void;
  /** A line under the run's card that passes: how long it has been quiet. */
  pass(text: string): void;
  /** What stands there stays. */
  leave(): void;
}

type ScreenIO = Pick<TerminalIO, 'err' | 'onLine' | 'live' | 'color' | 'width' | 'rows'>;

const spaced = (...parts: readonly string[]) =>
  parts
    .map((part, i) => (i === 0 ? part : inertLine(part)))
    .filter(Boolean)
    .join('  ');

/** The lines of the screen that this takes: a terminal breaks what is wider than it is. */
const linesOf = (text: string, width: number) =>
  text
    .split('\n')
    .map((line) => Math.ceil(columnsOf(stripVTControlCharacters(line)) / width))
    .reduce((sum, lines) => sum + Math.max(1, lines), 0);

export function createScreen(io: ScreenIO): Screen {
  let card: Card | null = null;
  let passing = '';
  let drawn = 0;
  let giveBack = () => {};
  const told = new Map<string, string>();

  const draw = (what: Card) => drawCard(what, { color: io.color, width: io.width });

  function erase(): string {
    const up = drawn === 0 ? '' : `\x1b[${drawn}A\r\x1b[J`;
    drawn = 0;
    return up;
  }

  function redraw(): string {
    if (card === null) return '';
    const text = passing === '' ? draw(card) : `${draw(card)}\n${passing}`;
    drawn = linesOf(text, io.width);
    return `${text}\n`;
  }

  function stay(text: string): void {
    io.err(io.live ? `${erase()}${text}\n${redraw()}` : `${text}\n`);
  }

  function tellSteps(next: Card): void {
    for (const block of next.body) {
      if (block.type !== 'steps') continue;
      for (const step of block.steps) {
        const line = spaced(stepMarks[step.mark], step.name, step.says);
        if (told.get(step.name) === line || (step.mark === 'pending' && !told.has(step.name))) continue;
        told.set(step.name, line);
        io.err(`${spaced(line, step.time, step.cost)}\n`);
      }
    }
  }

  return {
    run(next) {
      passing = '';
      // What has scrolled away cannot be drawn over.
      const fits = io.live && linesOf(draw(next), io.width) + 1 < io.rows;
      card = fits ? next : null;
      giveBack();
      giveBack = fits ? io.onLine(stay) : () => {};
      if (fits) io.err(`${erase()}${redraw()}`);
      else tellSteps(next);
    },

    card: (next) => stay(`${draw(next)}${io.live ? '\n' : ''}`),
    line: (text) => stay(text),

    pass(text) {
      if (card === null) return io.err(`${text}\n`);
      passing = text;
      io.err(`${erase()}${redraw()}`);
    },

    leave() {
      giveBack();
      drawn = 0;
      card = null;
    },
  };
}
