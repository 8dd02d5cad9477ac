import fc from 'fast-check';
import { DateTime } from 'luxon';
import { expect, test } from 'vitest';
import { createSpend } from '../../src/services/spend.ts';
import { createVerify } from '../../src/services/verify.ts';
import type { Tables } from '../../src/store/schema.ts';
import { type Books, openBooks } from '../support/books.ts';
import { createVirtualClock } from '../support/clock.ts';
import type { Open } from './store.ts';

type Window = 'day' | 'week' | 'month' | 'total';
type Op =
  | {
      readonly do: 'hold';
      readonly channel: 0 | 1;
      readonly crew: 'research' | 'lead';
      readonly nano: number | null;
    }
  | { readonly do: 'settle'; readonly which: number; readonly cost: number }
  | { readonly do: 'unsent'; readonly which: number }
  | { readonly do: 'lapse'; readonly which: number }
  | { readonly do: 'correct'; readonly which: number; readonly cost: number }
  | { readonly do: 'set'; readonly scope: number; readonly window: Window; readonly limit: number }
  | { readonly do: 'raise'; readonly scope: number; readonly window: Window; readonly nano: number }
  | { readonly do: 'remove'; readonly scope: number; readonly window: Window }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'zone'; readonly name: string };

const which = fc.nat(1_000);
const scope = fc.nat(3);
const window = fc.constantFrom<Window>('day', 'week', 'month', 'total');
const nano = fc.nat(100);
const on = <D extends Op['do'], F extends object>(name: D, fields: { [K in keyof F]: fc.Arbitrary<F[K]> }) =>
  fc.record({ do: fc.constant(name), ...fields }) as unknown as fc.Arbitrary<Extract<Op, { do: D }>>;

const op: fc.Arbitrary<Op> = fc.oneof(
  {
    weight: 6,
    arbitrary: on('hold', {
      channel: fc.constantFrom(0, 1),
      crew: fc.constantFrom('research', 'lead'),
      nano: fc.option(nano, { freq: 10 }),
    }),
  },
  { weight: 4, arbitrary: on('settle', { which, cost: fc.nat(120) }) },
  { weight: 1, arbitrary: on('unsent', { which }) },
  { weight: 1, arbitrary: on('lapse', { which }) },
  { weight: 2, arbitrary: on('correct', { which, cost: fc.nat(120) }) },
  { weight: 3, arbitrary: on('set', { scope, window, limit: fc.nat(300) }) },
  { weight: 1, arbitrary: on('raise', { scope, window, nano: fc.integer({ min: 1, max: 100 }) }) },
  { weight: 1, arbitrary: on('remove', { scope, window }) },
  { weight: 2, arbitrary: on('pass', { ms: fc.constantFrom(0, 1, 60_000, 5 * 3_600_000, 4 * 86_400_000) }) },
  {
    weight: 1,
    arbitrary: on('zone', { name: fc.constantFrom('UTC', 'Asia/Kathmandu', 'America/New_York') }),
  },
);

const scopesOf = (books: Books) => [
  '',
  `channel:${books.channels[0]}`,
  `channel:${books.channels[1]}`,
  'crew:research',
];

/** Everything of one workspace, as its rows are. */
async function ledgerOf(books: Books) {
  const [attempts, runs, holds, periods, budgets, entries] = await Promise.all([
    books.all('attempts'),
    books.all('runs'),
    books.all('holds'),
    books.all('budget_periods'),
    books.all('budgets'),
    books.all('entries'),
  ]);
  return { attempts, runs, holds, periods, budgets, entries };
}

type Ledger = Awaited<ReturnType<typeof ledgerOf>>;

const sum = (amounts: readonly (number | null)[]) => amounts.reduce<number>((all, n) => all + (n ?? 0), 0);
const isIn = (at: number, from: number, to: number | null) => at >= from && (to === null || at < to);

function isInScope(scope: string, run: { channel_id: string; crew_name: string } | undefined): boolean {
  return scope === '' || scope === `channel:${run?.channel_id}` || scope === `crew:${run?.crew_name}`;
}

