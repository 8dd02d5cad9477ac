import { randomBytes } from 'node:crypto';
// Loaded at once, since a virtual clock does not wait for the disk.
import '../../src/services/digest-card.ts';
import '../../src/services/digest-facts.ts';
import type { Card } from '../../src/chat/card.ts';
import type { Chart } from '../../src/chat/chart.ts';
import { createDigests, type Digests } from '../../src/services/digests.ts';
import { createIds } from '../../src/services/ids.ts';
import type { KeyView } from '../../src/services/key-rows.ts';
import { createOutbox, type Outbox } from '../../src/services/outbox.ts';
import { db } from '../../src/store/db.ts';
import type { Store } from '../../src/store/port.ts';
import type { Tables } from '../../src/store/schema.ts';
import { type Books, openBooks } from './books.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { createRecorder, type Recorder, type Seen } from './recorder.ts';

/** A process that looks for digests and sends its cards. */
export interface DigestProcess {
  readonly digests: Digests;
  readonly outbox: Outbox;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** The real digests and outboxes over any store; only time, the surface and the books' calls are stand-ins. */
export interface DigestStand {
  readonly clock: VirtualClock;
  readonly books: Books;
  readonly recorder: Recorder;
  readonly warnings: readonly string[];
  /** What the workspace's keys are said to be. */
  keys: readonly KeyView[];
  process(through?: (store: Store) => Store): DigestProcess;
  /** As an admin sets it; `value` of `digest-channel` is a channel or `off`. */
  set(name: 'digest-channel' | 'zone', value: string): Promise<void>;
  /** A call that is paid, at this instant or now. */
  paid(nano: number, more?: { at?: number; channel?: 0 | 1; crew?: string }): Promise<void>;
  /** Moves the clock to an instant as if nothing had happened meanwhile, then lets the next look happen. */
  at(iso: string): Promise<void>;
  digestsSeen(): readonly Seen[];
  rows(): Promise<Tables['digests'][]>;
  /** The cards of this workspace in the outbox, sent or not. */
  put(): Promise<Card[]>;
  newestPut(): Promise<Card | undefined>;
}

export const standDigests = async (store: Store, start?: number): Promise<DigestStand> =>
  standOn(await openBooks(store, createVirtualClock(start)));

export function standOn(books: Books): DigestStand {
  const { store, clock } = books;
  const recorder = createRecorder({ name: 'slack' });
  const warnings: string[] = [];
  const log = { warn: (_: object, says: string) => void warnings.push(says) };
  const { workspace } = books;

  const stand: DigestStand = {
    clock,
    books,
    recorder,
    warnings,
    keys: [],

    process(through = (same) => same) {
      const own = through(store);
      const outbox = createOutbox({
        gatherMs: 40,
        ...{ store: own, clock, log, ids: createIds({ clock, random: randomBytes }) },
        surfaces: new Map([['slack', recorder]]),
        render: async () => null,
        onDelivered: async () => {},
        onFailed: async () => {},
      });
      const keys = { list: async () => [...stand.keys] };
      const digests = createDigests({ ...books, store: own, keys, log, outbox });
      return {
        digests,
        outbox,
        async start() {
          await outbox.start();
          digests.start();
        },
        async stop() {
          await digests.stop();
          await outbox.stop();
        },
      };
    },

    async set(name, value) {
      const change = { workspace, actor: 'member_a', name, value };
      await store.transact((tx) => books.settings.set(tx, change));
    },

    async paid(nano, { at, channel = 0, crew = 'research' } = {}) {
      if (at !== undefined) clock.step(at - clock.now());
      const id = await books.hold({ channel: books.channels[channel], crew }, nano);
      await books.settle(id ?? '', nano);
    },

    async at(iso) {
      clock.step(Date.parse(iso) - clock.now());
      await clock.advance(61_000);
    },

    digestsSeen: () => recorder.messages(),

    put: () =>
      store.read(async (tx) => {
        const query = db(tx).selectFrom('outbox').select('payload').where('workspace_id', '=', workspace);
        const rows = await query.orderBy('id').execute();
        return rows.map(({ payload }) => JSON.parse(payload ?? '') as Card);
      }),

    newestPut: async () => (await stand.put()).at(-1),

    rows: () => store.read((tx) => db(tx).selectFrom('digests').selectAll().orderBy('period').execute()),
  };
  return stand;
}

export const chartIn = (card: Card | undefined): Chart | undefined =>
  card?.body.find((block) => block.type === 'chart')?.chart;

/** The value of a row of a card's fields. */
export const fieldIn = (card: Card | undefined, name: string): string | undefined =>
  card?.body
    .flatMap((block) => (block.type === 'fields' ? block.fields : []))
    .find((field) => field.name === name)?.value;
