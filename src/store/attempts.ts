import type { Insertable, Selectable, Updateable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { AttemptRow } from './schema.ts';

export type Attempt = Selectable<AttemptRow>;

/** Inserting the hold is the claim (rule R1): false when the turn is already held or paid, and nothing was inserted. */
export async function claimTurn(tx: Tx, row: Insertable<AttemptRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('attempts')
    .values(row)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

/** Compare-and-set `held` → an end; false when the attempt has lapsed meanwhile (rule M5). */
export async function endAttempt(tx: Tx, attempt: Attempt, changes: Updateable<AttemptRow>): Promise<boolean> {
  const done = await db(tx)
    .updateTable('attempts')
    .set(changes)
    .where('workspace_id', '=', attempt.workspace_id)
    .where('id', '=', attempt.id)
    .where('state', '=', 'held')
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** What is known late of an attempt that has ended: its usage and cost, never its state. */
export async function correctAttempt(tx: Tx, attempt: Attempt, changes: Updateable<AttemptRow>): Promise<void> {
  await db(tx)
    .updateTable('attempts')
    .set(changes)
    .where('workspace_id', '=', attempt.workspace_id)
    .where('id', '=', attempt.id)
    .execute();
}

/** In the order in which they were made. */
export async function attemptsOfStep(
  tx: Tx,
  workspace: string,
  run: string,
  step: string,
  round: number,
): Promise<Attempt[]> {
  return await db(tx)
    .selectFrom('attempts')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .where('step', '=', step)
    .where('round', '=', round)
    .orderBy('id')
    .execute();
}

export async function attemptsOfRun(tx: Tx, workspace: string, run: string): Promise<Attempt[]> {
  return await db(tx)
    .selectFrom('attempts')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .orderBy('id')
    .execute();
}

export async function findAttempt(tx: Tx, workspace: string, id: string): Promise<Attempt | undefined> {
  return await db(tx)
    .selectFrom('attempts')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Held attempts of other processes, of all workspaces: on SQLite they lapse when the store's lock is won (rule M5). */
export async function heldByOthers(tx: Tx, owner: string): Promise<Attempt[]> {
  return await db(tx)
    .selectFrom('attempts')
    .selectAll()
    .where('state', '=', 'held')
    .where('owner', '!=', owner)
    .orderBy('run_id')
    .orderBy('id')
    .execute();
}
