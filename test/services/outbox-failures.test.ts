import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editOf, type OutboxStand, postOf, standOutbox } from '../support/outbox-stand.ts';
import { losesAnswer, losesRequest, refuses } from '../support/recorder.ts';

let on: OutboxStand;

beforeEach(async () => {
  on = await standOutbox();
});

afterEach(async () => {
  await on.end();
  expect(on.recorder.mistakes).toEqual([]);
});

const titles = () => on.recorder.messages().map((m) => m.card.title);
const never = () => new Promise<never>(() => {});

describe('a refused card', () => {
  test('is sent again when the surface says so, and only its thread waits', async () => {
    on.recorder.next('post', refuses({ again: true, retryAfterMs: 7_000 }));
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'), postOf('run_2', 'parent'));
    await on.clock.advance(6_999);
    expect(titles()).toEqual(['run_2 parent']);
    await on.clock.advance(1);
    await on.outbox.idle();
    expect(titles()).toEqual(['run_2 parent', 'run_1 parent', 'run_1 step:a:1']);
  });

  test('waits whole milliseconds, whatever fraction the surface names', async () => {
    on.recorder.next('post', refuses({ again: true, retryAfterMs: 3_333.3 }));
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.clock.advance(3_333);
    expect(titles()).toEqual([]);
    await on.clock.advance(1);
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent']);
  });

  test('of a channel that we are not in is given up at once, and sent when we are let in; a delivery is tried on', async () => {
    const outside = refuses({ again: true, outside: true });
    on.recorder.next('post', outside);
    on.recorder.next('post', outside);
    await on.outbox.start();
    const parent = postOf('run_1', 'parent');
    await on.put(parent, postOf('run_2', 'delivery:publish:1'));
    await on.outbox.idle();
    expect(on.failed).toEqual(['parent: The surface refused.']);
    expect(titles()).toEqual([]);
    const { workspace, surface, place } = parent;
    await on.store.transact((tx) => on.outbox.letIn(tx, workspace, surface, place.channel));
    await on.outbox.idle();
    expect(titles().sort()).toEqual(['run_1 parent', 'run_2 delivery:publish:1']);
    expect(await on.outbox.state(workspace)).toEqual({ waiting: 0, failed: 0, duplicatesPossible: 0 });
  });

  test('is tried after 1, 2, 4 … and at most 60 seconds, ten times, then given up and told of', async () => {
    const start = on.clock.now();
    const times: number[] = [];
    for (let i = 0; i < 12; i++) {
      on.recorder.next('post', (arrive) => {
        times.push((on.clock.now() - start) / 1000);
        return refuses({ again: true })().then(arrive);
      });
    }
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.clock.advance(600_000);
    await on.outbox.idle();
    expect(times.map((at, i) => at - (times[i - 1] ?? 0))).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    expect(on.failed).toEqual(['parent: The surface refused.']);
    expect(titles()).toEqual([]);
  });

  test('that cannot succeed is given up at once, and what is behind it goes out', async () => {
    on.recorder.next('post', refuses({ again: false }));
    await on.outbox.start();
    await on.put(
      postOf('run_1', 'step:a:1'),
      editOf('run_1', 'step:a:1', 'edited'),
      postOf('run_1', 'step:b:1'),
    );
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 step:b:1']);
    expect(on.failed).toEqual(['step:a:1: The surface refused.']);
  });

  test('waits out its back-off though more of its thread is written', async () => {
    on.recorder.next('post', refuses({ again: true, retryAfterMs: 5_000 }));
    await on.outbox.start();
    await on.put(postOf('run_1', 'note:a'));
    await on.outbox.idle();
    await on.put(postOf('run_1', 'note:b'));
    await on.outbox.idle();
    expect(titles()).toEqual([]);
    await on.clock.advance(5_000);
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 note:a', 'run_1 note:b']);
  });

  test('keeps its place after a restart', async () => {
    on.recorder.next('post', refuses({ again: true, retryAfterMs: 5_000 }));
    await on.outbox.start();
    await on.put(postOf('run_1', 'note:a'), postOf('run_1', 'note:b'));
    await on.outbox.idle();
    await on.outbox.stop();
    const next = on.another();
    await next.start();
    await next.idle();
    expect(titles()).toEqual([]);
    await on.clock.advance(5_000);
    await next.idle();
    expect(titles()).toEqual(['run_1 note:a', 'run_1 note:b']);
  });
});

describe('a refused edit', () => {
  test('is made again with the newest state, and new states do not shorten its back-off', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    on.recorder.next('edit', refuses({ again: true, retryAfterMs: 10_000 }));
    await on.put(editOf('run_1', 'parent', 'first'));
    await on.clock.advance(3_000);
    await on.put(editOf('run_1', 'parent', 'second'));
    await on.clock.advance(6_999);
    expect(titles()).toEqual(['run_1 parent']);
    await on.clock.advance(1);
    expect(titles()).toEqual(['second']);
  });

  test('given up leaves the next state free to arrive', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    on.recorder.next('edit', refuses({ again: false }));
    await on.put(editOf('run_1', 'parent', 'first'));
    await on.outbox.idle();
    expect(on.failed).toEqual(['parent: The surface refused.']);
    await on.put(editOf('run_1', 'parent', 'second'));
    await on.outbox.idle();
    expect(titles()).toEqual(['second']);
  });
});

