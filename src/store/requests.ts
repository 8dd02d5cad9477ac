import type { Insertable, Selectable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { RequestRow } from './schema.ts';

export type StoredRequest = Selectable<RequestRow>;

/** Saves what arrived, before anything is done about it. False when it came before (rules S1, S2). */
export async function acceptRequest(tx: Tx, row: Insertable<RequestRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('requests')
    .values(row)
    .onConflict((conflict) => conflict.columns(['surface', 'dedupe']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

const claim = prepared<RequestRow>()((tx, row) =>
  db(tx)
    .insertInto('requests')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['surface', 'dedupe'])
        .doUpdateSet((eb) => ({ run_id: eb.ref('excluded.run_id'), state: 'done' }))
        .whereRef('requests.workspace_id', '=', 'excluded.workspace_id')
        .where('requests.run_id', 'is', null),
    )
    .returning('id'),
);

/**
 * The id of the request that may start this run: of the row that was saved when it arrived, else of a new one. Null when it
 * has its run already: one request, one run (rule S2).
 */
export async function claimRequest(tx: Tx, row: RequestRow): Promise<string | null> {
  return (await claim.first(tx, row))?.id ?? null;
}

/** Commands and presses of all workspaces that were saved and not carried out, the oldest first: what a start takes up. */
export async function requestsLeftOver(tx: Tx, most: number): Promise<StoredRequest[]> {
  return await db(tx)
    .selectFrom('requests')
    .selectAll()
    .where('state', '=', 'received')
    .where('kind', 'in', ['command', 'press'])
    .orderBy('received_at')
    .orderBy('id')
    .limit(most)
    .execute();
}

export async function findRequest(tx: Tx, workspace: string, id: string): Promise<StoredRequest | undefined> {
  return await db(tx)
    .selectFrom('requests')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Nothing is left to do about it. */
export async function endRequest(tx: Tx, workspace: string, surface: string, dedupe: string): Promise<void> {
  await db(tx)
    .updateTable('requests')
    .set({ state: 'done' })
    .where('workspace_id', '=', workspace)
    .where('surface', '=', surface)
    .where('dedupe', '=', dedupe)
    .execute();
}

/** Whether it was saved, but not carried out yet. */
export async function isRequestOpen(
  tx: Tx,
  workspace: string,
  surface: string,
  dedupe: string,
): Promise<boolean> {
  const row = await db(tx)
    .selectFrom('requests')
    .select('state')
    .where('workspace_id', '=', workspace)
    .where('surface', '=', surface)
    .where('dedupe', '=', dedupe)
    .executeTakeFirst();
  return row?.state === 'received';
}
