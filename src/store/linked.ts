import type { Insertable, Selectable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import type { LinkCodeRow, LinkTryRow } from './schema.ts';

/** Teams and accounts of several surfaces that belong together (rule K8). */

export type LinkCode = Selectable<LinkCodeRow>;

/** Codes of this kind that somebody made before and nobody used hold no more. */
export async function voidLinkCodes(
  tx: Tx,
  { workspace_id, member_id, joins }: Pick<LinkCode, 'workspace_id' | 'member_id' | 'joins'>,
): Promise<void> {
  await db(tx)
    .updateTable('link_codes')
    .set({ state: 'void' })
    .where('workspace_id', '=', workspace_id)
    .where('member_id', '=', member_id)
    .where('joins', '=', joins)
    .where('state', '=', 'open')
    .execute();
}

/** Those of a whole workspace. */
export async function endLinkCodes(tx: Tx, workspace: string): Promise<void> {
  await db(tx)
    .updateTable('link_codes')
    .set({ state: 'void' })
    .where('workspace_id', '=', workspace)
    .where('state', '=', 'open')
    .execute();
}

export async function insertLinkCode(tx: Tx, row: Insertable<LinkCodeRow>): Promise<void> {
  await db(tx).insertInto('link_codes').values(row).execute();
}

/** Whoever types a code is of another workspace than it, or of another account: the code itself says which. */
export async function linkCodeByHash(tx: Tx, hash: string): Promise<LinkCode | undefined> {
  return await db(tx)
    .selectFrom('link_codes')
    .selectAll()
    .where('code_hash', '=', hash)
    .where('state', '=', 'open')
    .executeTakeFirst();
}

/** False when somebody was first. */
export async function useLinkCode(
  tx: Tx,
  { workspace_id, id }: Pick<LinkCode, 'workspace_id' | 'id'>,
  at: number,
): Promise<boolean> {
  const done = await db(tx)
    .updateTable('link_codes')
    .set({ state: 'used', used_at: at })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .where('state', '=', 'open')
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** What came of it. */
export async function noteJoined(
  tx: Tx,
  { workspace_id, id }: Pick<LinkCode, 'workspace_id' | 'id'>,
  joined: string,
): Promise<void> {
  await db(tx)
    .updateTable('link_codes')
    .set({ joined })
    .where('workspace_id', '=', workspace_id)
    .where('id', '=', id)
    .execute();
}

/** A code that was used is undone; null: it was not used, or is undone already. */
export async function undoLinkCode(tx: Tx, workspace: string, id: string): Promise<LinkCode | null> {
  const row = await db(tx)
    .updateTable('link_codes')
    .set({ state: 'void' })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .where('state', '=', 'used')
    .returningAll()
    .executeTakeFirst();
  return row ?? null;
}

/** The wrong codes that somebody typed, locked until the commit. */
export async function lockLinkTries(
  tx: Tx,
  workspace: string,
  member: string,
): Promise<Selectable<LinkTryRow> | undefined> {
  const query = db(tx)
    .selectFrom('link_tries')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member);
  return await forUpdate(tx, query).executeTakeFirst();
}

export async function putLinkTries(tx: Tx, row: Insertable<LinkTryRow>): Promise<void> {
  const { tries, since } = row;
  await db(tx)
    .insertInto('link_tries')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'member_id']).doUpdateSet({ tries, since }))
    .execute();
}

/** From now on all that was in a workspace belongs to another: nothing is begun or changed in it any more. */
export async function markJoined(tx: Tx, workspace: string, into: string): Promise<void> {
  await db(tx)
    .updateTable('workspaces')
    .set((eb) => ({ joined_into: into, revision: eb('revision', '+', 1) }))
    .where('id', '=', workspace)
    .execute();
}

/** Those that the platform has removed us from, too: when we are back, it is to the new workspace. */
export async function moveInstallations(tx: Tx, workspace: string, to: string): Promise<void> {
  await db(tx)
    .updateTable('installations')
    .set({ workspace_id: to })
    .where('workspace_id', '=', workspace)
    .execute();
}

/** But for those that are known there: conversations with somebody who is in both teams. Gives how many moved. */
export async function moveChannels(tx: Tx, workspace: string, to: string): Promise<number> {
  const done = await db(tx)
    .updateTable('channels')
    .set({ workspace_id: to })
    .where('workspace_id', '=', workspace)
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom('channels as there')
            .select('there.id')
            .where('there.workspace_id', '=', to)
            .whereRef('there.surface', '=', 'channels.surface')
            .whereRef('there.native', '=', 'channels.native'),
        ),
      ),
    )
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

