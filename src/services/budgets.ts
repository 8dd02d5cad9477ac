import type { Clock } from '../clock.ts';
import { type Bounds, boundsOf, type Fit, fitsAll, type Window } from '../core/budget.ts';
import { CrewsmithError } from '../errors.ts';
import { findAttempt } from '../store/attempts.ts';
import {
  activeBudgets,
  type Budget,
  type BudgetPeriod,
  insertHolds,
  insertPeriod,
  liveAttemptsIn,
  liveHolds,
  lockPeriods,
  lockPeriodsOfAttempt,
  movePeriod,
  releaseHolds,
  scopesOf,
  spentIn,
  type Waiter,
  waitersOf,
} from '../store/budgets.ts';
import { changeStanding } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { findRun } from '../store/runs.ts';
import type { Ids } from './ids.ts';
import type { Settings } from './settings.ts';
import type { Standing } from './standing.ts';

/** Where a call counts. */
export interface Scope {
  readonly workspace: string;
  readonly channel: string;
  readonly crew: string;
}

/** The periods that a hold touches, locked; `all` includes those of the call that is being settled. */
export interface Locked {
  /** The instant whose periods are the current ones. */
  readonly at: number;
  readonly current: readonly BudgetPeriod[];
  readonly all: ReadonlyMap<string, BudgetPeriod>;
  /** Periods were opened by this lock: calls in flight are held on them from now on. */
  readonly opened: boolean;
  /** Who waits for money of this workspace, oldest first (rule M9). */
  readonly waiters: readonly Waiter[];
}

/** Nano-dollars that an attempt holds on a period. */
export interface Hold {
  readonly period: string;
  readonly nano: number;
}

/** What a call was held on when its hold was taken, and the workspace's revision then: unchanged, it is still so. */
export interface Kept {
  readonly revision: number;
  readonly holds: readonly Hold[];
}

export interface Budgets {
  /**
   * Locks, in one go (rule R2), the periods that a hold taken at `at` would touch, opening those that do not exist yet,
   * and the periods named.
   */
  lock(tx: Tx, scope: Scope, at: number, named: readonly string[]): Promise<Locked>;
  /** Rule M4: all or none. Changes nothing. */
  fit(locked: Locked, nano: bigint): Fit;
  /** Holds on every current period; the caller has asked `fit`. */
  hold(tx: Tx, workspace: string, attempt: string, locked: Locked, nano: bigint): Promise<Kept>;
  /**
   * Turns the live hold of an attempt into what it really cost, on the periods it was held on, which `lock` was given.
   * What comes back is what the periods are now.
   */
  settle(
    tx: Tx,
    workspace: string,
    attempt: string,
    locked: Locked,
    holds: readonly Hold[],
    spent: bigint,
  ): Promise<Locked>;
  /** What an attempt holds now; its periods are to be named to `lock`. `kept`: what `hold` said of it; null: ask the store. */
  heldOn(tx: Tx, workspace: string, attempt: string, kept: Kept | null): Promise<readonly Hold[]>;
  /**
   * Opens the period of a budget that covers `at`: with the entries of its window and a hold for each live attempt in scope,
   * even above the limit (rule M12). The caller has locked the budget head.
   */
  open(tx: Tx, budget: Budget, at: number): Promise<void>;
  /** Adds a signed change, nano-dollars, to every period in which an attempt that has ended counts (rule M6). */
  adjust(tx: Tx, workspace: string, attempt: string, change: bigint): Promise<void>;
}

interface LastPeriods {
  /** Of the workspace: opening a period changes it. */
  readonly revision: number;
  readonly ids: readonly string[];
  readonly from: number;
  readonly until: number;
}

const lastPeriodsMax = 1_000;

