import { afterEach, describe, expect, test } from 'vitest';
import { createSpend, type Spend, spendBy, spendCard } from '../../src/services/spend.ts';
import { type Books, openBooks } from '../support/books.ts';
import { createVirtualClock } from '../support/clock.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const files: StoreFile[] = [];

afterEach(async () => {
  for (const file of files.splice(0)) await file.end();
});

async function open(): Promise<{ books: Books; spend: Spend }> {
  const file = await makeStoreFile();
  files.push(file);
  const books = await openBooks(await file.open(), createVirtualClock());
  return { books, spend: createSpend(books) };
}

const cents = 10_000_000;

async function paid(
  books: Books,
  nano: number,
  more: { channel?: 0 | 1; crew?: string; step?: string; key?: string } = {},
): Promise<void> {
  const { channel = 0, crew = 'research', ...rest } = more;
  const id = await books.hold({ channel: books.channels[channel], crew, ...rest }, nano);
  await books.settle(id ?? '', nano);
}

describe('a report', () => {
  test('sums what calls used and cost by where, what and whose key, the dearest first', async () => {
    const { books, spend } = await open();
    await paid(books, 3);
    await paid(books, 4);
    await paid(books, 50, { step: 'brief', key: 'backup' });
    await paid(books, 1, { channel: 1, crew: 'lead' });
    const report = await spend.report(books.workspace, 'today');
    const call = {
      provider: 'openai',
      model: 'gpt-6-luna',
      unpricedCalls: 0,
      outputTokens: 0,
      uncertainNano: 0,
    };
    expect(report).toEqual({
      ...{ window: 'today', zone: 'UTC', limitNano: null },
      ...{ from: Date.UTC(2026, 10, 16), to: Date.UTC(2026, 10, 17) },
      ...{ calls: 4, unpricedCalls: 0, inputTokens: 58, outputTokens: 0, costNano: 58, uncertainNano: 0 },
      rows: [
        {
          ...call,
          channel: 'sales',
          crew: 'research',
          step: 'brief',
          key: 'backup',
          calls: 1,
          inputTokens: 50,
          costNano: 50,
        },
        {
          ...call,
          channel: 'sales',
          crew: 'research',
          step: 'gather',
          key: 'main',
          calls: 2,
          inputTokens: 7,
          costNano: 7,
        },
        {
          ...call,
          channel: 'ops',
          crew: 'lead',
          step: 'gather',
          key: 'main',
          calls: 1,
          inputTokens: 1,
          costNano: 1,
        },
      ],
    });
  });

  test('keeps apart what is at most, and what has no price', async () => {
    const { books, spend } = await open();
    const where = { channel: books.channels[0], crew: 'research' };
    const unpriced = await books.hold(where, null);
    await books.settle(unpriced ?? '', 900);
    const lost = await books.hold(where, 40);
    await books.lapse(lost ?? '');
    const unsent = await books.hold(where, 70);
    await books.settle(unsent ?? '', null);
    const sums = { calls: 2, unpricedCalls: 1, costNano: 0, uncertainNano: 40, inputTokens: 900 };
    expect(await spend.report(books.workspace, 'today')).toMatchObject(sums);
    await books.settle(lost ?? '', 25);
    expect(await spend.report(books.workspace, 'today')).toMatchObject({
      ...sums,
      costNano: 25,
      uncertainNano: 0,
    });
  });

  test('of a day, a week and a month goes by the zone, also where it is not a whole hour from UTC', async () => {
    const { books, spend } = await open();
    books.clock.step(Date.UTC(2026, 10, 15, 18, 14) - books.clock.now());
    await paid(books, 1);
    books.clock.step(Date.UTC(2026, 10, 15, 18, 15) - books.clock.now());
    await paid(books, 10);
    books.clock.step(Date.UTC(2026, 10, 17, 12) - books.clock.now());
    await paid(books, 100);
    await books.zone('Asia/Kathmandu');
    const costs = async () => {
      const reports = await Promise.all(
        (['today', 'week', 'month'] as const).map((w) => spend.report(books.workspace, w)),
      );
      return reports.map((r) => r.costNano);
    };
    expect(await costs()).toEqual([100, 110, 111]);
    await books.zone('UTC');
    expect(await costs()).toEqual([100, 100, 111]);
  });

  test('between any two instants has each call once, at the time of its hold', async () => {
    const { books, spend } = await open();
    const start = books.clock.now();
    const minutes = [0, 7, 14, 15, 29, 30, 44, 61];
    for (const [i, minute] of minutes.entries()) {
      await books.clock.set(start + minute * 60_000);
      await paid(books, 10 ** i);
    }
    const edges = [0, 1, 7, 8, 15, 16, 30, 31, 45, 60, 62].map((m) => start + m * 60_000);
    for (const from of edges) {
      for (const to of edges.filter((edge) => edge >= from)) {
        const expected = minutes.reduce((sum, minute, i) => {
          const at = start + minute * 60_000;
          return at >= from && at < to ? sum + 10 ** i : sum;
        }, 0);
        const report = await spend.report(books.workspace, { from, to });
        expect([report.window, report.costNano]).toEqual([null, expected]);
        expect(report.rows.length).toBeLessThanOrEqual(1);
      }
    }
  });

  test('says the workspace’s own limit of its window, with a raise', async () => {
    const { books, spend } = await open();
    const { workspace, admin } = books;
    const set = { workspace, actor: 'member_a', limitNano: 100n };
    await admin.set({ ...set, scope: '', window: 'week' });
    await admin.set({ ...set, scope: `channel:${books.channels[0]}`, window: 'month' });
    await admin.raise({ workspace, actor: 'member_a', scope: '', nano: 11n });
    const limits = (['today', 'week', 'month'] as const).map(
      async (w) => (await spend.report(workspace, w)).limitNano,
    );
    expect(await Promise.all(limits)).toEqual([null, 111, null]);
  });

  test('is of its workspace alone', async () => {
    const { books, spend } = await open();
    const other = await books.another();
    await paid(other, 5);
    expect(await spend.report(books.workspace, 'month')).toMatchObject({ calls: 0, rows: [] });
  });
});

