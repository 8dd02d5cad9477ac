import type { Place } from '../chat/port.ts';
import type { Candidate } from '../store/outbox.ts';

/** What may go out now. */
export interface Chosen {
  readonly next: readonly Candidate[];
  /** Threads that have more to send once what is in flight in them has ended. */
  readonly crowded: ReadonlySet<string>;
  /** Edits whose post will never be there. */
  readonly lost: readonly string[];
  /** More threads have something to send than there was room for. */
  readonly full: boolean;
}

/** What is sent one after the other: a run's messages, or those of one place. */
export const threadOf = (row: { run_id: string | null; surface: string; address: string }) =>
  row.run_id ?? `${row.surface} ${row.address}`;

/**
 * At most one row a thread and `room` in all, in order. A post that is not due holds up the posts behind it; edits of what was sent may pass
 * it, since only the last state of a message matters.
 */
export function chooseNext(
  rows: readonly Candidate[],
  busy: ReadonlySet<string>,
  now: number,
  room: number,
): Chosen {
  const taken = new Set(busy);
  const heldUp = new Set<string>();
  const crowded = new Set<string>();
  const next: Candidate[] = [];
  const lost: string[] = [];
  let full = false;
  for (const row of rows) {
    const thread = threadOf(row);
    if (row.kind === 'post' && (row.due_at > now || heldUp.has(thread))) heldUp.add(thread);
    else if (row.kind === 'edit' && (row.post_state === null || row.post_state === 'failed'))
      lost.push(row.id);
    else if (taken.has(thread)) crowded.add(thread);
    else if (row.kind === 'post' || row.post_sent_to !== null) {
      taken.add(thread);
      if (next.length < room) next.push(row);
      else full = true;
    }
  }
  return { next, crowded, lost, full };
}

/**
 * Where the row goes. A run's messages stand under its parent card, which has no address until it was sent; the parent
 * itself, deliveries, and what goes to another channel (a direct card) keep the place they were given.
 */
export function placeOf(row: Candidate): Place {
  const place = JSON.parse(row.address) as Place;
  if (place.thread !== null || row.parent_sent_to === null || row.parent_address === null) return place;
  if (row.message === 'parent' || isDelivery(row.message)) return place;
  const parent = JSON.parse(row.parent_address) as Place;
  return parent.channel === place.channel ? { ...place, thread: row.parent_sent_to } : place;
}

/** Whether others wait for it: for the address of a parent card, for the end of a delivery. */
export const isAwaited = (row: { kind: 'post' | 'edit'; message: string }) =>
  row.kind === 'post' && (row.message === 'parent' || isDelivery(row.message));

export const isDelivery = (message: string) => message.startsWith('delivery:');

/** How the messages of a step's deliveries begin. */
export const deliveriesOf = (step: string) => `delivery:${step}:`;
