import type { Card } from '../chat/card.ts';
import { type Found, type Place, type Surface, SurfaceFailure } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import type { Outgoing } from '../store/outbox.ts';
import { isDelivery, placeUnder } from './outbox-order.ts';

/** A row on its way to its surface. */
export interface Flight {
  readonly thread: string;
  readonly row: Outgoing;
  readonly place: Place;
  /** Of an edit: the message that it edits. */
  readonly address: string | null;
}

export type Outcome =
  | { readonly came: 'sent'; readonly address: string; readonly at: number }
  | {
      readonly came: 'again';
      readonly dueAt: number;
      readonly tries: number;
      readonly says: string;
      readonly duplicatePossible: boolean;
    }
  /** One of its thread before it was not sent, so it was not even begun. */
  | { readonly came: 'back' }
  /** `sending`: the surface will not have it. `pending`: there was nothing to ask it with. */
  | { readonly came: 'failed'; readonly from: 'sending' | 'pending'; readonly says: string };

const triesMax = 10;
const backoffMinMs = 1_000;
const backoffMaxMs = 60_000;
/** Rule S3: a look for a doubtful post takes no longer. */
const lookMaxMs = 5_000;
/** The net behind the surface's own limits: without an answer for this long, a request is doubtful. */
const answerMaxMs = 30_000;

const backoffMs = (tries: number) => Math.min(backoffMaxMs, backoffMinMs * 2 ** (tries - 1));

type FlightParts = { readonly clock: Clock; readonly surface: Surface };

/** A row that was claimed, with what it shows. */
export interface Loaded {
  readonly flight: Flight;
  readonly card: Card;
}

/**
 * Sends the rows of one thread one after the other, as far as they are sent and `goesOn`, and tells what each came to. Those behind a parent
 * card go under the address that it has just got, edits to that of their post.
 */
export async function flyAll(
  parts: FlightParts,
  batch: readonly Loaded[],
  goesOn: () => boolean,
  ended: (flight: Flight, outcome: Outcome) => void,
): Promise<void> {
  const sent = new Map<string, { readonly place: Place; readonly address: string }>();
  let going = true;
  for (const { flight, card } of batch) {
    const { row } = flight;
    const parent = sent.get('parent');
    const place = parent === undefined ? flight.place : placeUnder(row, flight.place, parent);
    const address = row.kind === 'edit' ? (sent.get(row.message)?.address ?? flight.address) : null;
    going &&= goesOn();
    const outcome: Outcome = going ? await fly(parts, { ...flight, place, address }, card) : { came: 'back' };
    going = outcome.came === 'sent';
    if (outcome.came === 'sent' && row.kind === 'post')
      sent.set(row.message, { place, address: outcome.address });
    ended(flight, outcome);
  }
}

/** Makes one request and never throws. */
async function fly(parts: FlightParts, flight: Flight, card: Card): Promise<Outcome> {
  const { clock, surface } = parts;
  const { place, address, row } = flight;
  try {
    const request =
      address === null
        ? surface.post(card, place, row.dedupe)
        : surface.edit(card, place, address).then(() => address);
    return { came: 'sent', address: await within(clock, answerMaxMs, request), at: clock.now() };
  } catch (error) {
    const failure = failureOf(error);
    if (failure.sent === 'unknown' && row.kind === 'post') return await lookFor(parts, flight, failure);
    return again(clock, row, failure, false);
  }
}

/**
 * What requests of one thread that a crash cut off came to (rule S3). The parent card is looked for first: what arrived behind it
 * in the same commit stands in its thread, not in the channel. Never throws.
 */
export async function resumeAll(
  parts: FlightParts,
  flights: readonly Flight[],
  ended: (flight: Flight, outcome: Outcome) => void,
): Promise<void> {
  const until = parts.clock.now() + lookMaxMs;
  const first = flights.find(({ row }) => row.message === 'parent' && row.kind === 'post');
  const parent = first === undefined ? null : await resume(parts, first, until);
  if (first !== undefined && parent !== null) ended(first, parent);
  const rest = flights.filter((flight) => flight !== first);
  await Promise.all(
    rest.map(async (flight) => {
      const { row, place } = flight;
      const under = (address: string) => placeUnder(row, place, { place: first?.place ?? place, address });
      if (parent === null || row.kind === 'edit') ended(flight, await resume(parts, flight, until));
      else if (parent.came === 'sent')
        ended(flight, await resume(parts, { ...flight, place: under(parent.address) }, until));
      // Where its thread is cannot be told, unless there is none.
      else if (under('').thread === '')
        ended(flight, again(parts.clock, row, cutOff(), parent.came !== 'again' || parent.duplicatePossible));
      else ended(flight, await resume(parts, flight, until));
    }),
  );
}

const cutOff = () =>
  new SurfaceFailure('The process ended while it was being sent.', { sent: 'unknown', again: true });

async function resume(parts: FlightParts, flight: Flight, until: number): Promise<Outcome> {
  // The same edit twice is one edit.
  if (flight.row.kind === 'edit') return again(parts.clock, flight.row, cutOff(), false);
  return await lookFor(parts, flight, cutOff(), Math.max(0, until - parts.clock.now()));
}

/** One bounded look for a post that may have arrived. */
async function lookFor(
  parts: FlightParts,
  flight: Flight,
  failure: SurfaceFailure,
  ms = lookMaxMs,
): Promise<Outcome> {
  const { clock, surface } = parts;
  let seen: Found = { found: 'unknown' };
  try {
    seen = await within(clock, ms, surface.find(flight.place, flight.row.dedupe));
  } catch {
    // It cannot be had (rule S3).
  }
  if (seen.found === 'yes') return { came: 'sent', address: seen.address, at: clock.now() };
  return again(clock, flight.row, failure, seen.found === 'unknown');
}

function again(clock: Clock, row: Outgoing, failure: SurfaceFailure, duplicatePossible: boolean): Outcome {
  const tries = row.tries + 1;
  // Until we are let in, nobody waits for what a channel did not take; a delivery is what a run waits for.
  const isForNow = failure.outside && !isDelivery(row.message);
  if (!failure.again || isForNow || tries >= triesMax)
    return { came: 'failed', from: 'sending', says: failure.message };
  // The thread has waited for the answer already: the first doubt costs it nothing more.
  const wait = failure.sent === 'unknown' ? (tries === 1 ? 0 : backoffMs(tries - 1)) : backoffMs(tries);
  // Platforms say it in seconds with a fraction; times are stored as whole milliseconds.
  const dueAt = clock.now() + Math.ceil(failure.retryAfterMs ?? wait);
  return { came: 'again', dueAt, tries, says: failure.message, duplicatePossible };
}

function failureOf(error: unknown): SurfaceFailure {
  if (error instanceof SurfaceFailure) return error;
  // Its text could carry anything, so it stays here.
  return new SurfaceFailure('The surface failed in a way that is not understood.', {
    sent: 'unknown',
    again: true,
  });
}

async function within<T>(clock: Clock, ms: number, request: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(ms, () => {
    const says = `No answer within ${Math.round(ms / 1000)} s.`;
    late.reject(new SurfaceFailure(says, { sent: 'unknown', again: true }));
  });
  try {
    return await Promise.race([request, late.promise]);
  } finally {
    cancel();
  }
}
