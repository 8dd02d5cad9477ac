import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { openPostgres } from '../../src/store/postgres.ts';
import { editOf, type OutboxStand, postOf, standOutbox } from '../support/outbox-stand.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { losesAnswer, refuses } from '../support/recorder.ts';

let postgres: Postgres;
let on: OutboxStand;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(async () => await postgres.stop());

beforeEach(async () => {
  on = await standOutbox({ store: await openPostgres({ url: await postgres.database() }) });
});

afterEach(async () => {
  await on.end();
  expect(on.recorder.mistakes).toEqual([]);
});

const titles = () => on.recorder.messages().map((m) => [m.card.title, m.place.thread]);

test('on PostgreSQL the messages of a run are posted in order, each once, and the last state of a card stands', async () => {
  await on.outbox.start();
  await on.put(postOf('run_1', 'parent'), postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
  await on.put(editOf('run_1', 'parent', 'first'), postOf('run_1', 'step:b:1'));
  await on.outbox.idle();
  await on.put(editOf('run_1', 'parent', 'second'));
  await on.put(editOf('run_1', 'parent', 'third'));
  await on.outbox.idle();
  const notes = [
    ['run_1 step:a:1', 'sales/1'],
    ['run_1 step:b:1', 'sales/1'],
  ];
  expect(titles()).toEqual([['first', null], ...notes]);
  await on.clock.advance(1_000);
  await on.outbox.idle();
  expect(titles()).toEqual([['third', null], ...notes]);
  expect(on.delivered).toEqual(['parent sales/1', 'step:a:1 sales/2', 'step:b:1 sales/3']);
});

test('on PostgreSQL cards without a run keep their order, and refused ones wait and go out', async () => {
  const digest = (message: string) => postOf('none', message, { run: null, dedupe: message });
  on.recorder.next('post', refuses({ again: true, retryAfterMs: 5_000 }));
  await on.outbox.start();
  await on.put(digest('a'), digest('b'));
  await on.outbox.idle();
  expect(titles()).toEqual([]);
  await on.clock.advance(5_000);
  await on.outbox.idle();
  expect(titles()).toEqual([
    ['none a', null],
    ['none b', null],
  ]);
});

test('on PostgreSQL a card given up is told of, and a doubtful one is counted', async () => {
  on.recorder.next('post', refuses({ again: false }));
  on.recorder.next('post', losesAnswer);
  on.recorder.next('find', async () => ({ found: 'unknown' }));
  await on.outbox.start();
  await on.put(postOf('run_1', 'note:a'), postOf('run_1', 'note:b'));
  await on.outbox.idle();
  expect(on.failed).toEqual(['note:a: The surface refused.']);
  expect(titles()).toHaveLength(2);
  expect(await on.outbox.duplicatesPossible()).toBe(1);
});

test('on PostgreSQL what a crash cut off is looked for at the next start', async () => {
  const arrived = Promise.withResolvers<void>();
  on.recorder.next('post', async (arrive) => {
    arrive();
    arrived.resolve();
    return await new Promise<never>(() => {});
  });
  await on.outbox.start();
  await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
  await arrived.promise;
  await on.kill();
  const next = on.another();
  await next.start();
  await next.idle();
  expect(titles()).toEqual([
    ['run_1 parent', null],
    ['run_1 step:a:1', 'sales/1'],
  ]);
  expect(await next.duplicatesPossible()).toBe(0);
});