/** The surfaces on which a workspace has a channel of this name. */
export async function surfacesOfName(tx: Tx, workspace: string, name: string): Promise<string[]> {
  const rows = await db(tx)
    .selectFrom('channels')
    .select('surface')
    .distinct()
    .where('workspace_id', '=', workspace)
    .where('name', '=', name)
    .execute();
  return rows.map((row) => row.surface);
}

/** Ends everything by which somebody of a workspace was something in it, and gives how much that was. */
export async function endRoles(tx: Tx, workspace: string): Promise<number> {
  const roles = await db(tx).deleteFrom('roles').where('workspace_id', '=', workspace).executeTakeFirst();
  const grants = await db(tx)
    .deleteFrom('team_grants')
    .where('workspace_id', '=', workspace)
    .executeTakeFirst();
  return Number(roles.numDeletedRows + grants.numDeletedRows);
}

export async function endSchedules(tx: Tx, workspace: string, at: number): Promise<number> {
  const done = await db(tx)
    .updateTable('schedules')
    .set({ removed_at: at })
    .where('workspace_id', '=', workspace)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

export async function endMembers(tx: Tx, workspace: string, at: number): Promise<void> {
  await db(tx)
    .updateTable('members')
    .set({ removed_at: at })
    .where('workspace_id', '=', workspace)
    .where('removed_at', 'is', null)
    .execute();
}

/** Members who are somebody else by now, and who. */
export async function mergedMembers(tx: Tx, workspace: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db(tx)
    .selectFrom('members')
    .select(['id', 'merged_into'])
    .where('workspace_id', '=', workspace)
    .where('merged_into', 'is not', null)
    .execute();
  return new Map(rows.map(({ id, merged_into: into }) => [id, into ?? id]));
}

/** The member who somebody is now; themselves, where nothing was merged. */
export async function memberNow(tx: Tx, workspace: string, member: string): Promise<string> {
  const row = await db(tx)
    .selectFrom('members')
    .select('merged_into')
    .where('workspace_id', '=', workspace)
    .where('id', '=', member)
    .executeTakeFirst();
  return row?.merged_into ?? member;
}

export async function moveAccounts(tx: Tx, workspace: string, from: string, to: string): Promise<void> {
  await db(tx)
    .updateTable('accounts')
    .set({ member_id: to })
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', from)
    .execute();
}

/** Of whoever was merged into `from` before, too: nobody has to follow more than one step. */
export async function mergeMember(
  tx: Tx,
  workspace: string,
  from: string,
  to: string,
  at: number,
): Promise<void> {
  await db(tx)
    .updateTable('members')
    .set({ merged_into: to, removed_at: at })
    .where('workspace_id', '=', workspace)
    .where((eb) => eb.or([eb('id', '=', from), eb('merged_into', '=', from)]))
    .execute();
}

/** What is still open in somebody's name: links, and sessions of the page. */
export async function moveBelongings(tx: Tx, workspace: string, from: string, to: string): Promise<void> {
  for (const table of ['key_links', 'web_sessions', 'web_links'] as const) {
    await db(tx)
      .updateTable(table)
      .set({ member_id: to })
      .where('workspace_id', '=', workspace)
      .where('member_id', '=', from)
      .execute();
  }
}

/** False: they are not merged into that one any more. */
export async function unmergeMember(
  tx: Tx,
  workspace: string,
  member: string,
  from: string,
): Promise<boolean> {
  const done = await db(tx)
    .updateTable('members')
    .set({ merged_into: null, removed_at: null })
    .where('workspace_id', '=', workspace)
    .where('id', '=', member)
    .where('merged_into', '=', from)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

/** `accounts`: their ids. */
export async function giveAccounts(
  tx: Tx,
  workspace: string,
  accounts: readonly string[],
  to: string,
): Promise<void> {
  await db(tx)
    .updateTable('accounts')
    .set({ member_id: to })
    .where('workspace_id', '=', workspace)
    .where('id', 'in', [...accounts])
    .execute();
}

/** Ends whatever is open in somebody's name: links to a key, links to the page, and who is signed in there. */
export async function endOpen(tx: Tx, workspace: string, member: string, at: number): Promise<void> {
  await db(tx)
    .updateTable('key_links')
    .set({ state: 'void' })
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .where('state', '=', 'open')
    .execute();
  await db(tx)
    .updateTable('web_links')
    .set({ used_at: at })
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .where('used_at', 'is', null)
    .execute();
  await db(tx)
    .updateTable('web_sessions')
    .set({ ended_at: at })
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .where('ended_at', 'is', null)
    .execute();
}