/** Rule M5, each side from its own rows. */
function expectBalanced(ledger: Ledger): void {
  const { attempts, runs, holds, periods, budgets, entries } = ledger;
  const runOf = (id: string) => runs.find((run) => run.id === id);
  for (const period of periods) {
    const live = holds.filter((h) => h.period_id === period.id && h.live === 1);
    expect(period.held_nano).toBe(sum(live.map((h) => h.nano)));
    const budget = budgets.find((b) => b.id === period.budget_id);
    if (budget === undefined || budget.removed_at !== null) continue;
    const counts = (at: number, run: string) =>
      isIn(at, period.starts_at, period.ends_at) && isInScope(budget.scope, runOf(run));
    expect(period.spent_nano).toBe(sum(entries.filter((e) => counts(e.at, e.run_id)).map((e) => e.nano)));
    const inFlight = attempts.filter((a) => a.state === 'held' && counts(a.held_at, a.run_id));
    expect(live.map((h) => h.attempt_id).sort()).toEqual(inFlight.map((a) => a.id).sort());
  }
  const held = new Set(attempts.filter((a) => a.state === 'held').map((a) => a.id));
  expect(holds.filter((h) => h.live === 1 && !held.has(h.attempt_id))).toEqual([]);
}

/** What each budget in scope leaves for a call at this instant, from entries and live attempts alone. */
function roomFor(
  ledger: Ledger,
  limits: ReadonlyMap<string, number>,
  call: { at: number; zone: string; channel_id: string; crew_name: string },
): number {
  const { attempts, runs, budgets, entries } = ledger;
  const left = budgets
    .filter((b) => b.removed_at === null && isInScope(b.scope, call))
    .map((b) => {
      const [from, to] = boundsOf(b, call.at, call.zone);
      const counts = (at: number, run: string) =>
        isIn(at, from, to) &&
        isInScope(
          b.scope,
          runs.find((r) => r.id === run),
        );
      const spent = sum(entries.filter((e) => counts(e.at, e.run_id)).map((e) => e.nano));
      const live = attempts.filter((a) => a.state === 'held' && counts(a.held_at, a.run_id));
      return (limits.get(`${b.id} ${from}`) ?? b.limit_nano) - spent - sum(live.map((a) => a.hold_nano));
    });
  return Math.min(Number.POSITIVE_INFINITY, ...left);
}

function boundsOf({ window }: Tables['budgets'], at: number, zone: string): [number, number | null] {
  if (window === 'total') return [0, null];
  const start = DateTime.fromMillis(at, { zone }).startOf(window);
  return [start.toMillis(), start.endOf(window).toMillis() + 1];
}

/** Plays one sequence, looking at the books after each step. */
async function play(books: Books, ops: readonly Op[]): Promise<void> {
  const { admin, workspace, channels, clock } = books;
  const scopes = scopesOf(books);
  const actor = 'member_a';
  const raised = new Map<string, number>();
  let zone = 'UTC';
  const ignoring = async (work: Promise<unknown>, code: string) =>
    await work.catch((error: unknown) => expect(error).toMatchObject({ code }));
  const pick = async (state: Tables['attempts']['state'], n: number) => {
    const found = (await books.all('attempts')).filter((a) => a.state === state);
    return found[n % Math.max(1, found.length)];
  };
  for (const step of ops) {
    // What a budget counted that is no longer in force is told by the ms in which it was removed.
    if (step.do === 'set' || step.do === 'remove') clock.step(1);
    if (step.do === 'hold') {
      const where = { channel: channels[step.channel], crew: step.crew };
      const call = { at: clock.now(), zone, channel_id: where.channel, crew_name: where.crew };
      const room = roomFor(await ledgerOf(books), raised, call);
      const taken = await books.hold(where, step.nano);
      if (taken !== null) expect(step.nano ?? 0).toBeLessThanOrEqual(room);
    } else if (step.do === 'settle') {
      const attempt = await pick('held', step.which);
      if (attempt)
        expect(await books.settle(attempt.id, attempt.hold_nano === null ? 0 : step.cost)).toBe(true);
    } else if (step.do === 'unsent' || step.do === 'lapse') {
      const attempt = await pick('held', step.which);
      if (attempt) await (step.do === 'unsent' ? books.settle(attempt.id, null) : books.lapse(attempt.id));
    } else if (step.do === 'correct') {
      const attempt = await pick('uncertain', step.which);
      if (attempt?.hold_nano != null) expect(await books.settle(attempt.id, step.cost)).toBe(false);
    } else if (step.do === 'set') {
      await admin.set({
        workspace,
        actor,
        scope: scopes[step.scope] ?? '',
        window: step.window,
        limitNano: BigInt(step.limit),
      });
    } else if (step.do === 'raise') {
      const raise = {
        workspace,
        actor,
        scope: scopes[step.scope] ?? '',
        window: step.window,
        nano: BigInt(step.nano),
      };
      await ignoring(admin.raise(raise), 'budget.unknown');
      for (const p of await books.all('budget_periods'))
        raised.set(`${p.budget_id} ${p.starts_at}`, p.limit_nano);
    } else if (step.do === 'remove') {
      await ignoring(
        admin.remove({ workspace, actor, scope: scopes[step.scope] ?? '', window: step.window }),
        'budget.unknown',
      );
    } else if (step.do === 'pass') {
      clock.step(step.ms);
    } else {
      zone = step.name;
      await books.zone(zone);
    }
    expectBalanced(await ledgerOf(books));
  }
}

