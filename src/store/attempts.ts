import type { Selectable, Updateable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { AttemptRow } from './schema.ts';

export type Attempt = Selectable<AttemptRow>;

const insert = prepared<AttemptRow>()((tx, row) =>
  db(tx)
    .insertInto('attempts')
    .values(row)
    .onConflict((conflict) => conflict.doNothing()),
);

/** Inserting the hold is the claim (rule R1): false when the turn is already held or paid, and nothing was inserted. */
export async function claimTurn(tx: Tx, row: AttemptRow): Promise<boolean> {
  return (await insert.changes(tx, row)) === 1;
}

const end = prepared<{ workspace: string; id: string; changes: Updateable<AttemptRow> }>()((tx, p) =>
  db(tx)
    .updateTable('attempts')
    .set(p.changes)
    .where('workspace_id', '=', p.workspace)
    .where('id', '=', p.id)
    .where('state', '=', 'held'),
);

/** Compare-and-set `held` → an end; false when the attempt has lapsed meanwhile (rule M5). */
export async function endAttempt(
  tx: Tx,
  attempt: Attempt,
  changes: Updateable<AttemptRow>,
): Promise<boolean> {
  return (await end.changes(tx, { workspace: attempt.workspace_id, id: attempt.id, changes })) === 1;
}

/** What is known late of an attempt that has ended: its usage and cost, never its state. */
export async function correctAttempt(
  tx: Tx,
  attempt: Attempt,
  changes: Updateable<AttemptRow>,
): Promise<void> {
  await db(tx)
    .updateTable('attempts')
    .set(changes)
    .where('workspace_id', '=', attempt.workspace_id)
    .where('id', '=', attempt.id)
    .execute();
}

/** In the order in which they were made. */
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
