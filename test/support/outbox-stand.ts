import { randomBytes } from 'node:crypto';
import type { Card } from '../../src/chat/card.ts';
import { createIds } from '../../src/services/ids.ts';
import { createOutbox, type Outbox, type Sending } from '../../src/services/outbox.ts';
import type { Outgoing } from '../../src/store/outbox.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { cardOf, createRecorder, type Recorder } from './recorder.ts';
import { makeStoreFile } from './store-file.ts';

/** An outbox over a SQLite file, a virtual clock and a recorder, with everything it has told. */
export interface OutboxStand {
  readonly clock: VirtualClock;
  readonly recorder: Recorder;
  readonly store: Store;
  readonly outbox: Outbox;
  /** `message address` of each post marked as sent, in order. */
  readonly delivered: readonly string[];
  /** `message: sentence` of each row given up. */
  readonly failed: readonly string[];
  /** Titles that rows without a payload are rendered with, by message; null: nothing to show. */
  readonly titles: Map<string, string | null>;
  /** Commits so far, of whoever. */
  readonly commits: () => number;
  /** Runs in the commit that marks a post as sent. */
  onDelivered: (tx: Tx, row: Outgoing) => Promise<void>;
  put(...sendings: readonly Sending[]): Promise<void>;
  /** Ends the newest outbox as a crash would: what is committed or has arrived stays, and nothing more comes of it. */
  kill(): Promise<void>;
  /** Another outbox over the same store. */
  another(): Outbox;
  end(): Promise<void>;
}

/** `store`: another one than a SQLite file; it is closed at the end. */
export async function standOutbox(given: { store: Store | null } = { store: null }): Promise<OutboxStand> {
  const clock = createVirtualClock();
  const ids = createIds({ clock, random: randomBytes });
  const recorder = createRecorder();
  const file = await makeStoreFile();
  const store = given.store ?? (await file.open());
  const delivered: string[] = [];
  const failed: string[] = [];
  const titles = new Map<string, string | null>();
  const made: { outbox: Outbox; kill: () => Promise<void> }[] = [];
  let commits = 0;

  function make(): Outbox {
    let alive = true;
    const underWay = new Set<Promise<unknown>>();
    const whileAlive = async <T>(begin: () => Promise<T>): Promise<T> => {
      if (!alive) return await new Promise<never>(() => {});
      const work = begin();
      underWay.add(work);
      const result = await work.finally(() => underWay.delete(work));
      return alive ? result : await new Promise<never>(() => {});
    };
    const outbox = createOutbox({
      gatherMs: 0,
      store: {
        ...store,
        transact: (work) => {
          commits += 1;
          return whileAlive(() => store.transact(work));
        },
        read: (work) => whileAlive(() => store.read(work)),
      },
      clock,
      ids,
      surfaces: new Map([['terminal', recorder]]),
      async render(_, row): Promise<Card | null> {
        const title = titles.get(row.message);
        if (title === undefined) throw new Error(`no title for ${row.message}`);
        return title === null ? null : cardOf(title);
      },
      async onDelivered(tx, row, address) {
        await stand.onDelivered(tx, row);
        tx.onCommit(() => delivered.push(`${row.message} ${address}`));
      },
      async onFailed(tx, row, says) {
        tx.onCommit(() => failed.push(`${row.message}: ${says}`));
      },
      log: { warn: () => {} },
    });
    const kill = async () => {
      alive = false;
      await Promise.allSettled(underWay);
    };
    made.push({ outbox, kill });
    return outbox;
  }

  const stand: OutboxStand = {
    clock,
    recorder,
    store,
    outbox: make(),
    delivered,
    failed,
    titles,
    commits: () => commits,
    onDelivered: async () => {},
    put: (...sendings) =>
      store.transact(async (tx) => {
        for (const sending of sendings) await stand.outbox.put(tx, sending);
      }),
    kill: async () => await made.pop()?.kill(),
    another: make,
    async end() {
      // A request without an answer ends with its time.
      const stopping = Promise.all(made.map(({ outbox }) => outbox.stop()));
      await clock.advance(60_000);
      await stopping;
      await store.close();
      await file.end();
    },
  };
  return stand;
}

/** A post of a run in #sales, titled like its message. */
export const postOf = (run: string, message: string, more: Partial<Sending> = {}): Sending => ({
  workspace: 'workspace_1',
  surface: 'terminal',
  run,
  order: 0,
  place: { channel: 'sales', thread: null },
  message,
  kind: 'post',
  card: cardOf(`${run} ${message}`),
  dedupe: `${run}:${message}`,
  ...more,
});

export const editOf = (run: string, message: string, title: string): Sending => ({
  ...postOf(run, message),
  kind: 'edit',
  card: cardOf(title),
});
