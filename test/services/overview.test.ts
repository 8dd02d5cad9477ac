import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { totalsOf } from '../../src/chat/chart.ts';
import { createOverviews, type Overviews } from '../../src/services/overview.ts';
import { changeSaid, overviewCard, rangeSaid } from '../../src/services/overview-card.ts';
import { db } from '../../src/store/db.ts';
import { type Books, openBooks } from '../support/books.ts';
import { createVirtualClock } from '../support/clock.ts';
import { chartIn, fieldIn } from '../support/digest-stand.ts';
import { rows } from '../support/rows.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const dollar = 1_000_000_000;

let file: StoreFile;
let books: Books;
let overviews: Overviews;

beforeEach(async () => {
  file = await makeStoreFile();
  books = await openBooks(await file.open(), createVirtualClock());
  overviews = createOverviews(books);
});

afterEach(async () => await file.end());

async function paid(at: string, nano: number, more: { channel?: 0 | 1; crew?: string } = {}): Promise<void> {
  books.clock.step(Date.parse(at) - books.clock.now());
  const { channel = 0, crew = 'research' } = more;
  const id = await books.hold({ channel: books.channels[channel], crew }, nano);
  await books.settle(id ?? '', nano);
}

const of = (window: 'today' | 'week' | 'month', channel: string | null = null) =>
  overviews.overview(books.workspace, { window, channel });

/** Wednesday noon, after a week and a half. */
async function someSpend(): Promise<void> {
  await paid('2026-11-09T10:00Z', 2 * dollar);
  await paid('2026-11-11T11:59Z', 2 * dollar, { crew: 'lead' });
  await paid('2026-11-11T12:15Z', 6 * dollar);
  await paid('2026-11-16T10:00Z', 3 * dollar);
  await paid('2026-11-17T10:00Z', 1 * dollar, { crew: 'lead', channel: 1 });
  await paid('2026-11-18T09:00Z', 2 * dollar);
  books.clock.step(Date.parse('2026-11-18T12:00Z') - books.clock.now());
}

describe('an overview', () => {
  test('of the week has its days by crew, and last week up to the same moment', async () => {
    await someSpend();
    const week = await of('week');
    expect(week).toMatchObject({
      costNano: 6 * dollar,
      beforeNano: 4 * dollar,
      beforeName: 'last week',
      runs: 3,
    });
    expect(week.crews.map((crew) => [crew.name, crew.costNano, crew.runs, crew.beforeNano])).toEqual([
      ['research', 5 * dollar, 2, 2 * dollar],
      ['lead', 1 * dollar, 1, 2 * dollar],
    ]);
    const { chart } = week;
    expect(chart?.title).toBe('Spend by day, 16 Nov – 22 Nov');
    expect(chart?.labels).toEqual(['Mon 16', 'Tue 17', 'Wed 18', 'Thu 19', 'Fri 20', 'Sat 21', 'Sun 22']);
    expect(chart && totalsOf(chart)).toEqual([3, 1, 2, 0, 0, 0, 0].map((d) => d * dollar));
    expect(chart?.line).toEqual({
      name: 'last week',
      nano: [2, 0, 8, 0, 0, 0, 0].map((d) => d * dollar),
    });
  });

  test('of a channel is of that channel, with its own limit', async () => {
    const scope = `channel:${books.channels[1]}`;
    const { workspace, admin } = books;
    const set = { workspace, actor: 'member_a', window: 'week' } as const;
    await admin.set({ ...set, scope, limitNano: BigInt(20 * dollar) });
    await admin.set({ ...set, scope: '', limitNano: BigInt(50 * dollar) });
    await someSpend();
    expect(await of('week', books.channels[1])).toMatchObject({
      ...{ channel: 'ops', costNano: dollar, runs: 1, limitNano: 20 * dollar, beforeNano: 0 },
    });
    expect(await of('week')).toMatchObject({ channel: null, limitNano: 50 * dollar });
  });

  test('of today has its hours beside yesterday’s, and of the month its days beside those of the longer one', async () => {
    await someSpend();
    const today = await of('today');
    expect(today.chart?.labels.slice(8, 11)).toEqual(['8:00', '9:00', '10:00']);
    expect(today.chart && totalsOf(today.chart)[9]).toBe(2 * dollar);
    expect(today.chart?.line?.nano[10]).toBe(dollar);
    const month = await of('month');
    expect(month.chart?.labels).toHaveLength(31);
    expect(month.chart?.title).toBe('Spend by day, November 2026');
  });

  test('counts gates that people decided, and the approvals of a first draft', async () => {
    await someSpend();
    const { workspace } = books;
    const [run] = await books.all('runs');
    const lasting = (await books.all('runs')).filter((one) => one.crew_name === 'research');
    const at = books.clock.now();
    await books.store.transact(async (tx) => {
      const ends = [
        { status: 'approved', draft: 1 },
        { status: 'approved', draft: 3 },
        { status: 'rejected', draft: 1 },
        { status: 'expired', draft: 1 },
      ] as const;
      for (const [i, end] of ends.entries()) {
        const gate = { id: `gate_${i}`, step: `s${i}`, workspace_id: workspace, closed_at: at, ...end };
        const row = rows.gates({ ...gate, run_id: lasting[0]?.id ?? run?.id ?? '' });
        await db(tx).insertInto('gates').values(row).execute();
      }
    });
    const week = await of('week');
    expect(week).toMatchObject({ approved: 2, rejected: 1 });
    expect(week.crews[0]).toMatchObject({ name: 'research', decided: 3, approvedFirst: 1 });
    expect(fieldIn(overviewCard(week), 'research')).toContain('approved at first press 33 %');
  });

  test('of nothing has no chart and no forecast', async () => {
    expect(await of('week')).toMatchObject({ chart: null, forecast: null, crews: [], runs: 0 });
  });
});

