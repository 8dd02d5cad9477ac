import type { Card } from '../chat/card.ts';
import type { Place, SurfaceName } from '../chat/port.ts';
import { createAlarm } from '../clock.ts';
import { CrewsmithError } from '../errors.ts';
import {
  candidates,
  countDuplicatesPossible,
  countPosts,
  findOutgoing,
  insertPost,
  limitDue,
  type Outgoing,
  reviveFailedPost,
  reviveIn,
  upsertEdit,
  withdrawPosts,
} from '../store/outbox.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Ids } from './ids.ts';
import { type Flight, flyAll, type Loaded, type Outcome, resumeAll } from './outbox-flight.ts';
import { deliveriesOf, isDelivery } from './outbox-order.ts';
import {
  type Blame,
  type Ended,
  flightOf,
  nothingTaken,
  type RoundParts,
  surfaceOf,
  takeNext,
  writeEnded,
} from './outbox-round.ts';

/** A card that is to be sent or edited. */
export interface Sending {
  readonly workspace: string;
  readonly surface: SurfaceName;
  readonly run: string | null;
  /**
   * Behind everything of its thread with a smaller number: of a run its version, which each of its commits counts up. Cards of
   * one number stand in the order in which they were put.
   */
  readonly order: number;
  /** With `thread` null, a run's message goes under the run's parent card once that stands; see `placeOf`. */
  readonly place: Place;
  /** Which message of the run: `parent`, `step:ID:ROUND`, `gate:…`, `delivery:…`, … An edit finds its post by it. */
  readonly message: string;
  readonly kind: 'post' | 'edit';
  /** Null: rendered when it is sent. */
  readonly card: Card | null;
  /** Identifies the message: it is posted once. Its edits, of runs only, share one row of their own. */
  readonly dedupe: string;
}

export interface Outbox {
  /** Writes the card in the caller's transaction; it is sent after the commit (rule S3). One statement. */
  put(tx: Tx, sending: Sending): Promise<void>;
  /** Takes back the deliveries of a step that are not under way; put again, they are sent. */
  withdraw(tx: Tx, workspace: string, run: string, step: string): Promise<void>;
  /** A channel, with null each one, takes messages again: what waits there or was given up in the last days is sent now. */
  letIn(tx: Tx, workspace: string, surface: SurfaceName, channel: string | null): Promise<void>;
  /** Begins to send, with what is stored; what a crash cut off is looked for first. */
  start(): Promise<void>;
  /** Sends nothing more, waits for requests under way and writes what came of them. */
  stop(): Promise<void>;
  /** Resolves when nothing is being sent, nothing is due, and all that was sent is written. */
  idle(): Promise<void>;
  /** How many posts may stand twice because the surface left no way to know. */
  duplicatesPossible(): Promise<number>;
  /** What became of the messages of a workspace in the last days, for its admins. */
  state(workspace: string): ReturnType<typeof countPosts>;
}

export interface OutboxParts extends RoundParts {
  /** A post that nothing waits for is kept back so long, ms, for the cards behind it to share its commit. */
  readonly gatherMs: number;
  readonly store: Store;
  readonly ids: Ids;
  readonly log: { warn(detail: object, says: string): void };
}

/** `sent` is written with the next commit, or after this time (rule S3). */
const writeWithinMs = 200;
const retryCommitMs = 1_000;
/** Of what a channel did not take this much is still worth being said: a gate waits for so long by default. */
const saidLateMs = 7 * 86_400_000;
/** A start takes no row to be further off than this: an earlier clock may have been ahead. */
const dueWithinMs = 60_000;

