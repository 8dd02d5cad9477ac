import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { editOf, type OutboxStand, postOf, standOutbox } from '../support/outbox-stand.ts';
import { cardOf, holdsBack, refuses } from '../support/recorder.ts';

let on: OutboxStand;

beforeEach(async () => {
  on = await standOutbox();
});

afterEach(async () => {
  await on.end();
  expect(on.recorder.mistakes).toEqual([]);
});

const titles = () => on.recorder.messages().map((m) => m.card.title);
const arrived = () => on.recorder.arrivals.map((a) => (a.did === 'find' ? a.dedupe : `${a.did} ${a.title}`));

describe('a post', () => {
  test('is sent after its commit, once, and told of with its address', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent']);
    expect(on.delivered).toEqual(['parent sales/1']);
  });

  test('of a transaction that rolls back is never sent', async () => {
    await on.outbox.start();
    const rolledBack = on.store.transact(async (tx) => {
      await on.outbox.put(tx, postOf('run_1', 'parent'));
      throw new RangeError('rolled back');
    });
    await expect(rolledBack).rejects.toThrow(RangeError);
    await on.outbox.idle();
    expect(titles()).toEqual([]);
  });

  test('with a dedupe id that is there already is not sent again', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'parent'));
    await on.outbox.idle();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent']);
  });

  test('without a card is rendered when it is sent, as things are then', async () => {
    on.titles.set('parent', 'as it was');
    await on.put(postOf('run_1', 'parent', { card: null }));
    on.titles.set('parent', 'as it is');
    await on.outbox.start();
    await on.outbox.idle();
    expect(titles()).toEqual(['as it is']);
  });

  test('for which there is nothing to show any more is dropped, and what is behind it goes out', async () => {
    on.titles.set('parent', null);
    await on.put(postOf('run_1', 'parent', { card: null }), postOf('run_1', 'step:a:1'));
    await on.outbox.start();
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 step:a:1']);
    expect(on.failed).toEqual([]);
  });
});

describe('the messages of a run', () => {
  test('stand under its parent card in their order, also when written before it was sent', async () => {
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'), postOf('run_1', 'step:b:1'));
    await on.outbox.start();
    await on.outbox.idle();
    expect(on.recorder.messages().map((m) => [m.card.title, m.place.thread])).toEqual([
      ['run_1 parent', null],
      ['run_1 step:a:1', 'sales/1'],
      ['run_1 step:b:1', 'sales/1'],
    ]);
  });

  test('leave the thread when they are deliveries or go to another channel', async () => {
    const direct = { channel: 'direct-bo', thread: null };
    await on.outbox.start();
    await on.put(
      postOf('run_1', 'parent'),
      postOf('run_1', 'delivery:publish:1'),
      postOf('run_1', 'gate:1:bo', { place: direct }),
    );
    await on.outbox.idle();
    expect(on.recorder.messages().map((m) => m.place)).toEqual([
      { channel: 'sales', thread: null },
      { channel: 'sales', thread: null },
      direct,
    ]);
  });

  test('are sent one after the other, while other runs go on beside them', async () => {
    const held = holdsBack();
    on.recorder.next('post', held.wait);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
    await on.clock.settle();
    await on.put(postOf('run_2', 'parent'), postOf('run_2', 'step:a:1'));
    await on.clock.settle();
    expect(titles()).toEqual(['run_2 parent', 'run_2 step:a:1']);
    held.release();
    await on.outbox.idle();
    expect(titles()).toEqual(['run_2 parent', 'run_2 step:a:1', 'run_1 parent', 'run_1 step:a:1']);
  });

  test('without a run share a thread with those of the same place', async () => {
    const held = holdsBack();
    on.recorder.next('post', held.wait);
    await on.outbox.start();
    const digest = (message: string, channel: string) =>
      postOf('none', message, { run: null, place: { channel, thread: null }, dedupe: message });
    await on.put(digest('a', 'sales'), digest('b', 'sales'), digest('c', 'design'));
    await on.clock.settle();
    expect(titles()).toEqual(['none c']);
    held.release();
    await on.outbox.idle();
    expect(titles()).toEqual(['none c', 'none a', 'none b']);
  });
});

