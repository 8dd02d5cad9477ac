import { expect, test } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import type { Provider, Usage } from '../../src/providers/port.ts';
import { lineCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { createScripted } from '../support/scripted.ts';

async function withHouse(provider: Provider, then: (house: House) => Promise<void>): Promise<void> {
  const house = await openHouse({ providers: [provider] });
  await then(house);
  expect(house.warnings).toEqual([]);
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  await house.end();
}

test.each<[string, Partial<Usage>]>([
  ['more tokens than money can be counted for', { outputTokens: Number.MAX_SAFE_INTEGER }],
  ['a part of a token', { inputTokens: 1.5 }],
  ['fewer tokens than none', { outputTokens: -1 }],
  ['no number', { inputTokens: Number.NaN }],
])('a reply that reports %s is kept, and costs its hold at most', async (_, usage) => {
  await withHouse(
    createScripted(() => ({ text: 'words', usage })),
    async (house) => {
      await house.setBudget(1_000_000_000n);
      const run = await house.ask(lineCrew, { topic: 'tea' });
      const view = await house.view(run);
      expect(view).toMatchObject({ status: 'completed', costNano: 0 });
      const [attempt] = await house.rows('attempts');
      expect(view.uncertainNano).toBe(attempt?.hold_nano);
      expect(view.uncertainNano).toBeGreaterThan(0);
    },
  );
});

test('a reply that is nested too deeply to be stored is paid and asked for once more, and no hold stays', async () => {
  let deep: Json = [];
  for (let i = 0; i < 100_000; i++) deep = [deep];
  const plain = createScripted(() => ({ text: 'words' }));
  const provider: Provider = {
    ...plain,
    async *stream(request, key, signal) {
      for await (const event of plain.stream(request, key, signal)) {
        const first = plain.requests.length === 1 && event.type === 'finish';
        yield first ? { ...event, raw: { ...event.raw, items: deep } } : event;
      }
    },
  };
  await withHouse(provider, async (house) => {
    await house.setBudget(1_000_000_000n);
    const run = await house.ask(lineCrew, { topic: 'tea' });
    const view = await house.view(run);
    expect(view.status).toBe('completed');
    expect(view.steps[0]?.attempts.map((a) => a.outcome)).toEqual(['bad-output', 'settled']);
    expect((await house.rows('holds')).map((hold) => hold.live)).toEqual([0, 0]);
  });
});