export function createOutbox(parts: OutboxParts): Outbox {
  const { store, clock, surfaces, log } = parts;
  /** Threads by row. */
  const inFlight = new Map<string, string>();
  /** Edits without a card that are stored and not claimed; of this process, which on SQLite is the only one that sends. */
  const waitingEdits = new Set<string>();
  const dueAlarm = createAlarm(clock, wake);
  const writeAlarm = createAlarm(clock, wake);
  let ended: Ended[] = [];
  let crowded: ReadonlySet<string> = new Set();
  let full = false;
  let state: 'new' | 'started' | 'stopped' = 'new';
  let woken = false;
  let turning = false;
  let restWaiters: (() => void)[] = [];

  function wake(): void {
    woken = true;
    if (state !== 'new' && !turning) void turn();
  }

  /** One round after the other while there is something to do. Never throws. */
  async function turn(): Promise<void> {
    turning = true;
    // The commit that woke us is still on the stack; those beside it are taken along.
    await Promise.resolve();
    while (woken) {
      woken = false;
      await round();
    }
    turning = false;
    if (atRest()) rest();
  }

  /** One commit: what came of the last requests is written, and the next rows are claimed. */
  async function round(): Promise<void> {
    const written = ended;
    ended = [];
    writeAlarm.off();
    const blame: Blame = { ended: null, flight: null };
    try {
      const taken = await store.transact(async (tx) => {
        await writeEnded(tx, parts, written, blame);
        return state === 'stopped'
          ? nothingTaken
          : await takeNext(tx, parts, busyThreads, blame, (row) => {
              waitingEdits.delete(row.dedupe);
              // Who wrote it may be in this commit, and adds it only now.
              tx.onCommit(() => waitingEdits.delete(row.dedupe));
            });
      });
      ({ crowded, full } = taken);
      if (taken.dropped || ended.some(isWaitedFor)) woken = true;
      if (taken.due !== null) dueAlarm.by(taken.due);
      for (const batch of taken.loaded) void send(batch);
    } catch (error) {
      recover(error, written, blame);
    }
  }

  /** What ended since the round began is not written yet, so its thread is still taken. */
  const busyThreads = () => [...inFlight.values(), ...ended.map((one) => one.flight.thread)];

  /** Keeps the thread busy until the last of its rows has ended. */
  async function send(batch: readonly Loaded[]): Promise<void> {
    const first = batch[0]?.flight;
    const last = batch.at(-1)?.flight;
    if (first === undefined) return;
    inFlight.set(first.row.id, first.thread);
    const surface = surfaceOf(surfaces, first.row);
    await flyAll(
      { clock, surface },
      batch,
      () => state !== 'stopped',
      (flight, outcome) => {
        if (flight === last) inFlight.delete(first.row.id);
        note(flight, outcome);
      },
    );
  }

  /** What a crash cut off in one thread, and what it came to. */
  async function lookAfter(flights: readonly Flight[]): Promise<void> {
    const [first] = flights;
    if (first === undefined) return;
    for (const { row, thread } of flights) inFlight.set(row.id, thread);
    await resumeAll({ clock, surface: surfaceOf(surfaces, first.row) }, flights, (flight, outcome) => {
      inFlight.delete(flight.row.id);
      note(flight, outcome);
    });
  }

  function note(flight: Flight, outcome: Outcome): void {
    const { row } = flight;
    ended.push({ flight, outcome });
    if (outcome.came === 'again') {
      const { says, tries, duplicatePossible } = outcome;
      log.warn({ row: row.id, surface: row.surface, says, tries, duplicatePossible }, 'a card is sent again');
    } else if (outcome.came === 'failed') {
      log.warn({ row: row.id, surface: row.surface, says: outcome.says }, 'a card could not be sent');
    }
    if (state === 'started' && !isWaitedFor({ flight, outcome })) writeAlarm.by(clock.now() + writeWithinMs);
    else wake();
  }

  /** Whether what came of a request is to be written at once. */
  function isWaitedFor({ flight, outcome }: Ended): boolean {
    if (outcome.came !== 'sent' || full || crowded.has(flight.thread) || restWaiters.length > 0) return true;
    // Its run waits for the end of a delivery.
    return isDelivery(flight.row.message);
  }

  /** After a commit that failed: all is tried again, and if one card is to blame, only its thread waits. */
  function recover(error: unknown, written: readonly Ended[], blame: Blame): void {
    log.warn(
      { err: error, row: blame.ended?.flight.row.id ?? blame.flight?.row.id },
      'the outbox could not be written',
    );
    // What is not written stays `sending`, and the next start looks for it.
    if (state === 'stopped') return;
    const { ended: culprit, flight } = blame;
    ended.unshift(...written.filter((one) => one !== culprit));
    if (culprit !== null) {
      const { row, thread } = culprit.flight;
      inFlight.set(row.id, thread);
      clock.after(retryCommitMs, () => {
        inFlight.delete(row.id);
        ended.push(culprit);
        wake();
      });
      woken = true;
    } else if (flight !== null) {
      ended.push({
        flight,
        outcome: { came: 'failed', from: 'pending', says: 'The card could not be made.' },
      });
      woken = true;
    } else dueAlarm.by(clock.now() + retryCommitMs);
  }

  const atRest = () =>
    !turning && inFlight.size === 0 && ended.length === 0 && (state === 'stopped' || !woken);

  function rest(): void {
    const waiters = restWaiters;
    restWaiters = [];
    for (const resolve of waiters) resolve();
  }

  const untilRest = () =>
    atRest() ? Promise.resolve() : new Promise<void>((resolve) => void restWaiters.push(resolve));

  return {
    async put(tx, sending) {
      const now = clock.now();
      const row = rowOf(parts.ids.next('card'), sending, now);
      if (sending.kind === 'post') {
        const at = isDelivery(row.message) ? now : now + parts.gatherMs;
        // One that was given up is sent again when somebody asks for it (rule R4).
        const fresh =
          (await insertPost(tx, row)) || (isDelivery(row.message) && (await reviveFailedPost(tx, row)));
        if (fresh) tx.onCommit(() => (at <= now ? wake() : dueAlarm.by(at)));
        return;
      }
      if (sending.run === null)
        throw new CrewsmithError('internal.impossible', { what: 'an edit without a run' });
      // A waiting edit that is drawn when it is sent will show this change, too.
      const drawnLater = sending.card === null && store.dialect === 'sqlite';
      if (drawnLater && waitingEdits.has(row.dedupe)) return;
      const everyMs = surfaces.get(sending.surface)?.editEveryMs ?? 0;
      // The first of a message leaves its post some time, unless it is all that will be said.
      const first = drawnLater ? { ...row, due_at: now + everyMs } : row;
      const dueAt = await upsertEdit(tx, first, now, everyMs);
      tx.onCommit(() => {
        if (drawnLater) waitingEdits.add(row.dedupe);
        else waitingEdits.delete(row.dedupe);
        const at = Math.max(dueAt, now + parts.gatherMs);
        if (at <= clock.now()) wake();
        else dueAlarm.by(at);
      });
    },

    withdraw: (tx, workspace, run, step) => withdrawPosts(tx, workspace, run, deliveriesOf(step)),

    async letIn(tx, workspace, surface, channel) {
      const now = clock.now();
      const place = { workspace, surface, channel, since: now - saidLateMs, now };
      if ((await reviveIn(tx, place)) > 0) tx.onCommit(wake);
    },

    async start() {
      await store.transact((tx) => limitDue(tx, clock.now() + dueWithinMs));
      const cutOff = await store.read(async (tx) => {
        const rows = await candidates(tx, [...surfaces.keys()], 'sending', Number.MAX_SAFE_INTEGER);
        const flights: Flight[] = [];
        for (const candidate of rows) {
          const row = await findOutgoing(tx, candidate.id);
          if (row !== undefined) flights.push(flightOf(candidate, row));
        }
        return flights;
      });
      state = 'started';
      for (const flights of Map.groupBy(cutOff, ({ thread }) => thread).values()) void lookAfter(flights);
      wake();
    },

    async stop() {
      state = 'stopped';
      dueAlarm.off();
      writeAlarm.off();
      wake();
      await untilRest();
    },

    async idle() {
      wake();
      await untilRest();
    },

    duplicatesPossible: () => store.read(countDuplicatesPossible),

    state: (workspace) => store.read((tx) => countPosts(tx, workspace, clock.now() - saidLateMs)),
  };
}

const rowOf = (id: string, sending: Sending, now: number): Outgoing => ({
  id,
  workspace_id: sending.workspace,
  surface: sending.surface,
  run_id: sending.run,
  message: sending.message,
  kind: sending.kind,
  address: JSON.stringify({ channel: sending.place.channel, thread: sending.place.thread }),
  payload: sending.card === null ? null : JSON.stringify(sending.card),
  dedupe: sending.kind === 'post' ? sending.dedupe : `edit:${sending.run}:${sending.message}`,
  seq: sending.order,
  state: 'pending',
  tries: 0,
  due_at: now,
  sent_to: null,
  sent_at: null,
  duplicate_possible: 0,
  created_at: now,
});
