import { afterEach, describe, expect, test } from 'vitest';
import { findAttempt } from '../../src/store/attempts.ts';
import { newestAudit } from '../../src/store/audit.ts';
import { putWaiter } from '../../src/store/budgets.ts';
import { type Books, openBooks } from '../support/books.ts';
import { createVirtualClock, monday } from '../support/clock.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const files: StoreFile[] = [];
const actor = 'member_a';

afterEach(async () => {
  for (const file of files.splice(0)) await file.end();
});

async function open(): Promise<Books> {
  const file = await makeStoreFile();
  files.push(file);
  return await openBooks(await file.open(), createVirtualClock());
}

const set = (books: Books, scope: string, window: 'day' | 'week' | 'month' | 'total', limit: number) =>
  books.admin.set({ workspace: books.workspace, actor, scope, window, limitNano: BigInt(limit) });

/** A step that waits for people, since it does not fit into what these periods leave. */
async function block(books: Books, scope: string, need: number): Promise<void> {
  const budgets = await books.all('budgets');
  const budget = budgets.find((b) => b.scope === scope && b.removed_at === null);
  const periods = (await books.all('budget_periods')).filter((p) => p.budget_id === budget?.id);
  const waiter = {
    workspace_id: books.workspace,
    run_id: 'run_a',
    step: 'gather',
    item: '',
    need_nano: need,
  };
  const ids = JSON.stringify(periods.map((p) => p.id));
  await books.store.transact((tx) =>
    putWaiter(tx, { ...waiter, blocked: 1, since: 1, period_ids: ids, carded: 1 }),
  );
}