describe('a doubtful post (rule S3)', () => {
  test('that is found counts as sent', async () => {
    on.recorder.next('post', losesAnswer);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 step:a:1']);
    expect(on.delivered).toEqual(['parent sales/1', 'step:a:1 sales/2']);
    expect(await on.outbox.duplicatesPossible()).toBe(0);
  });

  test('that is not there is sent again, and no duplicate is possible', async () => {
    on.recorder.next('post', losesRequest);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent']);
    expect(await on.outbox.duplicatesPossible()).toBe(0);
  });

  test('that cannot be looked for is sent again and counted', async () => {
    on.recorder.next('post', losesAnswer);
    on.recorder.next('find', async () => ({ found: 'unknown' }));
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 parent']);
    expect(on.delivered).toEqual(['parent sales/2']);
    expect(await on.outbox.duplicatesPossible()).toBe(1);
  });

  test('is looked for 5 seconds at most, in which only its thread waits', async () => {
    on.recorder.next('post', losesAnswer);
    on.recorder.next('find', never);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_2', 'parent'));
    await on.clock.advance(4_999);
    expect(titles()).toEqual(['run_1 parent', 'run_2 parent']);
    await on.clock.advance(1);
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_2 parent', 'run_1 parent']);
    expect(await on.outbox.duplicatesPossible()).toBe(1);
  });

  test('is every one whose surface failed in a way of its own, or gave no answer for 30 seconds', async () => {
    on.recorder.next('post', async (arrive) => {
      arrive();
      throw new TypeError('not a surface failure');
    });
    on.recorder.next('post', async (arrive) => {
      arrive();
      return await never();
    });
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_2', 'parent'));
    await on.clock.advance(30_000);
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_2 parent']);
    expect(on.delivered).toEqual(['parent sales/1', 'parent sales/2']);
  });
});

describe('after a crash', () => {
  test('a post that had arrived is found and not sent again', async () => {
    on.recorder.next('post', async (arrive) => {
      arrive();
      return await never();
    });
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
    await on.clock.settle();
    await on.kill();
    const next = on.another();
    await next.start();
    await next.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 step:a:1']);
    expect(on.delivered).toEqual(['parent sales/1', 'step:a:1 sales/2']);
    expect(await next.duplicatesPossible()).toBe(0);
  });

  test('what had arrived under a parent card of the same commit is found in its thread', async () => {
    const arrives = async (arrive: () => string) => arrive();
    on.recorder.next('post', arrives);
    on.recorder.next('post', arrives);
    on.recorder.next('post', async (arrive) => {
      arrive();
      return await never();
    });
    await on.outbox.start();
    await on.put(
      postOf('run_1', 'parent'),
      postOf('run_1', 'step:a:1'),
      postOf('run_1', 'step:b:1'),
      postOf('run_1', 'step:c:1'),
    );
    await on.clock.settle();
    await on.kill();
    const next = on.another();
    await next.start();
    await next.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 step:a:1', 'run_1 step:b:1', 'run_1 step:c:1']);
    expect(on.recorder.messages().map((m) => m.place.thread)).toEqual([null, ...Array(3).fill('sales/1')]);
    expect(await next.duplicatesPossible()).toBe(0);
  });

  test('what may have arrived under a parent card that cannot be looked for is counted, within 5 seconds', async () => {
    on.recorder.next('post', async (arrive) => arrive());
    on.recorder.next('post', async (arrive) => {
      arrive();
      return await never();
    });
    on.recorder.next('find', never);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
    await on.clock.settle();
    await on.kill();
    const next = on.another();
    await next.start();
    await on.clock.advance(5_000);
    await next.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 step:a:1', 'run_1 parent', 'run_1 step:a:1']);
    expect(await next.duplicatesPossible()).toBe(2);
  });

  test('a post that had not arrived is sent, and an edit is made again', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    on.recorder.next('edit', never);
    on.recorder.next('post', never);
    await on.put(editOf('run_1', 'parent', 'edited'), postOf('run_2', 'parent'));
    await on.clock.settle();
    expect(titles()).toEqual(['run_1 parent']);
    await on.kill();
    const next = on.another();
    await next.start();
    await next.idle();
    expect(titles()).toEqual(['edited', 'run_2 parent']);
    expect(await next.duplicatesPossible()).toBe(0);
  });

  test('a look that hangs keeps other threads waiting for nothing', async () => {
    on.recorder.next('post', never);
    on.recorder.next('find', never);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.clock.settle();
    await on.store.transact((tx) => on.outbox.put(tx, postOf('run_1', 'step:a:1')));
    await on.kill();
    const next = on.another();
    await next.start();
    await on.store.transact((tx) => next.put(tx, postOf('run_2', 'parent')));
    await on.clock.settle();
    expect(titles()).toEqual(['run_2 parent']);
    await on.clock.advance(5_000);
    await next.idle();
    expect(titles()).toEqual(['run_2 parent', 'run_1 parent', 'run_1 step:a:1']);
  });
});
