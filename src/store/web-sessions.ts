import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { WebLinkRow, WebSessionRow } from './schema.ts';

export async function insertSession(tx: Tx, row: WebSessionRow): Promise<void> {
  await db(tx).insertInto('web_sessions').values(row).execute();
}

/** Which workspace it is of is what the token says, so there is none to ask with. */
export async function sessionByToken(tx: Tx, tokenHash: string): Promise<WebSessionRow | undefined> {
  return await db(tx)
    .selectFrom('web_sessions')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .where('ended_at', 'is', null)
    .executeTakeFirst();
}

export async function changeSession(
  tx: Tx,
  workspace: string,
  id: string,
  change: Partial<Pick<WebSessionRow, 'acts_as' | 'seen_at' | 'ended_at'>>,
): Promise<void> {
  await db(tx)
    .updateTable('web_sessions')
    .set(change)
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

export async function insertLink(tx: Tx, row: WebLinkRow): Promise<void> {
  await db(tx).insertInto('web_links').values(row).execute();
}

export async function linkByToken(tx: Tx, tokenHash: string): Promise<WebLinkRow | undefined> {
  return await db(tx)
    .selectFrom('web_links')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
}

/** False when it was used already: of two presses at once one signs in. */
export async function useLink(tx: Tx, workspace: string, id: string, now: number): Promise<boolean> {
  const done = await db(tx)
    .updateTable('web_links')
    .set({ used_at: now })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .where('used_at', 'is', null)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}
