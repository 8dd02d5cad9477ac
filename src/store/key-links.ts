import type { Selectable, Updateable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { KeyLinkRow } from './schema.ts';

export type KeyLink = Selectable<KeyLinkRow>;

export async function insertKeyLink(tx: Tx, row: KeyLink): Promise<void> {
  await db(tx).insertInto('key_links').values(row).execute();
}

/** Who has the token is asked for no workspace: the link itself says which. */
export async function keyLinkByToken(tx: Tx, tokenHash: string): Promise<KeyLink | undefined> {
  return await db(tx)
    .selectFrom('key_links')
    .selectAll()
    .where('token_hash', '=', tokenHash)
    .executeTakeFirst();
}

export async function findKeyLink(tx: Tx, workspace: string, id: string): Promise<KeyLink | undefined> {
  return await db(tx)
    .selectFrom('key_links')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Changes a link that is as it was read; false when it is not any more. */
export async function updateKeyLink(
  tx: Tx,
  link: Pick<KeyLink, 'workspace_id' | 'id' | 'state'>,
  changes: Updateable<KeyLinkRow>,
): Promise<boolean> {
  const done = await db(tx)
    .updateTable('key_links')
    .set(changes)
    .where('workspace_id', '=', link.workspace_id)
    .where('id', '=', link.id)
    .where('state', '=', link.state)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}
