import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { drawCard } from '../../src/chat/terminal/draw.ts';
import type { KeyView } from '../../src/services/key-rows.ts';
import { chartIn, type DigestStand, fieldIn, standDigests } from '../support/digest-stand.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const dollar = 1_000_000_000;
const dayMs = 86_400_000;

let file: StoreFile;
let on: DigestStand;

beforeEach(async () => {
  file = await makeStoreFile();
  on = await standDigests(await file.open(), Date.parse('2026-11-02T12:00Z'));
});
afterEach(async () => await file.end());

const key = (changes: Partial<KeyView>): KeyView => ({
  id: 'key_1',
  ...{ provider: 'openai', environment: 'production', label: 'main', hint: '4f2a' },
  ...{ scope: {}, origin: 'person', baseUrl: null, health: 'healthy', healthSays: null, healthAt: null },
  ...{ worked: true, lastUsedAt: null, createdBy: 'member_a', createdAt: 0 },
  ...{ versionId: 'version_1', versionSince: on.clock.now(), draining: [] },
  ...changes,
});

async function card() {
  on.clock.step(Math.max(0, Date.parse('2026-11-20T12:00Z') - on.clock.now()));
  await on.set('digest-channel', '#sales');
  const { digests } = on.process();
  on.clock.step(Date.parse('2026-11-23T09:00Z') - on.clock.now());
  await digests.tick();
  return await on.newestPut();
}

describe('a digest says', () => {
  test('the week’s spend against the week before, by channel, crew and model, and what changed most', async () => {
    await on.paid(20 * dollar, { at: Date.parse('2026-11-10T10:00Z') });
    await on.paid(4 * dollar, { at: Date.parse('2026-11-11T10:00Z'), crew: 'lead' });
    await on.paid(18 * dollar, { at: Date.parse('2026-11-17T10:00Z') });
    await on.paid(9 * dollar, { at: Date.parse('2026-11-18T10:00Z'), crew: 'lead', channel: 1 });
    const made = await card();
    expect(made?.title).toBe('Acme · week of 16 November');
    expect(made?.status).toBe('$27.00 · ▲ 13 % · 2 runs · 0 approved');
    expect(fieldIn(made, 'Channels')).toBe('#sales $18.00 · #ops $9.00');
    expect(fieldIn(made, 'Crews')).toBe('research $18.00 · lead $9.00');
    expect(fieldIn(made, 'Models')).toBe('gpt-6-luna $27.00');
    expect(fieldIn(made, 'Changed')).toBe('lead ▲ 2.3× · research ▼ 10 %');
    expect(chartIn(made)?.line).toMatchObject({
      name: 'week before',
      nano: [0, 20, 4, 0, 0, 0, 0].map((d) => d * dollar),
    });
    expect(fieldIn(made, 'Month')).toMatch(/^\$51\.00 · forecast \$\d+–\d+$/);
  });

  test('beyond five of a kind how many more there are and what they cost, so that all sums are whole', async () => {
    for (let n = 1; n <= 7; n++)
      await on.paid(n * dollar, { at: Date.parse('2026-11-17T10:00Z') + n, crew: `crew-${n}` });
    expect(fieldIn(await card(), 'Crews')).toBe(
      'crew-7 $7.00 · crew-6 $6.00 · crew-5 $5.00 · crew-4 $4.00 · crew-3 $3.00 · 2 more $3.00',
    );
  });

  test('the budgets of that week as they ended, and of the month as they stand', async () => {
    const { admin, workspace, channels } = on.books;
    const set = { workspace, actor: 'member_a' };
    on.clock.step(Date.parse('2026-11-16T08:00Z') - on.clock.now());
    await admin.set({
      ...set,
      scope: `channel:${channels[0]}`,
      window: 'week',
      limitNano: BigInt(20 * dollar),
    });
    await admin.set({ ...set, scope: '', window: 'month', limitNano: BigInt(400 * dollar) });
    await admin.set({ ...set, scope: 'crew:research', window: 'day', limitNano: BigInt(100 * dollar) });
    await on.paid(19 * dollar, { at: Date.parse('2026-11-17T10:00Z') });
    const made = await card();
    expect(fieldIn(made, 'Budgets')).toBe('#sales that week $19.00 of $20.00');
    expect(fieldIn(made, 'Month')).toContain('$19.00 of $400.00');
  });

  test('of a budget that was set after its week what that week came to', async () => {
    await on.paid(19 * dollar, { at: Date.parse('2026-11-17T10:00Z') });
    await on.paid(9 * dollar, { at: Date.parse('2026-11-23T08:00Z') });
    const { admin, workspace } = on.books;
    const limitNano = BigInt(20 * dollar);
    await on.set('digest-channel', 'off');
    await admin.set({ workspace, actor: 'member_a', scope: 'crew:research', window: 'week', limitNano });
    const { digests } = on.process();
    await digests.sendNow({ workspace, here: on.books.channels[0], dedupe: 'request-1' });
    expect(fieldIn(await on.newestPut(), 'Budgets')).toBe('research that week $19.00 of $20.00');
  });

  test('which keys need care, and nothing of those that do not', async () => {
    const due = Date.parse('2026-11-23T09:00Z');
    on.keys = [
      key({}),
      key({ label: 'old', versionSince: due - 93 * dayMs, hint: '9b1c' }),
      key({ provider: 'google', health: 'failing', hint: '77e0' }),
    ].map((one, n) => (n === 0 ? { ...one, versionSince: due - 89 * dayMs } : one));
    expect(fieldIn(await card(), 'Keys')).toBe(
      'openai/production/old ••••9b1c is 93 days old, rotate it · google/production/main ••••77e0 is refused',
    );
  });

  test('what is not exact: money of answers that were lost, and calls without a price', async () => {
    const { books } = on;
    const where = { channel: books.channels[0], crew: 'research' };
    on.clock.step(Date.parse('2026-11-17T10:00Z') - on.clock.now());
    await books.lapse((await books.hold(where, dollar / 25)) ?? '');
    await books.settle((await books.hold(where, null)) ?? '', 7);
    const made = await card();
    expect(made?.status).toContain('$0.00');
    expect(fieldIn(made, 'Not exact')).toBe('and at most $0.04 for calls whose answer was lost · 1 unpriced');
  });

  test('of a week without calls that there was none, and still where the month stands', async () => {
    const made = await card();
    expect(made?.body[0]).toEqual({ type: 'text', text: 'No crew called a provider.' });
    expect(made?.status).toBe('$0.00 · 0 runs · 0 approved');
    expect(drawCard(made ?? never(), { color: false, width: 100 })).toContain('Month  $0.00');
  });
});

function never(): never {
  throw new Error('no digest was made');
}
