import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { createMemory } from '../../src/services/memory.ts';
import { createVirtualClock } from '../support/clock.ts';
import { makeStoreFile } from '../support/store-file.ts';

const dayMs = 86_400_000;

test('a button that is shown again and again leads somewhere however long the process runs', async () => {
  const file = await makeStoreFile();
  const store = await file.open();
  const clock = createVirtualClock();
  const memory = createMemory({ store, clock, random: randomBytes });
  const press = { do: 'say', words: 'help' };
  const tokens = new Set<string>();
  for (let day = 0; day < 30; day++) {
    const token = await memory.keep({ press }, 10);
    tokens.add(token);
    await clock.advance(4 * dayMs);
    expect(await memory.read(token)).toEqual({ press });
  }
  // A card that is drawn again mostly keeps the buttons that it had.
  expect(tokens.size).toBeLessThan(20);
  const [first = ''] = tokens;
  expect(await memory.read(first)).toBeNull();
  await store.close();
  await file.end();
});
