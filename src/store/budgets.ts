import type { Insertable, Selectable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { BudgetPeriodRow, BudgetRow, HoldRow, WaiterRow } from './schema.ts';

export type Budget = Selectable<BudgetRow>;
export type BudgetPeriod = Selectable<BudgetPeriodRow>;
export type Waiter = Selectable<WaiterRow>;

/** The scopes that a call of this crew in this channel counts in. */
export const scopesOf = (channel: string, crew: string): string[] => [
  '',
  `channel:${channel}`,
  `crew:${crew}`,
];

const active = prepared<{ workspace: string; scopes: string[] }>()((tx, p) =>
  db(tx)
    .selectFrom('budgets')
    .selectAll()
    .where('workspace_id', '=', p.workspace)
    .where('removed_at', 'is', null)
    .where('scope', 'in', p.scopes)
    .orderBy('id'),
);

export async function activeBudgets(tx: Tx, workspace: string, scopes: readonly string[]): Promise<Budget[]> {
  return await active.all(tx, { workspace, scopes: [...scopes] });
}

export async function allBudgets(tx: Tx, workspace: string): Promise<Budget[]> {
  return await db(tx)
    .selectFrom('budgets')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('removed_at', 'is', null)
    .orderBy('id')
    .execute();
}

export async function insertBudget(tx: Tx, row: Insertable<BudgetRow>): Promise<void> {
  await db(tx).insertInto('budgets').values(row).execute();
}

export async function removeBudget(tx: Tx, workspace: string, id: string, at: number): Promise<void> {
  await db(tx)
    .updateTable('budgets')
    .set({ removed_at: at })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

const periods = prepared<{ workspace: string; ids: string[]; budgets: string[]; at: number }>()((tx, p) =>
  forUpdate(
    tx,
    db(tx)
      .selectFrom('budget_periods')
      .selectAll()
      .where('workspace_id', '=', p.workspace)
      .where((eb) =>
        eb.or([
          ...(p.ids.length > 0 ? [eb('id', 'in', p.ids)] : []),
          ...(p.budgets.length > 0
            ? [
                eb.and([
                  eb('budget_id', 'in', p.budgets),
                  eb('starts_at', '<=', p.at),
                  eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', p.at)]),
                ]),
              ]
            : []),
        ]),
      )
      .orderBy('id'),
  ),
);

/** Locks, in the order of their ids (rule R2), the periods named and those of the budgets named that cover `at`. */
export async function lockPeriods(
  tx: Tx,
  workspace: string,
  ids: readonly string[],
  budgets: readonly string[],
  at: number,
): Promise<BudgetPeriod[]> {
  return await periods.all(tx, { workspace, ids: [...ids], budgets: [...budgets], at });
}

/**
 * Locks, in the order of their ids, every period in which an attempt of these scopes counts: those that cover the time of its
 * hold, also where they were opened after it had ended; of removed budgets those that were in force at that time, or that it
 * was held on.
 */
export async function lockPeriodsOfAttempt(
  tx: Tx,
  workspace: string,
  attempt: { readonly id: string; readonly heldAt: number; readonly scopes: readonly string[] },
): Promise<BudgetPeriod[]> {
  const inForce = db(tx)
    .selectFrom('budgets')
    .select('id')
    .where('workspace_id', '=', workspace)
    .where('scope', 'in', attempt.scopes)
    .where((eb) => eb.or([eb('removed_at', 'is', null), eb('removed_at', '>', attempt.heldAt)]));
  const held = db(tx).selectFrom('holds').select('period_id').where('attempt_id', '=', attempt.id);
  const query = db(tx)
    .selectFrom('budget_periods')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('starts_at', '<=', attempt.heldAt)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', attempt.heldAt)]))
    .where((eb) => eb.or([eb('budget_id', 'in', inForce), eb('id', 'in', held)]))
    .orderBy('id');
  return await forUpdate(tx, query).execute();
}

/** The periods of budgets in force that cover an instant, as they are now. */
export async function periodsAt(tx: Tx, workspace: string, at: number): Promise<BudgetPeriod[]> {
  return await db(tx)
    .selectFrom('budget_periods')
    .innerJoin('budgets', 'budgets.id', 'budget_periods.budget_id')
    .selectAll('budget_periods')
    .where('budget_periods.workspace_id', '=', workspace)
    .where('budgets.removed_at', 'is', null)
    .where('starts_at', '<=', at)
    .where((eb) => eb.or([eb('ends_at', 'is', null), eb('ends_at', '>', at)]))
    .orderBy('budget_periods.id')
    .execute();
}

/** False when another transaction has opened that period meanwhile. */
export async function insertPeriod(tx: Tx, row: Insertable<BudgetPeriodRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('budget_periods')
    .values(row)
    .onConflict((conflict) => conflict.columns(['budget_id', 'starts_at']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

const move = prepared<{ workspace: string; id: string; spent: number; held: number }>()((tx, p) =>
  db(tx)
    .updateTable('budget_periods')
    .set((eb) => ({ spent_nano: eb('spent_nano', '+', p.spent), held_nano: eb('held_nano', '+', p.held) }))
    .where('workspace_id', '=', p.workspace)
    .where('id', '=', p.id),
);

/** Moves money within a locked period, nano-dollars, signed. */
export async function movePeriod(
  tx: Tx,
  workspace: string,
  id: string,
  spent: bigint,
  held: bigint,
): Promise<void> {
  await move.changes(tx, { workspace, id, spent: Number(spent), held: Number(held) });
}

export async function setPeriodLimit(tx: Tx, workspace: string, id: string, limit: bigint): Promise<void> {
  await db(tx)
    .updateTable('budget_periods')
    .set({ limit_nano: Number(limit) })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

const insert = prepared<HoldRow[]>()((tx, rows) => db(tx).insertInto('holds').values(rows));

export async function insertHolds(tx: Tx, rows: readonly HoldRow[]): Promise<void> {
  if (rows.length > 0) await insert.changes(tx, [...rows]);
}

const live = prepared<{ workspace: string; attempt: string }>()((tx, p) =>
  db(tx)
    .selectFrom('holds')
    .selectAll()
    .where('workspace_id', '=', p.workspace)
    .where('attempt_id', '=', p.attempt)
    .where('live', '=', 1)
    .orderBy('period_id'),
);

/** Live holds of an attempt. */
export async function liveHolds(tx: Tx, workspace: string, attempt: string): Promise<Selectable<HoldRow>[]> {
  return await live.all(tx, { workspace, attempt });
}

const release = prepared<{ workspace: string; attempt: string }>()((tx, p) =>
  db(tx)
    .updateTable('holds')
    .set({ live: 0 })
    .where('workspace_id', '=', p.workspace)
    .where('attempt_id', '=', p.attempt),
);

export async function releaseHolds(tx: Tx, workspace: string, attempt: string): Promise<void> {
  await release.changes(tx, { workspace, attempt });
}

/** When the newest call of a workspace was held, UTC ms; null: there is none. */
export async function newestCallAt(tx: Tx, workspace: string): Promise<number | null> {
  const row = await db(tx)
    .selectFrom('attempts')
    .select((eb) => eb.fn.max('held_at').as('at'))
    .where('workspace_id', '=', workspace)
    .executeTakeFirst();
  return row?.at ?? null;
}

/** Live attempts of a scope held within the bounds, with their hold: what a new period starts with (rule M12). */
export async function liveAttemptsIn(
  tx: Tx,
  workspace: string,
  scope: string,
  startsAt: number,
  endsAt: number | null,
): Promise<{ id: string; nano: number }[]> {
  const rows = await db(tx)
    .selectFrom('attempts')
    .innerJoin('runs', 'runs.id', 'attempts.run_id')
    .select(['attempts.id as id', 'attempts.hold_nano as nano'])
    .where('attempts.workspace_id', '=', workspace)
    .where('attempts.state', '=', 'held')
    .where('attempts.held_at', '>=', startsAt)
    .where('attempts.held_at', '<', endsAt ?? Number.MAX_SAFE_INTEGER)
    .$if(scope.startsWith('channel:'), (q) => q.where('runs.channel_id', '=', scope.slice('channel:'.length)))
    .$if(scope.startsWith('crew:'), (q) => q.where('runs.crew_name', '=', scope.slice('crew:'.length)))
    .execute();
  return rows.map((row) => ({ id: row.id, nano: row.nano ?? 0 }));
}

/** Σ entries of a scope within the bounds, nano-dollars. */
export async function spentIn(
  tx: Tx,
  workspace: string,
  scope: string,
  startsAt: number,
  endsAt: number | null,
): Promise<bigint> {
  const row = await db(tx)
    .selectFrom('entries')
    .select(({ fn }) => fn.sum<number | null>('nano').as('nano'))
    .where('workspace_id', '=', workspace)
    .where('at', '>=', startsAt)
    .where('at', '<', endsAt ?? Number.MAX_SAFE_INTEGER)
    .$if(scope.startsWith('channel:'), (q) => q.where('channel_id', '=', scope.slice('channel:'.length)))
    .$if(scope.startsWith('crew:'), (q) => q.where('crew', '=', scope.slice('crew:'.length)))
    .executeTakeFirstOrThrow();
  return BigInt(row.nano ?? 0);
}

export async function putWaiter(tx: Tx, row: Insertable<WaiterRow>): Promise<void> {
  await db(tx)
    .insertInto('waiters')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['run_id', 'step', 'item'])
        .doUpdateSet(({ ref }) => ({
          need_nano: ref('excluded.need_nano'),
          blocked: ref('excluded.blocked'),
          since: ref('excluded.since'),
          period_ids: ref('excluded.period_ids'),
          carded: ref('excluded.carded'),
        }))
        .whereRef('waiters.workspace_id', '=', 'excluded.workspace_id'),
    )
    .execute();
}

export async function removeWaiter(tx: Tx, workspace: string, run: string, step: string): Promise<void> {
  await db(tx)
    .deleteFrom('waiters')
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .where('step', '=', step)
    .execute();
}

export async function removeWaitersOfRun(tx: Tx, workspace: string, run: string): Promise<void> {
  await db(tx)
    .deleteFrom('waiters')
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .execute();
}

const waiting = prepared<{ workspace: string }>()((tx, p) =>
  db(tx).selectFrom('waiters').selectAll().where('workspace_id', '=', p.workspace),
);

/** Oldest first (rule M9). There are seldom any, and SQLite sets up a sort also for none. */
export async function waitersOf(tx: Tx, workspace: string): Promise<Waiter[]> {
  const waiters = await waiting.all(tx, { workspace });
  return waiters.length < 2 ? waiters : waiters.sort(byWait);
}

function byWait(a: Waiter, b: Waiter): number {
  if (a.since !== b.since) return a.since - b.since;
  if (a.run_id !== b.run_id) return a.run_id < b.run_id ? -1 : 1;
  return a.step < b.step ? -1 : 1;
}