describe('commits (rule S3)', () => {
  test('several cards are claimed in one commit and written as sent in one', async () => {
    await on.outbox.start();
    await on.outbox.idle();
    const before = on.commits();
    await on.put(...[1, 2, 3, 4, 5].map((n) => postOf(`run_${n}`, 'note')));
    await on.clock.settle();
    expect(titles()).toHaveLength(5);
    expect(on.commits() - before).toBe(1);
    await on.clock.advance(200);
    expect(on.delivered).toHaveLength(5);
    expect(on.commits() - before).toBe(2);
  });

  test('a post nobody waits for is written as sent after 200 ms, or with the next commit', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'note'));
    await on.clock.advance(199);
    expect(titles()).toEqual(['run_1 note']);
    expect(on.delivered).toEqual([]);
    await on.clock.advance(1);
    expect(on.delivered).toEqual(['note sales/1']);
    await on.put(postOf('run_2', 'note'));
    await on.clock.settle();
    await on.put(postOf('run_3', 'note'));
    await on.clock.settle();
    expect(on.delivered).toEqual(['note sales/1', 'note sales/2']);
  });

  test('a delivery is written as sent at once, since its run waits for it', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.clock.settle();
    expect(on.delivered).toEqual([]);
    await on.put(postOf('run_1', 'delivery:publish:1'));
    await on.clock.settle();
    expect(on.delivered).toEqual(['parent sales/1', 'delivery:publish:1 sales/2']);
  });

  test('what waits in a thread is claimed in one commit and sent in order, up to the first that is not sent', async () => {
    await on.put(
      ...['parent', 'step:a:1', 'step:b:1', 'step:c:1'].map((message) => postOf('run_1', message)),
    );
    const before = on.commits();
    on.recorder.next('post', async (arrive) => arrive());
    on.recorder.next('post', refuses({ again: true, retryAfterMs: 1_000 }));
    await on.outbox.start();
    await on.clock.settle();
    expect(titles()).toEqual(['run_1 parent']);
    await on.clock.advance(1_000);
    await on.outbox.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 step:a:1', 'run_1 step:b:1', 'run_1 step:c:1']);
    expect(on.recorder.messages().map((m) => m.place.thread)).toEqual([null, ...Array(3).fill('sales/1')]);
    expect(on.commits() - before).toBeLessThan(7);
  });

  test('a callback that fails in its commit holds up its own thread alone and is repeated', async () => {
    let fails = true;
    on.onDelivered = async (_, row) => {
      if (fails && row.run_id === 'run_1') throw new Error('not now');
    };
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_2', 'parent'));
    await on.clock.settle();
    await on.put(postOf('run_1', 'step:a:1'));
    await on.clock.advance(3_000);
    expect(titles()).toEqual(['run_1 parent', 'run_2 parent']);
    expect(on.delivered).toEqual(['parent sales/2']);
    fails = false;
    await on.clock.advance(1_000);
    await on.outbox.idle();
    expect(on.delivered).toEqual(['parent sales/2', 'parent sales/1', 'step:a:1 sales/3']);
  });

  test('a card that cannot be rendered is given up, and the rest goes on', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent', { card: null }), postOf('run_2', 'parent'));
    await on.outbox.idle();
    expect(titles()).toEqual(['run_2 parent']);
    expect(on.failed).toEqual(['parent: The card could not be made.']);
  });
});

