import type { Place } from '../chat/port.ts';
import type { Candidate } from '../store/outbox.ts';

/** What may go out now. */
export interface Chosen {
  /** By thread, each in order. */
  readonly next: readonly (readonly Candidate[])[];
  /** Threads that have more to send once what is in flight in them has ended. */
  readonly crowded: ReadonlySet<string>;
  /** Edits whose post will never be there. */
  readonly lost: readonly string[];
  /** More threads have something to send than there was room for. */
  readonly full: boolean;
}

/**
 * What is sent one after the other: a run's messages on one surface, since an approver may be told on another one, or those of
 * one place. Sorted, they are by run (rule R2).
 */
export const threadOf = ({
  run_id: run,
  surface,
  address,
}: Pick<Candidate, 'run_id' | 'surface' | 'address'>) =>
  run === null ? `${surface} ${address}` : `${run} ${surface}`;

/** More of one thread are claimed with the next commit. */
const ofThreadMax = 20;

/**
 * The rows of at most `room` threads, in order. A post that is not due holds up the posts behind it; edits of what was sent may
 * pass it, since only the last state of a message matters.
 */
export function chooseNext(
  rows: readonly Candidate[],
  busy: ReadonlySet<string>,
  now: number,
  room: number,
): Chosen {
  const heldUp = new Set<string>();
  const crowded = new Set<string>();
  const next = new Map<string, Candidate[]>();
  const lost: string[] = [];
  let full = false;
  for (const row of rows) {
    const thread = threadOf(row);
    if (row.kind === 'post' && (row.due_at > now || heldUp.has(thread))) heldUp.add(thread);
    else if (row.kind === 'edit' && (row.post_state === null || row.post_state === 'failed'))
      lost.push(row.id);
    else if (busy.has(thread)) crowded.add(thread);
    else {
      const before = next.get(thread) ?? [];
      const follows = before.some((one) => one.kind === 'post' && one.message === row.message);
      if (row.kind === 'edit' && row.post_sent_to === null && !follows) continue;
      if (before.length >= ofThreadMax) crowded.add(thread);
      else if (before.length > 0) before.push(row);
      else if (next.size < room) next.set(thread, [row]);
      else full = true;
    }
  }
  return { next: [...next.values()], crowded, lost, full };
}

/**
 * Where the row goes. A run's messages stand under its parent card, which has no address until it was sent; the parent
 * itself, deliveries, and what goes to another channel (a direct card) keep the place they were given.
 */
export function placeOf(row: Candidate): Place {
  const place = JSON.parse(row.address) as Place;
  return row.parent_sent_to === null || row.parent_address === null
    ? place
    : placeUnder(row, place, { place: JSON.parse(row.parent_address) as Place, address: row.parent_sent_to });
}

/** The same where the parent card has just been sent. */
export function placeUnder(
  row: { readonly message: string },
  place: Place,
  parent: { readonly place: Place; readonly address: string },
): Place {
  if (place.thread !== null || row.message === 'parent' || isDelivery(row.message)) return place;
  return parent.place.channel === place.channel ? { ...place, thread: parent.address } : place;
}

export const isDelivery = (message: string) => message.startsWith('delivery:');

/** How the messages of a step's deliveries begin. */
export const deliveriesOf = (step: string) => `delivery:${step}:`;