describe('spend by', () => {
  test.each([
    [
      'crew',
      [
        ['research', 90],
        ['lead', 10],
      ],
    ],
    [
      'step',
      [
        ['research gather', 60],
        ['research brief', 30],
        ['lead gather', 10],
      ],
    ],
    [
      'key',
      [
        ['openai main', 70],
        ['openai backup', 30],
      ],
    ],
    [
      'channel',
      [
        ['sales', 90],
        ['ops', 10],
      ],
    ],
    ['model', [['gpt-6-luna', 100]]],
  ] as const)('%s sums the rows and their share', async (dimension, expected) => {
    const { books, spend } = await open();
    await paid(books, 60);
    await paid(books, 30, { step: 'brief', key: 'backup' });
    await paid(books, 10, { channel: 1, crew: 'lead' });
    const report = await spend.report(books.workspace, 'week');
    expect(spendBy(report, dimension).map((g) => [g.name, g.share])).toEqual(expected);
  });
});

describe('the card', () => {
  test('shows a bar for each crew, the limit, and in the foot what is not known', async () => {
    const { books, spend } = await open();
    await books.admin.set({
      workspace: books.workspace,
      actor: 'member_a',
      scope: '',
      window: 'week',
      limitNano: 2_000_000_000n,
    });
    await paid(books, 75 * cents);
    await paid(books, 25 * cents, { crew: 'lead' });
    const lost = await books.hold({ channel: books.channels[0], crew: 'lead' }, 4 * cents);
    await books.lapse(lost ?? '');
    const card = spendCard(await spend.report(books.workspace, 'week'));
    expect(card).toMatchObject({ title: 'Spend · this week', status: '$1.00 of $2.00', tone: 'neutral' });
    expect(card.body).toEqual([
      {
        type: 'fields',
        fields: [
          { name: 'research', value: `${'█'.repeat(20)} $0.75 · 75 % · 1 call` },
          {
            name: 'lead',
            value: `${'█'.repeat(7)}${'░'.repeat(13)} $0.25 · 25 % · 2 calls · and at most $0.04 for calls whose answer was lost`,
          },
        ],
      },
    ]);
    expect(card.foot).toBe(
      'and at most $0.04 for calls whose answer was lost · 3 calls · by crew · 16 Nov – 22 Nov 2026, UTC',
    );
  });

  test('of a time without calls says so, and has no limit where none is set', async () => {
    const { books, spend } = await open();
    const card = spendCard(await spend.report(books.workspace, 'today'), 'model');
    expect(card).toMatchObject({
      status: '$0.00',
      body: [{ type: 'text', text: 'Nothing was called.' }],
      foot: '0 calls · by model · 16 Nov 2026, UTC',
    });
  });

  test('is marked where the limit was passed', async () => {
    const { books, spend } = await open();
    await paid(books, 20);
    await books.admin.set({
      workspace: books.workspace,
      actor: 'member_a',
      scope: '',
      window: 'day',
      limitNano: 10n,
    });
    expect(spendCard(await spend.report(books.workspace, 'today')).tone).toBe('bad');
  });
});