export function createBudgets(parts: {
  clock: Clock;
  ids: Ids;
  settings: Settings;
  standing: Standing;
}): Budgets {
  const { ids, settings, standing } = parts;
  /** The last window of each kind and zone: working it out takes longer than a call's statements. */
  const windows = new Map<string, Bounds>();

  function boundsAt(window: Window, at: number, zone: string): Bounds {
    const name = `${window} ${zone}`;
    const last = windows.get(name);
    if (last !== undefined && isWithinBounds(last, at)) return last;
    const bounds = boundsOf(window, at, zone);
    windows.set(name, bounds);
    return bounds;
  }

  /** The periods that were current at the last lock of the same budgets: while they are, they are found by their ids. */
  const lastPeriods = new Map<string, LastPeriods>();

  async function lockCurrent(
    tx: Tx,
    workspace: string,
    named: readonly string[],
    budgets: readonly string[],
    at: number,
  ): Promise<BudgetPeriod[]> {
    const revision = await standing.revision(tx, workspace);
    const name = budgets.join(' ');
    const last = lastPeriods.get(name);
    if (last?.revision === revision && last.from <= at && at < last.until) {
      return await lockPeriods(tx, workspace, [...new Set([...named, ...last.ids])], [], at);
    }
    const rows = await lockPeriods(tx, workspace, named, budgets, at);
    const current = rows.filter((row) => budgets.includes(row.budget_id) && isWithin(row, at));
    tx.onCommit(() => {
      if (lastPeriods.size >= lastPeriodsMax) lastPeriods.clear();
      lastPeriods.set(name, {
        revision,
        ids: current.map((row) => row.id),
        from: Math.max(...current.map((row) => row.starts_at)),
        until: Math.min(...current.map((row) => row.ends_at ?? Number.MAX_SAFE_INTEGER)),
      });
    });
    return rows;
  }

  async function open(tx: Tx, budget: Budget, { startsAt, endsAt }: Bounds): Promise<void> {
    const { workspace_id: workspace, scope } = budget;
    const live = await liveAttemptsIn(tx, workspace, scope, startsAt, endsAt);
    const id = ids.next('period');
    const opened = await insertPeriod(tx, {
      id,
      workspace_id: workspace,
      budget_id: budget.id,
      starts_at: startsAt,
      ends_at: endsAt,
      limit_nano: budget.limit_nano,
      spent_nano: Number(await spentIn(tx, workspace, scope, startsAt, endsAt)),
      held_nano: live.reduce((sum, attempt) => sum + attempt.nano, 0),
    });
    if (!opened) return;
    await insertHolds(
      tx,
      live.map((attempt) => ({
        workspace_id: workspace,
        attempt_id: attempt.id,
        period_id: id,
        nano: attempt.nano,
        live: 1 as const,
      })),
    );
  }

  async function heldOn(
    tx: Tx,
    workspace: string,
    attempt: string,
    kept: Kept | null,
  ): Promise<readonly Hold[]> {
    // Shared first, so that nobody opens a period for this attempt after the look.
    const revision = await standing.revision(tx, workspace);
    if (kept?.revision === revision) return kept.holds;
    const holds = await liveHolds(tx, workspace, attempt);
    return holds.map(({ period_id: period, nano }) => ({ period, nano }));
  }

  return {
    async lock(tx, scope, at, named) {
      const scopes = scopesOf(scope.channel, scope.crew);
      const budgets = await standing.recall(tx, scope.workspace, `budgets ${scopes.join(' ')}`, () =>
        activeBudgets(tx, scope.workspace, scopes),
      );
      if (budgets.length === 0 && named.length === 0)
        return { at, current: [], all: new Map(), opened: false, waiters: [] };
      const { zone } = await settings.get(tx, scope.workspace);
      const wanted = budgets.map((budget) => ({
        budget,
        bounds: boundsAt(budget.window, at, zone),
      }));
      const active = budgets.map((budget) => budget.id);
      let rows = await lockCurrent(tx, scope.workspace, named, active, at);
      const missing = wanted.filter(
        ({ budget, bounds }) =>
          !rows.some((row) => row.budget_id === budget.id && row.starts_at === bounds.startsAt),
      );
      if (missing.length > 0) {
        // Who settles meanwhile an attempt that counts in the new period must see it, or end before it is opened.
        await changeStanding(tx, scope.workspace);
        for (const { budget, bounds } of missing) await open(tx, budget, bounds);
        rows = await lockPeriods(tx, scope.workspace, named, active, at);
      }
      const current = rows.filter((row) => active.includes(row.budget_id) && isWithin(row, at));
      return {
        at,
        current,
        all: new Map(rows.map((row) => [row.id, row])),
        opened: missing.length > 0,
        waiters: await waitersOf(tx, scope.workspace),
      };
    },

    fit(locked, nano) {
      return fitsAll(
        locked.current.map((row) => ({
          id: row.id,
          limitNano: BigInt(row.limit_nano),
          spentNano: BigInt(row.spent_nano),
          heldNano: BigInt(row.held_nano),
        })),
        nano,
      );
    },

    async hold(tx, workspace, attempt, locked, nano) {
      const holds = locked.current.map((period) => ({ period: period.id, nano: Number(nano) }));
      for (const { period } of holds) await movePeriod(tx, workspace, period, 0n, nano);
      await insertHolds(
        tx,
        holds.map(({ period, nano: held }) => ({
          workspace_id: workspace,
          attempt_id: attempt,
          period_id: period,
          nano: held,
          live: 1 as const,
        })),
      );
      return { revision: await standing.revision(tx, workspace), holds };
    },

    async settle(tx, workspace, attempt, locked, holds, spent) {
      // A period that was just opened holds for this attempt too: after a change of zone its window reaches back.
      const all = locked.opened ? await heldOn(tx, workspace, attempt, null) : holds;
      if (all.length === 0) return locked;
      const rows = new Map(locked.all);
      for (const hold of all) {
        const row = rows.get(hold.period);
        if (row === undefined)
          throw new CrewsmithError('internal.impossible', { what: 'a hold on an unlocked period' });
        await movePeriod(tx, workspace, row.id, spent, -BigInt(hold.nano));
        rows.set(row.id, {
          ...row,
          spent_nano: row.spent_nano + Number(spent),
          held_nano: row.held_nano - hold.nano,
        });
      }
      await releaseHolds(tx, workspace, attempt);
      return { ...locked, current: locked.current.map((row) => rows.get(row.id) ?? row), all: rows };
    },

    heldOn,

    async open(tx, budget, at) {
      const { zone } = await settings.get(tx, budget.workspace_id);
      await open(tx, budget, boundsOf(budget.window, at, zone));
    },

    async adjust(tx, workspace, id, change) {
      if (change === 0n) return;
      const attempt = await findAttempt(tx, workspace, id);
      const run = attempt && (await findRun(tx, workspace, attempt.run_id));
      if (attempt === undefined || run === undefined) {
        throw new CrewsmithError('internal.impossible', { what: `no attempt ${id} to adjust` });
      }
      const scopes = scopesOf(run.channel_id, run.crew_name);
      for (const period of await lockPeriodsOfAttempt(tx, workspace, {
        id,
        heldAt: attempt.held_at,
        scopes,
      })) {
        await movePeriod(tx, workspace, period.id, change, 0n);
      }
    },
  };
}

const isWithinBounds = ({ startsAt, endsAt }: Bounds, at: number) =>
  startsAt <= at && (endsAt === null || at < endsAt);

const isWithin = (period: BudgetPeriod, at: number) =>
  period.starts_at <= at && (period.ends_at === null || period.ends_at > at);

export const periodsOf = (holds: readonly Hold[]): string[] => holds.map((hold) => hold.period);
