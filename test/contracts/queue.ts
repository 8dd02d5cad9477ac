import { afterEach, describe, expect, test } from 'vitest';
import type { Clock } from '../../src/clock.ts';
import type { Job, JobHandler, JobKind, Queue } from '../../src/queue/port.ts';
import type { Store } from '../../src/store/port.ts';

/** A store and the queues over it. */
export interface QueueUnderTest {
  readonly store: Store;
  readonly clock: Clock;
  /** A queue over the same store, as another start of the process would make it. */
  make(options?: { workers: number }): Queue;
  /** What handlers of these queues have thrown. */
  readonly errors: readonly unknown[];
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  end(): Promise<void>;
}

/** What every queue does; that its jobs are hints (rule Q1) is for their handlers. */
export function queueContract(name: string, begin: () => Promise<QueueUnderTest>): void {
  describe(`${name} is a queue`, () => {
    let on: QueueUnderTest;
    const queues: Queue[] = [];

    afterEach(async () => {
      for (const queue of queues.splice(0)) await queue.stop();
      await on.end();
    });

    function make(options?: { workers: number }): Queue {
      const queue = on.make(options);
      queues.push(queue);
      return queue;
    }

    const handlers = (handler: JobHandler): Record<JobKind, JobHandler> => ({
      step: handler,
      gate: handler,
      tell: handler,
    });

    const jobOf = (payload: string, more: Partial<Job> = {}): Omit<Job, 'id'> => ({
      workspace: 'workspace_1',
      kind: 'step',
      run: 'run_1',
      payload,
      dueAt: on.clock.now(),
      ...more,
    });

    const enqueue = (queue: Queue, job: Omit<Job, 'id'>) => on.store.transact((tx) => queue.enqueue(tx, job));

    test('a job runs after the commit, once, and with what was enqueued', async () => {
      on = await begin();
      const seen: Job[] = [];
      const queue = make();
      await queue.start(handlers(async (job) => void seen.push(job)));
      const job = jobOf('a', { kind: 'gate', payload: { to: ['x', 1, null] } });
      let inTransaction = -1;
      await on.store.transact(async (tx) => {
        await queue.enqueue(tx, job);
        inTransaction = seen.length;
      });
      await queue.idle();
      expect(inTransaction).toBe(0);
      expect(seen).toEqual([{ ...job, id: expect.stringMatching(/^job_/) }]);
    });

    test('a job of a transaction that rolls back never runs, also not after a restart', async () => {
      on = await begin();
      const seen: Job[] = [];
      const queue = make();
      await queue.start(handlers(async (job) => void seen.push(job)));
      const rolledBack = on.store.transact(async (tx) => {
        await queue.enqueue(tx, jobOf('lost'));
        throw new RangeError('rolled back');
      });
      await expect(rolledBack).rejects.toThrow(RangeError);
      await queue.idle();
      await queue.stop();
      const next = make();
      await next.start(handlers(async (job) => void seen.push(job)));
      await next.idle();
      expect(seen).toEqual([]);
    });

    test('a restart takes up what was stored and not worked on, as it was', async () => {
      on = await begin();
      const before = make();
      const job = jobOf('a', { kind: 'gate', run: null, payload: { gate: 'gate_1', open: true } });
      await enqueue(before, job);
      await before.stop();
      const seen: Job[] = [];
      const after = make();
      await after.start(handlers(async (found) => void seen.push(found)));
      await after.idle();
      expect(seen).toEqual([{ ...job, id: expect.any(String) }]);
    });

    test('a job that was worked on does not come back after a restart', async () => {
      on = await begin();
      const seen: unknown[] = [];
      const queue = make();
      await queue.start(handlers(async (job) => void seen.push(job.payload)));
      await enqueue(queue, jobOf('once'));
      await queue.idle();
      await queue.stop();
      const next = make();
      await next.start(handlers(async (job) => void seen.push(job.payload)));
      await next.idle();
      expect(seen).toEqual(['once']);
    });

    test('a job that is due later runs then and not before', async () => {
      on = await begin();
      const seen: unknown[] = [];
      const queue = make();
      await queue.start(handlers(async (job) => void seen.push(job.payload)));
      await enqueue(queue, jobOf('later', { dueAt: on.clock.now() + 10_000 }));
      await enqueue(queue, jobOf('sooner', { dueAt: on.clock.now() + 5_000 }));
      await queue.idle();
      await on.pass(4_000);
      await queue.idle();
      expect(seen).toEqual([]);
      await on.pass(2_000);
      await queue.idle();
      expect(seen).toEqual(['sooner']);
      await on.pass(5_000);
      await queue.idle();
      expect(seen).toEqual(['sooner', 'later']);
    });

    test('a handler that throws is told of and its job is tried again later', async () => {
      on = await begin();
      const seen: number[] = [];
      const queue = make();
      const start = on.clock.now();
      await queue.start(
        handlers(async () => {
          seen.push(on.clock.now() - start);
          if (seen.length < 3) throw new RangeError(`try ${seen.length}`);
        }),
      );
      await enqueue(queue, jobOf('a'));
      await queue.idle();
      expect(seen).toHaveLength(1);
      await on.pass(20_000);
      await queue.idle();
      expect(seen).toHaveLength(3);
      expect(on.errors).toEqual([new RangeError('try 1'), new RangeError('try 2')]);
    });

    test('a job completed in its handler’s own transaction is gone with that commit', async () => {
      on = await begin();
      const queue = make();
      const seen: unknown[] = [];
      await queue.start(
        handlers(async (job) => {
          seen.push(job.payload);
          await on.store.transact((tx) => queue.complete(tx, job.id));
          throw new RangeError('after the commit');
        }),
      );
      await enqueue(queue, jobOf('a'));
      await queue.idle();
      await on.pass(120_000);
      await queue.idle();
      expect(seen).toEqual(['a']);
      expect(on.errors).toEqual([new RangeError('after the commit')]);
    });

    test('a completion that rolls back leaves the job to be tried again', async () => {
      on = await begin();
      const queue = make();
      let tries = 0;
      await queue.start(
        handlers(async (job) => {
          tries += 1;
          await on.store.transact(async (tx) => {
            await queue.complete(tx, job.id);
            if (tries === 1) throw new RangeError('rolled back');
          });
        }),
      );
      await enqueue(queue, jobOf('a'));
      await queue.idle();
      await on.pass(20_000);
      await queue.idle();
      expect(tries).toBe(2);
    });

    test('no more jobs than there are workers run side by side, and all run in the end', async () => {
      on = await begin();
      const queue = make({ workers: 3 });
      let running = 0;
      let most = 0;
      let done = 0;
      await queue.start(
        handlers(async () => {
          running += 1;
          most = Math.max(most, running);
          await on.store.read(async () => {});
          running -= 1;
          done += 1;
        }),
      );
      await on.store.transact(async (tx) => {
        for (let i = 0; i < 20; i++) await queue.enqueue(tx, jobOf(`${i}`));
      });
      await queue.idle();
      expect({ most, done }).toEqual({ most: 3, done: 20 });
    });

    test('a job that a handler enqueues is worked on before the queue is idle', async () => {
      on = await begin();
      const queue = make();
      const seen: unknown[] = [];
      await queue.start(
        handlers(async (job) => {
          seen.push(job.payload);
          if (seen.length === 3) return;
          await on.store.transact(async (tx) => {
            await queue.enqueue(tx, jobOf(`after ${String(job.payload)}`));
            await queue.complete(tx, job.id);
          });
        }),
      );
      await enqueue(queue, jobOf('a'));
      await queue.idle();
      expect(seen).toEqual(['a', 'after a', 'after after a']);
    });

    test('stopping waits for the handler under way and starts nothing more', async () => {
      on = await begin();
      const queue = make({ workers: 1 });
      const seen: unknown[] = [];
      const begun = Promise.withResolvers<void>();
      const go = Promise.withResolvers<void>();
      await queue.start(
        handlers(async (job) => {
          begun.resolve();
          await go.promise;
          seen.push(job.payload);
        }),
      );
      await enqueue(queue, jobOf('under way'));
      await enqueue(queue, jobOf('behind it'));
      await begun.promise;
      const stopping = queue.stop().then(() => seen.push('stopped'));
      await enqueue(queue, jobOf('too late'));
      go.resolve();
      await stopping;
      expect(seen).toEqual(['under way', 'stopped']);
      const next = make({ workers: 1 });
      await next.start(handlers(async (job) => void seen.push(job.payload)));
      await next.idle();
      expect(seen).toEqual(['under way', 'stopped', 'behind it', 'too late']);
    });
  });
}