describe('a budget that is set (rule M12)', () => {
  test('starts with what its window has seen: entries, and a hold for each call in flight, even above the limit', async () => {
    const books = await open();
    const [sales, ops] = books.channels;
    const paid = await books.hold({ channel: sales, crew: 'research' }, 100);
    await books.settle(paid ?? '', 60);
    await books.hold({ channel: sales, crew: 'research' }, 70);
    await books.hold({ channel: ops, crew: 'research' }, 500);
    const standing = await set(books, `channel:${sales}`, 'week', 50);
    expect(standing).toEqual({
      ...{ scope: `channel:${sales}`, name: '#sales', window: 'week' },
      ...{ limitNano: 50, spentNano: 60, heldNano: 70, leftNano: -80 },
      ...{ startsAt: Date.UTC(2026, 10, 16), endsAt: Date.UTC(2026, 10, 23) },
    });
    expect(await books.admin.show(books.workspace)).toEqual([standing]);
    expect(await books.hold({ channel: sales, crew: 'research' }, 1)).toBeNull();
    expect(await books.hold({ channel: ops, crew: 'research' }, 1)).not.toBeNull();
  });

  test('replaces the one of its scope and window, and lets go of no call in flight', async () => {
    const books = await open();
    const held = await books.hold({ channel: books.channels[0], crew: 'research' }, 70);
    await set(books, '', 'day', 1_000);
    await set(books, '', 'day', 100);
    expect(await books.admin.show(books.workspace)).toMatchObject([
      { limitNano: 100, heldNano: 70, leftNano: 30 },
    ]);
    await books.settle(held ?? '', 10);
    expect(await books.admin.show(books.workspace)).toMatchObject([{ heldNano: 0, spentNano: 10 }]);
    const [before] = await books.all('budgets');
    expect(before?.removed_at).not.toBeNull();
  });

  test('is written down with who set it and what was before, and wakes who waits', async () => {
    const books = await open();
    await set(books, '', 'day', 1_000);
    await set(books, '', 'day', 100);
    expect(books.woken()).toBe(2);
    const [row] = await books.store.read((tx) => newestAudit(tx, books.workspace, 1));
    expect(row).toMatchObject({ actor, action: 'budget.set' });
    expect(JSON.parse(row?.detail ?? '')).toMatchObject({
      before: { limitNano: 1_000 },
      after: { scope: '', window: 'day', limitNano: 100 },
    });
  });

  test('counts by the workspace’s zone, and goes on counting what it held before the zone was changed', async () => {
    const books = await open();
    const where = { channel: books.channels[0], crew: 'research' };
    await set(books, '', 'day', 100);
    const held = await books.hold(where, 70);
    await books.zone('Asia/Kathmandu');
    expect(await books.hold(where, 40)).toBeNull();
    expect(await books.hold(where, 30)).not.toBeNull();
    await books.settle(held ?? '', 50);
    expect(await books.admin.show(books.workspace)).toMatchObject([
      { spentNano: 50, heldNano: 30, leftNano: 20, startsAt: Date.UTC(2026, 10, 15, 18, 15) },
    ]);
  });

  test.each([
    ['team:sales', 'budget.scope-unknown'],
    ['crew:', 'budget.scope-unknown'],
    ['channel:channel_9', 'channel.unknown'],
  ])('of "%s" is refused with %s, and nobody is woken', async (scope, code) => {
    const books = await open();
    await expect(set(books, scope, 'day', 1)).rejects.toMatchObject({ code });
    expect(await books.all('budgets')).toEqual([]);
    expect(books.woken()).toBe(0);
  });

  test('cannot be larger than what is kept exactly', async () => {
    const books = await open();
    const most = 10n ** 15n;
    const change = { workspace: books.workspace, actor, scope: '', window: 'day' as const };
    await books.admin.set({ ...change, limitNano: most });
    await expect(books.admin.set({ ...change, limitNano: most + 1n })).rejects.toMatchObject({
      code: 'budget.high',
    });
    await expect(books.admin.raise({ ...change, nano: 1n })).rejects.toMatchObject({ code: 'budget.high' });
  });

  test('is of its workspace alone', async () => {
    const books = await open();
    const other = await books.another();
    await set(books, '', 'day', 0);
    expect(await other.hold({ channel: other.channels[0], crew: 'research' }, 10)).not.toBeNull();
    expect(await other.admin.show(other.workspace)).toEqual([]);
    const theirs = {
      workspace: other.workspace,
      actor,
      scope: `channel:${books.channels[0]}`,
      window: 'day' as const,
    };
    await expect(other.admin.set({ ...theirs, limitNano: 1n })).rejects.toMatchObject({
      code: 'channel.unknown',
    });
  });
});

describe('a raise', () => {
  test('is for the current period alone: the next one has the limit of the rule', async () => {
    const books = await open();
    const where = { channel: books.channels[0], crew: 'research' };
    await set(books, '', 'day', 100);
    expect(await books.hold(where, 120)).toBeNull();
    const [raised] = await books.admin.raise({ workspace: books.workspace, actor, nano: 50n });
    expect(raised).toMatchObject({ limitNano: 150, leftNano: 150 });
    expect(await books.hold(where, 120)).not.toBeNull();
    books.clock.step(86_400_000);
    expect(await books.admin.show(books.workspace)).toMatchObject([{ limitNano: 100, leftNano: 100 }]);
    expect(await books.hold(where, 120)).toBeNull();
    const [row] = await books.store.read((tx) => newestAudit(tx, books.workspace, 1));
    expect(row?.action).toBe('budget.raise');
    expect(JSON.parse(row?.detail ?? '')).toEqual({
      before: { limitNano: 100 },
      after: { limitNano: 150, endsAt: Date.UTC(2026, 10, 17) },
    });
  });

  test('raises, of several budgets, those that hold up a run', async () => {
    const books = await open();
    await set(books, '', 'month', 1_000);
    await set(books, 'crew:research', 'day', 10);
    const raise = { workspace: books.workspace, actor, nano: 50n };
    await expect(books.admin.raise(raise)).rejects.toMatchObject({
      code: 'budget.choice',
      detail: { choices: ['the workspace (month)', 'crew research (day)'] },
    });
    await block(books, 'crew:research', 40);
    expect(await books.admin.raise(raise)).toMatchObject([{ scope: 'crew:research', limitNano: 60 }]);
    expect(await books.admin.show(books.workspace)).toMatchObject([{ limitNano: 1_000 }, { limitNano: 60 }]);
  });

  test('names one budget by its scope and window', async () => {
    const books = await open();
    await set(books, '', 'month', 1_000);
    await set(books, '', 'day', 10);
    const raise = { workspace: books.workspace, actor, nano: 5n, scope: '' };
    await expect(books.admin.raise(raise)).rejects.toMatchObject({ code: 'budget.choice' });
    expect(await books.admin.raise({ ...raise, window: 'day' })).toMatchObject([
      { window: 'day', limitNano: 15 },
    ]);
    await expect(books.admin.raise({ ...raise, scope: 'crew:lead' })).rejects.toMatchObject({
      code: 'budget.unknown',
      detail: { scope: 'crew lead', known: ['the workspace (month)', 'the workspace (day)'] },
    });
    await expect(books.admin.raise({ ...raise, nano: 0n })).rejects.toMatchObject({ code: 'budget.nothing' });
  });
});