/** Rules M4, M5, M7, M12 on one kind of store. */
export function budgetCases(open: Open, numRuns: number): void {
  test('through any sequence of holds, ends and changes, held is Σ live holds, spent is Σ entries, and what did not fit was not held', async () => {
    const books = await openBooks(await open(), createVirtualClock());
    const verify = createVerify({ store: books.store, audit: books.audit });
    await fc.assert(
      fc.asyncProperty(fc.array(op, { minLength: 5, maxLength: 30 }), async (ops) => {
        const own = await books.another();
        await play(own, ops);
        const { checks } = await verify.verify(own.workspace);
        expect(checks.filter((c) => !c.ok)).toEqual([]);
      }),
      { numRuns },
    );
  });

  test('calls that race for what is left take no more than the limit, and leave nothing that would still fit', async () => {
    const books = await openBooks(await open(), createVirtualClock());
    const { admin, workspace, channels } = books;
    const actor = 'member_a';
    await admin.set({ workspace, actor, scope: '', window: 'month', limitNano: 1_000n });
    await admin.set({ workspace, actor, scope: `channel:${channels[0]}`, window: 'day', limitNano: 300n });
    const asks = Array.from({ length: 40 }, (_, i) => ({
      channel: channels[i % 2 === 0 ? 0 : 1],
      crew: 'research',
    }));
    const taken = await Promise.all(asks.map((where) => books.hold(where, 70)));
    // 4 × 70 of 300 in #sales, and what then fits beside them into 1,000.
    expect(taken.filter((id) => id !== null)).toHaveLength(14);
    const ended = taken.flatMap((id, i) => (id === null ? [] : [{ id, i }]));
    await Promise.all(
      ended.map(({ id, i }) => (i % 3 === 0 ? books.lapse(id) : books.settle(id, i % 3 === 1 ? 50 : null))),
    );
    expectBalanced(await ledgerOf(books));
  });

  test('a budget set while calls start and end counts each of them once', async () => {
    const books = await openBooks(await open(), createVirtualClock());
    const { admin, workspace, channels } = books;
    const where = { channel: channels[0], crew: 'research' };
    const first = await Promise.all(Array.from({ length: 8 }, () => books.hold(where, 10)));
    const held = first.flatMap((id) => id ?? []);
    const set = (window: Window, scope: string) =>
      admin.set({ workspace, actor: 'member_a', scope, window, limitNano: 50n });
    await Promise.all([
      ...held.slice(0, 5).map((id) => books.settle(id, 7)),
      set('week', ''),
      ...Array.from({ length: 4 }, () => books.hold(where, 1)),
      set('day', 'crew:research'),
      set('week', ''),
      ...held.slice(5, 7).map((id) => books.lapse(id)),
    ]);
    const ledger = await ledgerOf(books);
    expectBalanced(ledger);
    expect(ledger.budgets.filter((b) => b.removed_at === null)).toHaveLength(2);
    const verify = createVerify({ store: books.store, audit: books.audit });
    expect((await verify.verify(workspace)).checks.filter((c) => !c.ok)).toEqual([]);
    const report = await createSpend(books).report(workspace, 'today');
    expect(report).toMatchObject({ calls: 7, costNano: 35, uncertainNano: 20 });
    const [standing] = await admin.show(workspace);
    expect(standing).toMatchObject({ limitNano: 50, spentNano: report.costNano + report.uncertainNano });
  });
}
