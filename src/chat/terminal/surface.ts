import type { Card } from '../card.ts';
import { nothingElsewhere, type Surface } from '../port.ts';

/** A card as it reaches the terminal. */
export interface Shown {
  /** Which message of the run: `parent`, `gate:…`, `step:…`, `note:…`, `delivery:…`. */
  readonly message: string;
  readonly card: Card;
}

export interface TerminalSurface extends Surface {
  /** Shows the cards of a run to somebody who watches it; the returned function ends that. */
  attach(run: string, then: (shown: Shown) => void): () => void;
}

/**
 * The terminal as a surface: a card reaches whoever watches its run at that moment, in this process or through the socket, and
 * counts as sent where nobody does, since `runs` shows it all. The address of a message is its dedupe id.
 */
export function createTerminalSurface(): TerminalSurface {
  const watchers = new Map<string, Set<(shown: Shown) => void>>();

  function show(card: Card, dedupe: string): void {
    const colon = dedupe.indexOf(':');
    const run = dedupe.slice(0, colon);
    for (const then of watchers.get(run) ?? []) then({ message: dedupe.slice(colon + 1), card });
  }

  return {
    name: 'terminal',
    editEveryMs: 50,

    async post(card, _place, dedupe) {
      show(card, dedupe);
      return dedupe;
    },

    async edit(card, _place, address) {
      show(card, address);
    },

    // The terminal that may have shown it ended with its process; whoever watches now has not seen it.
    find: () => Promise.resolve({ found: 'no' }),

    sees: () => Promise.resolve(true),

    ...nothingElsewhere,

    attach(run, then) {
      const all = watchers.get(run) ?? new Set();
      watchers.set(run, all.add(then));
      return () => {
        all.delete(then);
        if (all.size === 0 && watchers.get(run) === all) watchers.delete(run);
      };
    },
  };
}