describe('an edit', () => {
  test('waits for its post and goes to its address', async () => {
    const held = holdsBack();
    on.recorder.next('post', held.wait);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.put(editOf('run_1', 'parent', 'edited'));
    await on.clock.settle();
    expect(arrived()).toEqual([]);
    held.release();
    await on.outbox.idle();
    expect(arrived()).toEqual(['post run_1 parent', 'edit edited']);
    expect(titles()).toEqual(['edited']);
  });

  test('is coalesced: the first goes at once, then the last state each second', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    for (let i = 0; i <= 24; i++) {
      await on.put(editOf('run_1', 'parent', `state ${i}`));
      await on.clock.advance(100);
    }
    await on.clock.advance(5_000);
    expect(arrived()).toEqual([
      'post run_1 parent',
      'edit state 0',
      'edit state 9',
      'edit state 19',
      'edit state 24',
    ]);
  });

  test('asked for while one is in flight is made after it', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.outbox.idle();
    const held = holdsBack();
    on.recorder.next('edit', held.wait);
    await on.put(editOf('run_1', 'parent', 'first'));
    await on.clock.settle();
    await on.put(editOf('run_1', 'parent', 'second'));
    await on.put(editOf('run_1', 'parent', 'third'));
    held.release();
    await on.clock.advance(999);
    expect(titles()).toEqual(['first']);
    await on.clock.advance(1);
    await on.outbox.idle();
    expect(arrived()).toEqual(['post run_1 parent', 'edit first', 'edit third']);
  });

  test('without a card leaves its post some time and is rendered when it is sent', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'));
    await on.put({ ...editOf('run_1', 'parent', ''), card: null });
    await on.outbox.idle();
    on.titles.set('parent', 'now');
    await on.clock.advance(999);
    expect(titles()).toEqual(['run_1 parent']);
    await on.clock.advance(1);
    await on.outbox.idle();
    expect(titles()).toEqual(['now']);
  });

  test('keeps its place among the messages of its thread', async () => {
    await on.put(
      postOf('run_1', 'gate:1'),
      postOf('run_1', 'step:a:1'),
      editOf('run_1', 'gate:1', 'decided'),
      postOf('run_1', 'step:b:1'),
    );
    await on.outbox.start();
    await on.outbox.idle();
    expect(arrived()).toEqual([
      'post run_1 gate:1',
      'post run_1 step:a:1',
      'edit decided',
      'post run_1 step:b:1',
    ]);
  });

  test('that waits for its turn holds up no post of its thread', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), editOf('run_1', 'parent', 'first'));
    await on.outbox.idle();
    await on.put(editOf('run_1', 'parent', 'second'), postOf('run_1', 'step:a:1'));
    await on.outbox.idle();
    expect(titles()).toEqual(['first', 'run_1 step:a:1']);
    await on.clock.advance(1_000);
    expect(titles()).toEqual(['second', 'run_1 step:a:1']);
  });

  test('is due at once though the last one is dated in the future by a clock that was set back since', async () => {
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), editOf('run_1', 'parent', 'first'));
    await on.outbox.idle();
    on.clock.step(-3_600_000);
    await on.put(editOf('run_1', 'parent', 'second'));
    await on.outbox.idle();
    expect(titles()).toEqual(['second']);
  });
});

describe('stopping and starting', () => {
  test('stopping waits for what is being sent and writes it; the next start sends the rest', async () => {
    const held = holdsBack();
    on.recorder.next('post', held.wait);
    await on.outbox.start();
    await on.put(postOf('run_1', 'parent'), postOf('run_1', 'step:a:1'));
    await on.clock.settle();
    const stopping = on.outbox.stop();
    held.release();
    await stopping;
    expect(on.delivered).toEqual(['parent sales/1']);
    expect(on.clock.timers).toBe(0);
    const next = on.another();
    await next.start();
    await next.idle();
    expect(titles()).toEqual(['run_1 parent', 'run_1 step:a:1']);
    expect(on.recorder.messages()[1]?.place.thread).toBe('sales/1');
  });

  test('a card put before the start waits for it', async () => {
    await on.put(postOf('run_1', 'parent', { card: cardOf('early') }));
    await on.clock.advance(10_000);
    expect(titles()).toEqual([]);
    await on.outbox.start();
    await on.outbox.idle();
    expect(titles()).toEqual(['early']);
  });
});