test('a removed budget stops nothing any more, and is gone from what is shown', async () => {
  const books = await open();
  const { workspace } = books;
  await set(books, '', 'day', 10);
  expect(await books.hold({ channel: books.channels[0], crew: 'research' }, 20)).toBeNull();
  await books.admin.remove({ workspace, actor, scope: '', window: 'day' });
  expect(await books.hold({ channel: books.channels[0], crew: 'research' }, 20)).not.toBeNull();
  expect(await books.admin.show(workspace)).toEqual([]);
  const again = books.admin.remove({ workspace, actor, scope: '', window: 'day' });
  await expect(again).rejects.toMatchObject({ code: 'budget.unknown' });
  const [row] = await books.store.read((tx) => newestAudit(tx, workspace, 1));
  expect(row).toMatchObject({ actor, action: 'budget.remove' });
});

test('what is shown is in order, and tells of a window in which nothing was called yet', async () => {
  const books = await open();
  const [sales] = books.channels;
  for (const [scope, window] of [
    ['crew:research', 'total'],
    [`channel:${sales}`, 'week'],
    ['', 'month'],
    ['', 'day'],
  ] as const)
    await set(books, scope, window, 100);
  const held = await books.hold({ channel: sales, crew: 'research' }, 30);
  books.clock.step(86_400_000);
  await books.settle(held ?? '', 20);
  const shown = await books.admin.show(books.workspace);
  expect(shown.map((b) => [b.name, b.window, b.spentNano, b.startsAt])).toEqual([
    ['the workspace', 'day', 0, Date.UTC(2026, 10, 17)],
    ['the workspace', 'month', 20, Date.UTC(2026, 10, 1)],
    ['#sales', 'week', 20, Date.UTC(2026, 10, 16)],
    ['crew research', 'total', 20, 0],
  ]);
  expect(shown[3]?.endsAt).toBeNull();
  const attempt = await books.store.read((tx) => findAttempt(tx, books.workspace, held ?? ''));
  expect(attempt?.held_at).toBe(monday);
});

test('the corrected cost of a lost call reaches a budget that was set after the call had ended', async () => {
  const books = await open();
  const held = await books.hold({ channel: books.channels[0], crew: 'research' }, 70);
  await books.lapse(held ?? '');
  books.clock.step(1);
  await set(books, '', 'day', 100);
  expect(await books.admin.show(books.workspace)).toMatchObject([{ spentNano: 70, leftNano: 30 }]);
  expect(await books.settle(held ?? '', 25)).toBe(false);
  expect(await books.admin.show(books.workspace)).toMatchObject([{ spentNano: 25, leftNano: 75 }]);
});