describe('its card', () => {
  test('says limit and forecast, a chart, and for each crew share, runs, cost of each and change', async () => {
    const { workspace, admin } = books;
    const set = { workspace, actor: 'member_a', window: 'week', scope: '' } as const;
    await admin.set({ ...set, limitNano: BigInt(20 * dollar) });
    await someSpend();
    const card = overviewCard(await of('week'));
    expect(card.title).toBe('Spend · this week');
    expect(card.status).toBe('$6.00 of $20.00 · forecast $15–17');
    expect(chartIn(card)?.alt).toContain('Spend by day, 16 Nov – 22 Nov: $6.00 in all; last week $10.00.');
    expect(fieldIn(card, 'research')).toBe('$5.00 · 83 % · 2 runs · $2.50 each · ▲ 2.5×');
    expect(fieldIn(card, 'lead')).toBe('$1.00 · 17 % · 1 run · $1.00 each · ▼ 50 %');
    expect(card.foot).toBe('▲ 50 % against last week by now · 3 calls · 16 Nov – 22 Nov 2026, UTC');
  });

  test('of a channel is named after it, and of nothing says so', async () => {
    const card = overviewCard(await of('today', books.channels[0]));
    expect([card.title, card.status]).toEqual(['#sales · today', '$0.00']);
    expect(card.body).toEqual([{ type: 'text', text: 'Nothing was called.' }]);
  });

  test('keeps what is not known apart', async () => {
    const where = { channel: books.channels[0], crew: 'research' };
    await books.lapse((await books.hold(where, 4 * dollar)) ?? '');
    await books.settle((await books.hold(where, null)) ?? '', 7);
    const card = overviewCard(await of('week'));
    expect(card.foot).toContain('and at most $4.00 for calls whose answer was lost · 1 unpriced');
  });
});

test.each([
  [0, 0, ''],
  [5, 0, 'new'],
  [21, 10, '▲ 2.1×'],
  [300, 10, '▲ 30×'],
  [114, 100, '▲ 14 %'],
  [92, 100, '▼ 8 %'],
  [0, 100, '▼ 100 %'],
  [1001, 1000, 'as before'],
])('%i after %i is said as "%s"', (now, before, says) => {
  expect(changeSaid(now, before)).toBe(says);
});

test.each([
  [17.2, 18.4, '$17–19'],
  [268, 289.5, '$268–290'],
  [0.12, 0.15, '$0.12–0.15'],
  [1.5, 9.7, '$1.50–9.70'],
  [2, 2, 'about $2.00'],
])('a forecast of %d to %d is said as %s', (low, high, says) => {
  expect(rangeSaid({ lowNano: low * dollar, highNano: high * dollar })).toBe(says);
});
