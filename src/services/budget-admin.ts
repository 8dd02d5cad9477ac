import type { Clock } from '../clock.ts';
import type { Window } from '../core/budget.ts';
import { boundsOf } from '../core/budget.ts';
import { namePattern } from '../core/crew-words.ts';
import { formatUsd, toJsonNano } from '../core/money.ts';
import { CrewsmithError } from '../errors.ts';
import {
  allBudgets,
  type Budget,
  type BudgetPeriod,
  insertBudget,
  liveAttemptsIn,
  lockPeriods,
  newestCallAt,
  periodsAt,
  removeBudget,
  setPeriodLimit,
  spentIn,
  type Waiter,
  waitersOf,
} from '../store/budgets.ts';
import { changeStanding, findChannel } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { Budgets } from './budgets.ts';
import { channelName } from './channel-words.ts';
import type { Ids } from './ids.ts';
import type { Settings } from './settings.ts';

/** A budget in its current period, as `--json` shows it: nano-dollars. */
export interface BudgetStanding {
  /** '' is the workspace, else `channel:ID` or `crew:NAME`. */
  readonly scope: string;
  /** The scope for people: `the workspace`, `#sales`, `crew research`. */
  readonly name: string;
  readonly window: Window;
  /** Of this period: a raise counts. */
  readonly limitNano: number;
  readonly spentNano: number;
  readonly heldNano: number;
  /** Negative where the limit was set below what was used. */
  readonly leftNano: number;
  readonly startsAt: number;
  /** null: never (window `total`). */
  readonly endsAt: number | null;
}

/** A budget that is in force. */
export interface KnownBudget extends Pick<BudgetStanding, 'scope' | 'name' | 'window'> {
  /** The rule's; a raise of one period does not count. */
  readonly limitNano: number;
}

export interface BudgetAdmin {
  /** Throws `budget.gone`. */
  find(workspace: string, id: string): Promise<KnownBudget>;
  /** Replaces the budget of a scope and window (rule M12). Throws `budget.scope-unknown`, `channel.unknown`, `budget.high`. */
  set(change: {
    workspace: string;
    scope: string;
    window: Window;
    limitNano: bigint;
    actor: string;
  }): Promise<BudgetStanding>;
  /**
   * Raises the current period once; the rule stays. Where several budgets are meant, those are raised that hold up a run.
   * `run`: only while this one is held up by it, so that of two presses one raises. `also` is of the same commit.
   * Throws `budget.unknown`, `budget.choice`, `budget.nothing`, `budget.high`, `budget.enough`.
   */
  raise(
    change: {
      workspace: string;
      scope?: string;
      window?: Window;
      nano: bigint;
      actor: string;
      run?: string;
    },
    also?: (tx: Tx) => Promise<void>,
  ): Promise<readonly BudgetStanding[]>;
  /** Throws `budget.unknown`. */
  remove(change: { workspace: string; scope: string; window: Window; actor: string }): Promise<void>;
  /** The workspace first, then channels and crews by name; short windows first. */
  show(workspace: string): Promise<readonly BudgetStanding[]>;
}

/** Far below what an integer of JSON keeps exactly (rule M1). */
const mostNano = 1_000_000n * 1_000_000_000n;

const windows: readonly Window[] = ['day', 'week', 'month', 'total'];

