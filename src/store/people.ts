import type { Insertable, Selectable } from 'kysely';
import { CrewsmithError } from '../errors.ts';
import { db, forShare, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { AccountRow, ChannelRow, MemberRow, RoleRow, WorkspaceRow } from './schema.ts';

export type Workspace = Selectable<WorkspaceRow>;
export type Member = Selectable<MemberRow>;
export type Account = Selectable<AccountRow>;
export type Channel = Selectable<ChannelRow>;
export type RoleRecord = Selectable<RoleRow>;

export async function countWorkspaces(tx: Tx): Promise<number> {
  const row = await db(tx)
    .selectFrom('workspaces')
    .select((eb) => eb.fn.countAll().as('n'))
    .executeTakeFirstOrThrow();
  return Number(row.n);
}

export async function insertWorkspace(tx: Tx, row: Insertable<WorkspaceRow>): Promise<void> {
  await db(tx).insertInto('workspaces').values(row).execute();
}

export async function findWorkspace(tx: Tx, id: string): Promise<Workspace | undefined> {
  return await db(tx).selectFrom('workspaces').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function workspaceBySlug(tx: Tx, slug: string): Promise<Workspace | undefined> {
  return await db(tx).selectFrom('workspaces').selectAll().where('slug', '=', slug).executeTakeFirst();
}

/**
 * Held until the commit: keys of one workspace are added and replaced one after the other. Throws `join.gone` for one that has
 * joined another, as whatever locks a workspace or its revision does.
 */
export async function lockWorkspace(tx: Tx, id: string): Promise<void> {
  const query = db(tx).selectFrom('workspaces').select('joined_into').where('id', '=', id);
  mustLive(await forUpdate(tx, query).executeTakeFirst());
}

const revision = prepared<{ id: string }>()((tx, p) => {
  const query = db(tx).selectFrom('workspaces').select(['revision', 'joined_into']).where('id', '=', p.id);
  return forShare(tx, query) ?? query;
});

function mustLive(row: Pick<Workspace, 'joined_into'> | undefined): void {
  if (row !== undefined && row.joined_into !== null) throw new CrewsmithError('join.gone', {});
}

/**
 * The workspace's revision, shared with other holds and settles, so that no budget is set and no key changed until the end of
 * this transaction (rules M12, K2).
 */
export async function revisionOf(tx: Tx, workspace: string): Promise<number> {
  const row = await revision.first(tx, { id: workspace });
  mustLive(row);
  return row?.revision ?? 0;
}

/** Called before keys, aliases, settings or budgets are changed: locks the workspace's revision and counts it up. */
export async function changeStanding(tx: Tx, workspace: string): Promise<void> {
  const row = await db(tx)
    .updateTable('workspaces')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('id', '=', workspace)
    .returning('joined_into')
    .executeTakeFirst();
  mustLive(row);
}

/** After its secrets were sealed anew (rule K6) nothing that is remembered of a workspace holds, whether or not it has joined another. */
export async function countRevision(tx: Tx, workspace: string): Promise<void> {
  await db(tx)
    .updateTable('workspaces')
    .set((eb) => ({ revision: eb('revision', '+', 1) }))
    .where('id', '=', workspace)
    .execute();
}

/** Rule K7: from the first key on, the sandbox no longer answers by itself. */
export async function markHadKey(tx: Tx, workspace: string): Promise<void> {
  await db(tx)
    .updateTable('workspaces')
    .set({ had_key: 1 })
    .where('id', '=', workspace)
    .where('had_key', '=', 0)
    .execute();
}

export async function insertChannel(tx: Tx, row: Insertable<ChannelRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('channels')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'surface', 'native']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

export async function findChannel(tx: Tx, workspace: string, id: string): Promise<Channel | undefined> {
  return await db(tx)
    .selectFrom('channels')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** In the order in which they were first seen. */
export async function allChannels(tx: Tx, workspace: string): Promise<Channel[]> {
  return await db(tx)
    .selectFrom('channels')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('id')
    .execute();
}

export async function channelByNative(
  tx: Tx,
  workspace: string,
  surface: string,
  native: string,
): Promise<Channel | undefined> {
  return await db(tx)
    .selectFrom('channels')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('surface', '=', surface)
    .where('native', '=', native)
    .executeTakeFirst();
}

export async function insertMember(tx: Tx, row: Insertable<MemberRow>): Promise<void> {
  await db(tx).insertInto('members').values(row).execute();
}

const member = prepared<{ workspace: string; id: string }>()((tx, p) =>
  db(tx).selectFrom('members').selectAll().where('workspace_id', '=', p.workspace).where('id', '=', p.id),
);

export async function findMember(tx: Tx, workspace: string, id: string): Promise<Member | undefined> {
  return await member.first(tx, { workspace, id });
}

/** Says that somebody left, or, with null, came back. */
export async function setRemoved(tx: Tx, workspace: string, id: string, at: number | null): Promise<void> {
  await db(tx)
    .updateTable('members')
    .set({ removed_at: at })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

export async function renameMember(tx: Tx, workspace: string, id: string, name: string): Promise<void> {
  await db(tx)
    .updateTable('members')
    .set({ name })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** Of somebody who was made a moment ago and has nothing yet. */
export async function removeMember(tx: Tx, workspace: string, id: string): Promise<void> {
  await db(tx).deleteFrom('members').where('workspace_id', '=', workspace).where('id', '=', id).execute();
}

/** In the order in which they came, those who left included. */
export async function allMembers(tx: Tx, workspace: string): Promise<Member[]> {
  return await db(tx)
    .selectFrom('members')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('id')
    .execute();
}

/** False when the account is there already. */
export async function insertAccount(tx: Tx, row: Insertable<AccountRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('accounts')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'surface', 'native']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

export async function accountByNative(
  tx: Tx,
  workspace: string,
  surface: string,
  native: string,
): Promise<Account | undefined> {
  return await db(tx)
    .selectFrom('accounts')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('surface', '=', surface)
    .where('native', '=', native)
    .executeTakeFirst();
}

export async function updateAccount(
  tx: Tx,
  workspace: string,
  id: string,
  changes: Pick<AccountRow, 'name' | 'standing'>,
): Promise<void> {
  await db(tx)
    .updateTable('accounts')
    .set(changes)
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

export async function allAccounts(tx: Tx, workspace: string): Promise<Account[]> {
  return await db(tx)
    .selectFrom('accounts')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('id')
    .execute();
}

export async function accountsOf(tx: Tx, workspace: string, member: string): Promise<Account[]> {
  return await db(tx)
    .selectFrom('accounts')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .execute();
}

/** The surfaces on which some workspace has an owner; of the process, which prints the code of rule K9. */
export async function surfacesWithOwner(tx: Tx): Promise<string[]> {
  const rows = await db(tx)
    .selectFrom('accounts as a')
    .innerJoin('roles as r', (join) =>
      join.onRef('r.workspace_id', '=', 'a.workspace_id').onRef('r.member_id', '=', 'a.member_id'),
    )
    .innerJoin('members as m', (join) =>
      join.onRef('m.workspace_id', '=', 'a.workspace_id').onRef('m.id', '=', 'a.member_id'),
    )
    .select('a.surface')
    .distinct()
    .where('r.role', '=', 'owner')
    .where('r.channel_id', '=', '')
    .where('a.standing', '=', 'member')
    .where('m.removed_at', 'is', null)
    .execute();
  return rows.map((row) => row.surface);
}

export async function allRoles(tx: Tx, workspace: string): Promise<RoleRecord[]> {
  return await db(tx).selectFrom('roles').selectAll().where('workspace_id', '=', workspace).execute();
}

/** All roles of the workspace, locked: so that two owners cannot both leave at once. */
export async function lockRoles(tx: Tx, workspace: string): Promise<RoleRecord[]> {
  const query = db(tx)
    .selectFrom('roles')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('member_id')
    .orderBy('channel_id');
  return await forUpdate(tx, query).execute();
}

export async function rolesOfMember(tx: Tx, workspace: string, member: string): Promise<RoleRecord[]> {
  return await db(tx)
    .selectFrom('roles')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .execute();
}

export async function putRole(tx: Tx, row: RoleRecord): Promise<void> {
  await db(tx)
    .insertInto('roles')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'member_id', 'channel_id']).doUpdateSet({ role: row.role }),
    )
    .execute();
}

export async function removeRoles(tx: Tx, workspace: string, member: string): Promise<void> {
  await db(tx)
    .deleteFrom('roles')
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .execute();
}

export async function removeRole(tx: Tx, workspace: string, member: string, channel: string): Promise<void> {
  await db(tx)
    .deleteFrom('roles')
    .where('workspace_id', '=', workspace)
    .where('member_id', '=', member)
    .where('channel_id', '=', channel)
    .execute();
}
