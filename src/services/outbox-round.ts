import type { Card } from '../chat/card.ts';
import type { Surface, SurfaceName } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import { CrewsmithError } from '../errors.ts';
import {
  type Candidate,
  candidates,
  claim,
  markAgain,
  markFailed,
  markSent,
  nextDue,
  type Outgoing,
} from '../store/outbox.ts';
import type { Tx } from '../store/port.ts';
import type { Flight, Loaded, Outcome } from './outbox-flight.ts';
import { chooseNext, placeOf, threadOf } from './outbox-order.ts';

export interface RoundParts {
  readonly clock: Clock;
  /** Rows of surfaces that are not here wait until they are. */
  readonly surfaces: ReadonlyMap<SurfaceName, Surface>;
  /** For rows without a payload, in the commit that claims them; null: there is nothing to show any more. */
  readonly render: (tx: Tx, row: Outgoing) => Promise<Card | null>;
  /** For posts, in the commit that marks one sent. */
  readonly onDelivered: (tx: Tx, row: Outgoing, address: string) => Promise<void>;
  /** For posts and edits, in the commit that gives one up. */
  readonly onFailed: (tx: Tx, row: Outgoing, says: string) => Promise<void>;
}

/** A request that has ended, not yet written. */
export interface Ended {
  readonly flight: Flight;
  readonly outcome: Outcome;
}

/** Whose callback is running: if the commit fails it is to blame. */
export interface Blame {
  ended: Ended | null;
  flight: Flight | null;
}

export interface Taken {
  /** By thread, each in order. */
  readonly loaded: readonly (readonly Loaded[])[];
  readonly crowded: ReadonlySet<string>;
  readonly full: boolean;
  /** A row had nothing to show, so its thread may have another one. */
  readonly dropped: boolean;
  /** When to look again, if nothing happens before. */
  readonly due: number | null;
}

export const nothingTaken: Taken = {
  loaded: [],
  crowded: new Set(),
  full: false,
  dropped: false,
  due: null,
};

/** Requests under way side by side, over all surfaces. */
const atOnce = 100;

/** Writes what came of requests. */
export async function writeEnded(
  tx: Tx,
  parts: RoundParts,
  written: readonly Ended[],
  blame: Blame,
): Promise<void> {
  blame.flight = null;
  // What the callbacks lock comes before the rows of the outbox, and by run (rule R2).
  for (const one of written.toSorted((a, b) => (a.flight.thread < b.flight.thread ? -1 : 1))) {
    const { row } = one.flight;
    const { outcome } = one;
    blame.ended = one;
    if (row.kind === 'edit') continue;
    if (outcome.came === 'sent') await parts.onDelivered(tx, row, outcome.address);
    else if (outcome.came === 'failed') await parts.onFailed(tx, row, outcome.says);
  }
  for (const one of written) {
    const { row } = one.flight;
    const { outcome } = one;
    blame.ended = one;
    if (outcome.came === 'sent') {
      const againAt = outcome.at + surfaceOf(parts.surfaces, row).editEveryMs;
      await markSent(tx, row.id, { address: outcome.address, at: outcome.at, againAt });
    } else if (outcome.came === 'again') await markAgain(tx, row.id, outcome);
    else if (outcome.came === 'back') await giveBack(tx, row);
    else if ((await markFailed(tx, row.id, outcome.from)) && row.kind === 'edit') {
      await parts.onFailed(tx, row, outcome.says);
    }
  }
  blame.ended = null;
}

const giveBack = (tx: Tx, { id, due_at: dueAt, tries }: Outgoing) =>
  markAgain(tx, id, { dueAt, tries, duplicatePossible: false });

/** Claims what may go out now. */
export async function takeNext(
  tx: Tx,
  parts: RoundParts,
  busyThreads: () => readonly string[],
  blame: Blame,
  claimed: (row: Outgoing) => void,
): Promise<Taken> {
  const now = parts.clock.now();
  const names = [...parts.surfaces.keys()];
  const rows = await candidates(tx, names, 'pending', now);
  const busy = busyThreads();
  const { next, lost, crowded, full } = chooseNext(rows, new Set(busy), now, atOnce - busy.length);
  for (const id of lost) await markFailed(tx, id, 'pending');
  const ids = next.flatMap((ofThread) => ofThread.map((candidate) => candidate.id));
  const rowsClaimed = await claim(tx, ids);
  const loaded: Loaded[][] = [];
  let dropped = false;
  for (const ofThread of next) {
    const batch: Loaded[] = [];
    const lostAt = ofThread.findIndex((candidate) => !rowsClaimed.has(candidate.id));
    for (const [at, candidate] of ofThread.entries()) {
      const row = rowsClaimed.get(candidate.id);
      if (row === undefined) continue;
      if (lostAt >= 0 && at > lostAt) {
        // Who has claimed the one before sends what is behind it, too.
        await giveBack(tx, row);
        continue;
      }
      claimed(row);
      const flight = flightOf(candidate, row);
      blame.flight = flight;
      const card = row.payload === null ? await parts.render(tx, row) : (JSON.parse(row.payload) as Card);
      blame.flight = null;
      if (card !== null) batch.push({ flight, card });
      else {
        dropped = true;
        await markFailed(tx, row.id, 'sending');
      }
    }
    if (batch.length > 0) loaded.push(batch);
  }
  return { loaded, crowded, full, dropped, due: await nextDue(tx, names, now) };
}

export const flightOf = (candidate: Candidate, row: Outgoing): Flight => ({
  thread: threadOf(row),
  row,
  place: placeOf(candidate),
  address: candidate.post_sent_to,
});

export function surfaceOf(surfaces: RoundParts['surfaces'], row: Outgoing): Surface {
  const surface = surfaces.get(row.surface as SurfaceName);
  if (surface === undefined) {
    throw new CrewsmithError('internal.impossible', { what: `the surface ${row.surface} is gone` });
  }
  return surface;
}