export function createBudgetAdmin(parts: {
  store: Store;
  clock: Clock;
  ids: Ids;
  settings: Settings;
  audit: Audit;
  budgets: Budgets;
  /** Lets runs look again that wait for a budget. */
  wake: (workspace: string, waitingFor: 'budget') => Promise<void>;
}): BudgetAdmin {
  const { store, clock, ids, settings, audit, budgets } = parts;

  /** Commits a change of budgets, which holds and settles wait for, then wakes who waited for money. */
  async function change<T>(workspace: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const done = await store.transact(async (tx) => {
      await changeStanding(tx, workspace);
      return await work(tx);
    });
    await parts.wake(workspace, 'budget');
    return done;
  }

  async function nameOf(tx: Tx, workspace: string, scope: string): Promise<string> {
    if (scope === '') return 'the workspace';
    if (scope.startsWith('crew:')) return `crew ${scope.slice('crew:'.length)}`;
    const id = scope.slice('channel:'.length);
    return `#${(await channelName(tx, workspace, id)) ?? id}`;
  }

  async function describe(tx: Tx, { workspace_id, scope, window }: Budget): Promise<string> {
    return `${await nameOf(tx, workspace_id, scope)} (${window})`;
  }

  async function mustBeScope(tx: Tx, workspace: string, scope: string): Promise<void> {
    if (scope === '') return;
    if (scope.startsWith('crew:') && namePattern.test(scope.slice('crew:'.length))) return;
    if (!scope.startsWith('channel:')) throw new CrewsmithError('budget.scope-unknown', { scope });
    const channel = scope.slice('channel:'.length);
    if ((await findChannel(tx, workspace, channel)) === undefined)
      throw new CrewsmithError('channel.unknown', { channel });
  }

  /** Where a change of zone has left two periods that cover now, the tighter one is in force, else the newer. */
  async function standing(tx: Tx, budget: Budget, periods: readonly BudgetPeriod[]): Promise<BudgetStanding> {
    const { workspace_id: workspace, scope } = budget;
    const window = budget.window;
    const left = (p: BudgetPeriod) => p.limit_nano - p.spent_nano - p.held_nano;
    const [period] = periods
      .filter((p) => p.budget_id === budget.id)
      .sort((a, b) => left(a) - left(b) || (a.id < b.id ? 1 : -1));
    const name = await nameOf(tx, workspace, scope);
    if (period !== undefined) {
      return {
        ...{ scope, name, window, limitNano: period.limit_nano, spentNano: period.spent_nano },
        ...{ heldNano: period.held_nano, leftNano: left(period) },
        ...{ startsAt: period.starts_at, endsAt: period.ends_at },
      };
    }
    // Nothing was called in this window yet: its period is opened by the first call.
    const { startsAt, endsAt } = boundsOf(window, clock.now(), (await settings.get(tx, workspace)).zone);
    const live = await liveAttemptsIn(tx, workspace, scope, startsAt, endsAt);
    const limitNano = budget.limit_nano;
    const spentNano = Number(await spentIn(tx, workspace, scope, startsAt, endsAt));
    const heldNano = live.reduce((sum, attempt) => sum + attempt.nano, 0);
    const leftNano = limitNano - spentNano - heldNano;
    return { scope, name, window, limitNano, spentNano, heldNano, leftNano, startsAt, endsAt };
  }

  /** Those that are meant, of which one at least exists. */
  async function meant(tx: Tx, workspace: string, scope?: string, window?: Window): Promise<Budget[]> {
    const all = await allBudgets(tx, workspace);
    const found = all.filter(
      (b) => (scope === undefined || b.scope === scope) && (window === undefined || b.window === window),
    );
    if (found.length > 0) return found;
    const known = await Promise.all(all.map((budget) => describe(tx, budget)));
    const name = scope === undefined ? 'anything here' : await nameOf(tx, workspace, scope);
    throw new CrewsmithError('budget.unknown', { scope: name, window: window ?? null, known });
  }

  return {
    find: (workspace, id) =>
      store.read(async (tx) => {
        const found = (await allBudgets(tx, workspace)).find((budget) => budget.id === id);
        if (found === undefined) throw new CrewsmithError('budget.gone', {});
        const { scope, limit_nano: limitNano } = found;
        return { scope, limitNano, window: found.window, name: await nameOf(tx, workspace, scope) };
      }),

    async set({ workspace, scope, window, limitNano, actor }) {
      if (limitNano > mostNano) throw new CrewsmithError('budget.high', { most: formatUsd(mostNano) });
      return await change(workspace, async (tx) => {
        await mustBeScope(tx, workspace, scope);
        const now = clock.now();
        const before = (await allBudgets(tx, workspace)).find(
          (b) => b.scope === scope && b.window === window,
        );
        if (before !== undefined) await removeBudget(tx, workspace, before.id, now);
        const budget: Budget = {
          id: ids.next('budget'),
          workspace_id: workspace,
          scope,
          window,
          limit_nano: toJsonNano(limitNano),
          created_by: actor,
          // Not before a call that it counts, though the clock was set back since: `verify` tells by it what was there before.
          created_at: Math.max(now, (await newestCallAt(tx, workspace)) ?? 0),
          removed_at: null,
        };
        await insertBudget(tx, budget);
        await budgets.open(tx, budget, now);
        const after = await standing(tx, budget, await periodsAt(tx, workspace, now));
        await audit.write(tx, {
          workspace,
          actor,
          action: 'budget.set',
          target: budget.id,
          before: before === undefined ? null : { budget: before.id, limitNano: before.limit_nano },
          after: { scope, window, limitNano: budget.limit_nano },
        });
        return after;
      });
    },

    async raise({ workspace, scope, window, nano, actor, run }, also = async () => {}) {
      if (nano <= 0n) throw new CrewsmithError('budget.nothing', {});
      return await change(workspace, async (tx) => {
        const now = clock.now();
        const chosen = await meant(tx, workspace, scope, window);
        for (const budget of chosen) await budgets.open(tx, budget, now);
        const periods = await lockPeriods(
          tx,
          workspace,
          [],
          chosen.map((b) => b.id),
          now,
        );
        const waiters = (await waitersOf(tx, workspace)).filter((w) => run === undefined || w.run_id === run);
        const holding = holdUp(chosen, periods, waiters);
        if (run !== undefined && holding.length === 0) throw new CrewsmithError('budget.enough', {});
        const blocking = chosen.length === 1 ? chosen : holding;
        if (blocking.length === 0) {
          const choices = await Promise.all(chosen.map((budget) => describe(tx, budget)));
          throw new CrewsmithError('budget.choice', { choices });
        }
        const raised: BudgetStanding[] = [];
        for (const budget of blocking) {
          for (const period of periods.filter((p) => p.budget_id === budget.id)) {
            const limit = BigInt(period.limit_nano) + nano;
            if (limit > mostNano) throw new CrewsmithError('budget.high', { most: formatUsd(mostNano) });
            await setPeriodLimit(tx, workspace, period.id, limit);
          }
          raised.push(await standing(tx, budget, await periodsAt(tx, workspace, now)));
        }
        for (const [i, budget] of blocking.entries()) {
          await audit.write(tx, {
            workspace,
            actor,
            action: 'budget.raise',
            target: budget.id,
            before: { limitNano: (raised[i]?.limitNano ?? 0) - toJsonNano(nano) },
            after: { limitNano: raised[i]?.limitNano ?? 0, endsAt: raised[i]?.endsAt ?? null },
          });
        }
        await also(tx);
        return raised;
      });
    },

    async remove({ workspace, scope, window, actor }) {
      await change(workspace, async (tx) => {
        for (const budget of await meant(tx, workspace, scope, window)) {
          await removeBudget(tx, workspace, budget.id, clock.now());
          await audit.write(tx, {
            workspace,
            actor,
            action: 'budget.remove',
            target: budget.id,
            before: { scope, window, limitNano: budget.limit_nano },
            after: null,
          });
        }
      });
    },

    show: (workspace) =>
      store.read(async (tx) => {
        const periods = await periodsAt(tx, workspace, clock.now());
        const all: BudgetStanding[] = [];
        for (const budget of await allBudgets(tx, workspace)) all.push(await standing(tx, budget, periods));
        const kind = (b: BudgetStanding) => (b.scope === '' ? 0 : b.scope.startsWith('channel:') ? 1 : 2);
        return all.sort(
          (a, b) =>
            kind(a) - kind(b) ||
            a.name.localeCompare(b.name, 'en') ||
            windows.indexOf(a.window) - windows.indexOf(b.window),
        );
      }),
  };
}

/** Budgets in whose periods a run that waits for people does not fit (rule M9). */
function holdUp(
  budgets: readonly Budget[],
  periods: readonly BudgetPeriod[],
  waiters: readonly Waiter[],
): readonly Budget[] {
  const full = new Set(
    waiters
      .filter((w) => w.blocked === 1)
      .flatMap((w) => {
        const ids = JSON.parse(w.period_ids) as string[];
        return periods.filter((p) => ids.includes(p.id) && w.need_nano > p.limit_nano - p.spent_nano);
      })
      .map((p) => p.budget_id),
  );
  return budgets.filter((b) => full.has(b.id));
}
