import type { Insertable, Selectable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { InstallationRow } from './schema.ts';

export type Installation = Selectable<InstallationRow>;

export async function insertInstallation(tx: Tx, row: Insertable<InstallationRow>): Promise<void> {
  await db(tx).insertInto('installations').values(row).execute();
}

/** The workspace that a platform's tenant is linked to; undefined while nobody has claimed it (rule K8). */
export async function workspaceOfTeam(tx: Tx, surface: string, team: string): Promise<string | undefined> {
  const row = await db(tx)
    .selectFrom('installations')
    .select('workspace_id')
    .where('surface', '=', surface)
    .where('team', '=', team)
    .where('removed_at', 'is', null)
    .executeTakeFirst();
  return row?.workspace_id;
}

/** Which workspace a team belongs to; none: nobody has claimed it. Every event is asked this first, so it is of the process. */
export async function installationOf(
  tx: Tx,
  surface: string,
  team: string,
): Promise<Installation | undefined> {
  return await db(tx)
    .selectFrom('installations')
    .selectAll()
    .where('surface', '=', surface)
    .where('team', '=', team)
    .executeTakeFirst();
}

/** Whose workspace it was is kept while the platform has removed us; null: we are back. */
export async function setInstallationRemoved(tx: Tx, workspace: string, id: string, at: number | null) {
  await db(tx)
    .updateTable('installations')
    .set({ removed_at: at })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

export async function installationsIn(tx: Tx, workspace: string): Promise<Installation[]> {
  return await db(tx)
    .selectFrom('installations')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('removed_at', 'is', null)
    .execute();
}

/** How many teams of a surface are linked to workspaces of this database. */
export async function countTeams(tx: Tx, surface: string): Promise<number> {
  const row = await db(tx)
    .selectFrom('installations')
    .select((eb) => eb.fn.countAll().as('n'))
    .where('surface', '=', surface)
    .where('removed_at', 'is', null)
    .executeTakeFirstOrThrow();
  return Number(row.n);
}
