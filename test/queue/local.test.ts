import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { createLocalQueue } from '../../src/queue/local.ts';
import type { Job, JobHandler, JobKind, Queue } from '../../src/queue/port.ts';
import { createIds } from '../../src/services/ids.ts';
import { storedJobs } from '../../src/store/jobs.ts';
import type { Store } from '../../src/store/port.ts';
import { queueContract } from '../contracts/queue.ts';
import { createVirtualClock, type VirtualClock } from '../support/clock.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

queueContract('the local queue', async () => {
  const clock = createVirtualClock();
  const ids = createIds({ clock, random: randomBytes });
  const file = await makeStoreFile();
  const store = await file.open();
  const errors: unknown[] = [];
  return {
    store,
    clock,
    errors,
    make: ({ workers } = { workers: 64 }) =>
      createLocalQueue({ store, clock, ids, workers, onError: (error) => errors.push(error) }),
    pass: clock.advance,
    end: file.end,
  };
});

let file: StoreFile | null = null;

afterEach(async () => {
  await file?.end();
  file = null;
});

async function begin(): Promise<{
  clock: VirtualClock;
  store: Store;
  make: (store: Store) => Queue;
  again: () => Promise<Store>;
}> {
  const clock = createVirtualClock();
  const ids = createIds({ clock, random: randomBytes });
  const made = await makeStoreFile();
  file = made;
  return {
    clock,
    store: await made.open(),
    make: (store) => createLocalQueue({ store, clock, ids, onError: () => {} }),
    again: made.open,
  };
}

const handlers = (handler: JobHandler): Record<JobKind, JobHandler> => ({
  step: handler,
  gate: handler,
  tell: handler,
});

const job = (dueAt: number): Omit<Job, 'id'> => ({
  workspace: 'workspace_1',
  kind: 'step',
  run: 'run_1',
  payload: null,
  dueAt,
});

test('a job whose process ended before it was complete runs again after the restart, from the file', async () => {
  const { clock, store, make, again } = await begin();
  const before = make(store);
  const begun = Promise.withResolvers<string>();
  await before.start(
    handlers(async (found) => {
      begun.resolve(found.id);
      await new Promise<never>(() => {});
    }),
  );
  await store.transact((tx) => before.enqueue(tx, job(clock.now())));
  const id = await begun.promise;

  const after = make(await again());
  const seen: string[] = [];
  await after.start(handlers(async (found) => void seen.push(found.id)));
  await after.idle();
  expect(seen).toEqual([id]);
});

test('a failing job is tried again after 1, 2, 4 … and at most 60 seconds', async () => {
  const { clock, store, make } = await begin();
  const queue = make(store);
  const times: number[] = [];
  await queue.start(
    handlers(async () => {
      times.push(clock.now() / 1000);
      throw new Error('never works');
    }),
  );
  await store.transact((tx) => queue.enqueue(tx, job(clock.now())));
  await queue.idle();
  await clock.advance(250_000);
  await queue.idle();
  const waits = times.slice(1).map((at, i) => at - (times[i] ?? 0));
  expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
});

test('a clock that is set forward brings up what became due within a minute, though its timer had longer to run', async () => {
  const { clock, store, make } = await begin();
  const queue = make(store);
  const ran: string[] = [];
  await queue.start(handlers(async (found) => void ran.push(found.id)));
  await store.transact((tx) => queue.enqueue(tx, job(clock.now() + 7 * 86_400_000)));
  clock.step(7 * 86_400_000);
  await clock.advance(60_000);
  await queue.idle();
  expect(ran).toHaveLength(1);
});

test('a job enqueued and committed before the start runs once the queue has started, and once', async () => {
  const { clock, store, make } = await begin();
  const queue = make(store);
  await store.transact((tx) => queue.enqueue(tx, job(clock.now())));
  const ran: string[] = [];
  await queue.start(handlers(async (found) => void ran.push(found.id)));
  await queue.idle();
  expect(ran).toHaveLength(1);
});

test('a job completed by somebody else before it is due never runs', async () => {
  const { clock, store, make } = await begin();
  const queue = make(store);
  const ran: string[] = [];
  await queue.start(handlers(async (found) => void ran.push(found.id)));
  await store.transact((tx) => queue.enqueue(tx, job(clock.now() + 1_000)));
  const [stored] = await store.read(storedJobs);
  await store.transact((tx) => queue.complete(tx, stored?.id ?? ''));
  await clock.advance(60_000);
  await queue.idle();
  expect(ran).toEqual([]);
});

test('a stopped queue leaves no timer behind', async () => {
  const { clock, store, make } = await begin();
  const queue = make(store);
  await queue.start(handlers(async () => {}));
  await store.transact((tx) => queue.enqueue(tx, job(clock.now() + 1_000)));
  expect(clock.timers).toBe(1);
  await queue.stop();
  expect(clock.timers).toBe(0);
});
