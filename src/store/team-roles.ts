import type { Selectable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { TeamGrantRow, TeamRolesRow } from './schema.ts';

export type TeamGrantRecord = Selectable<TeamGrantRow>;
export type HeldTeamRoles = Selectable<TeamRolesRow>;

/** By the names that were granted to. */
export async function allTeamGrants(tx: Tx, workspace: string): Promise<TeamGrantRecord[]> {
  return await db(tx)
    .selectFrom('team_grants')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('name')
    .orderBy('channel_id')
    .execute();
}

export async function putTeamGrant(tx: Tx, row: TeamGrantRecord): Promise<void> {
  await db(tx)
    .insertInto('team_grants')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'surface', 'native', 'channel_id'])
        .doUpdateSet({ role: row.role, name: row.name }),
    )
    .execute();
}

export async function removeTeamGrant(
  tx: Tx,
  workspace: string,
  of: Pick<TeamGrantRecord, 'surface' | 'native' | 'channel_id'>,
): Promise<void> {
  await db(tx)
    .deleteFrom('team_grants')
    .where('workspace_id', '=', workspace)
    .where('surface', '=', of.surface)
    .where('native', '=', of.native)
    .where('channel_id', '=', of.channel_id)
    .execute();
}

/** What was said since `after`; what is older holds no more. */
export async function heldTeamRoles(tx: Tx, workspace: string, after: number): Promise<HeldTeamRoles[]> {
  return await db(tx)
    .selectFrom('team_roles')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('seen_at', '>', after)
    .execute();
}

export async function teamRolesOf(
  tx: Tx,
  workspace: string,
  surface: string,
  native: string,
): Promise<HeldTeamRoles | undefined> {
  return await db(tx)
    .selectFrom('team_roles')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('surface', '=', surface)
    .where('native', '=', native)
    .executeTakeFirst();
}

/** In the place of what was said before. */
export async function putTeamRoles(tx: Tx, row: HeldTeamRoles): Promise<void> {
  await db(tx)
    .insertInto('team_roles')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns(['workspace_id', 'surface', 'native'])
        .doUpdateSet({ held: row.held, seen_at: row.seen_at }),
    )
    .execute();
}
