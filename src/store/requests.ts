import type { Insertable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { RequestRow } from './schema.ts';

/** False when the same request came before (rule S2). */
export async function claimRequest(tx: Tx, row: Insertable<RequestRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('requests')
    .values(row)
    .onConflict((conflict) => conflict.columns(['surface', 'dedupe']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}
