import type { Selectable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { MeantRow } from './schema.ts';

/** What a token on a card of a surface means. Of no workspace: it names rows, which are read anew for whoever presses. */
export async function insertMeant(tx: Tx, row: Selectable<MeantRow>): Promise<void> {
  await db(tx).insertInto('meant').values(row).execute();
}

export async function meantBy(tx: Tx, token: string): Promise<Selectable<MeantRow> | undefined> {
  return await db(tx).selectFrom('meant').selectAll().where('token', '=', token).executeTakeFirst();
}

export async function forgetMeant(tx: Tx, now: number): Promise<void> {
  await db(tx).deleteFrom('meant').where('until', '<=', now).execute();
}
