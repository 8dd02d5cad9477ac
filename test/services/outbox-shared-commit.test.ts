import { afterEach, beforeEach, expect, test } from 'vitest';
import { editOf, type OutboxStand, postOf, standOutbox } from '../support/outbox-stand.ts';

let on: OutboxStand;

beforeEach(async () => {
  on = await standOutbox();
});

afterEach(async () => {
  await on.end();
  expect(on.recorder.mistakes).toEqual([]);
});

const titles = () => on.recorder.messages().map((m) => m.card.title);
const drawnLater = { ...editOf('run_1', 'parent', ''), card: null };

test('an edit that is claimed in the commit that writes it leaves the way free for the next', async () => {
  on.titles.set('parent', 'first');
  await on.put(postOf('run_1', 'parent', { card: null }));
  await on.outbox.start();
  await on.outbox.idle();
  await on.clock.advance(1_000);

  on.titles.set('parent', 'second');
  const [, atRest] = [on.put(drawnLater), on.outbox.idle()];
  await on.clock.advance(1_000);
  await atRest;
  expect(titles()).toEqual(['second']);

  on.titles.set('parent', 'third');
  await on.put(drawnLater);
  await on.clock.advance(1_000);
  await on.outbox.idle();
  expect(titles()).toEqual(['third']);
});
