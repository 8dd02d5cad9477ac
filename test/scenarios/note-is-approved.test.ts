import { afterEach, expect, test } from 'vitest';
import { noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted } from '../support/scripted.ts';

let house: House;
afterEach(() => house.end());

test('a note is written, approved and published, and every call is paid for', async () => {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider] });
  const run = await house.ask(noteCrew, { topic: 'tea' });

  const waiting = await house.view(run);
  expect(waiting.status).toBe('waiting');
  expect(waiting.waiting).toMatchObject({ for: 'approval', step: 'approve', draft: 1 });

  await house.decide(run, 'approve');
  const done = await house.view(run);
  expect(done.status).toBe('completed');
  expect(provider.requests).toHaveLength(2);
  expect(done.steps.map((s) => [s.id, s.status])).toEqual([
    ['draft', 'done'],
    ['polish', 'done'],
    ['approve', 'done'],
    ['publish', 'done'],
  ]);
  // gpt-6-sol: $2 and $10 a million tokens; 1,000 in and 100 out, twice.
  expect(done.costNano).toBe(2 * (1_000 * 2_000 + 100 * 10_000));
  const delivered = house.recorder.messages().at(-1);
  expect(JSON.stringify(delivered?.card.body)).toContain('words 2');
  expect(house.recorder.mistakes).toEqual([]);
});
