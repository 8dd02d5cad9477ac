import { type Clock, createAlarm } from '../clock.ts';
import { deleteJob, insertJob, storedJobs } from '../store/jobs.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Job, JobHandler, JobKind, Queue } from './port.ts';

export interface LocalQueueParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly ids: { next(kind: 'job'): string };
  /** Jobs worked on side by side. */
  readonly workers?: number;
  /** `job` is null for work that has none. */
  readonly onError: (error: unknown, job: Job | null) => void;
}

/** A job that this process knows and that is not done. */
interface Known {
  readonly job: Job;
  /** Moved on when the handler throws. */
  dueAt: number;
  failures: number;
  state: 'waiting' | 'ready' | 'working';
  /** Its row is gone: the handler's own transaction has committed `complete`. */
  completed: boolean;
}

const backoffMinMs = 1_000;
const backoffMaxMs = 60_000;

/**
 * The queue of one process: jobs are rows written with the transition that wants them, and the commit itself wakes the
 * worker, which gets the job from memory. Nothing polls; rows are read at the start alone.
 */
export function createLocalQueue(parts: LocalQueueParts): Queue {
  const { store, clock, ids, workers = 64, onError } = parts;
  const known = new Map<string, Known>();
  const ready: Known[] = [];
  let handlers: Readonly<Record<JobKind, JobHandler>> | null = null;
  let stopped = false;
  let working = 0;
  const alarm = createAlarm(clock, look);
  let restWaiters: (() => void)[] = [];

  function learn(job: Job): void {
    if (known.has(job.id)) return;
    const entry: Known = { job, dueAt: job.dueAt, failures: 0, state: 'waiting', completed: false };
    known.set(job.id, entry);
    place(entry);
  }

  /** Lets an entry that is not worked on wait for its time or for a worker. */
  function place(entry: Known): void {
    if (entry.dueAt <= clock.now()) {
      entry.state = 'ready';
      ready.push(entry);
      pump();
    } else {
      entry.state = 'waiting';
      if (!stopped) alarm.by(entry.dueAt);
    }
  }

  /** Moves what has become due to the workers. */
  function look(): void {
    const waiting = [...known.values()].filter((entry) => entry.state === 'waiting');
    for (const entry of waiting.sort((a, b) => a.dueAt - b.dueAt)) place(entry);
  }

  function pump(): void {
    if (handlers === null || stopped) return;
    while (working < workers) {
      const entry = ready.shift();
      if (entry === undefined) return;
      if (entry.completed) continue;
      entry.state = 'working';
      working += 1;
      void work(entry, handlers[entry.job.kind]);
    }
  }

  /** Never throws. */
  async function work(entry: Known, handler: JobHandler): Promise<void> {
    const { job } = entry;
    try {
      // The commit that woke us is still on the stack.
      await Promise.resolve();
      await handler(job);
      if (!entry.completed) await store.transact((tx) => deleteJob(tx, job.id));
      entry.completed = true;
    } catch (error) {
      onError(error, job);
    }
    working -= 1;
    if (entry.completed) known.delete(job.id);
    else {
      entry.dueAt = clock.now() + Math.min(backoffMaxMs, backoffMinMs * 2 ** entry.failures);
      entry.failures += 1;
      place(entry);
    }
    pump();
    if (atRest()) rest();
  }

  /** Never throws. */
  async function workWithoutJob(task: () => Promise<void>): Promise<void> {
    try {
      await Promise.resolve();
      await task();
    } catch (error) {
      onError(error, null);
    }
    working -= 1;
    pump();
    if (atRest()) rest();
  }

  const atRest = () => working === 0 && (stopped || ready.length === 0);

  function rest(): void {
    const waiters = restWaiters;
    restWaiters = [];
    for (const resolve of waiters) resolve();
  }

  const untilRest = () =>
    atRest() ? Promise.resolve() : new Promise<void>((resolve) => void restWaiters.push(resolve));

  return {
    async enqueue(tx: Tx, job) {
      const stored: Job = { ...job, id: ids.next('job') };
      await insertJob(tx, stored);
      tx.onCommit(() => learn(stored));
    },

    async complete(tx, jobId) {
      await deleteJob(tx, jobId);
      tx.onCommit(() => {
        const entry = known.get(jobId);
        if (entry === undefined) return;
        entry.completed = true;
        if (entry.state !== 'working') known.delete(jobId);
      });
    },

    goOn(tx, task) {
      if (handlers === null || stopped || working >= workers) return false;
      tx.onCommit(() => {
        working += 1;
        void workWithoutJob(task);
      });
      return true;
    },

    async start(given) {
      for (const job of await store.read(storedJobs)) learn(job);
      handlers = given;
      pump();
    },

    async idle() {
      look();
      await untilRest();
    },

    async stop() {
      stopped = true;
      alarm.off();
      await untilRest();
    },
  };
}
