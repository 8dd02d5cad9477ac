import type { Selectable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import type { DigestRow, ScheduleRow } from './schema.ts';

export type Schedule = Selectable<ScheduleRow>;
export type SentDigest = Selectable<DigestRow>;

/** Puts a schedule in the place of the one of this id. */
export async function putSchedule(tx: Tx, row: Schedule): Promise<void> {
  const { zone, payload, next_at, removed_at } = row;
  await db(tx)
    .insertInto('schedules')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('id')
        .doUpdateSet({ zone, payload, next_at, removed_at })
        .where('schedules.workspace_id', '=', row.workspace_id),
    )
    .execute();
}

export async function findSchedule(tx: Tx, workspace: string, id: string): Promise<Schedule | undefined> {
  return await db(tx)
    .selectFrom('schedules')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Held until the commit: what is due is done by one process. */
export async function lockSchedule(tx: Tx, workspace: string, id: string): Promise<Schedule | undefined> {
  const query = db(tx)
    .selectFrom('schedules')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id);
  return await forUpdate(tx, query).executeTakeFirst();
}

export async function moveSchedule(tx: Tx, workspace: string, id: string, nextAt: number): Promise<void> {
  await db(tx)
    .updateTable('schedules')
    .set({ next_at: nextAt })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** Of all workspaces: those that are due at `now`, and those that a clock far ahead has put beyond `latest`. */
export async function schedulesToDo(
  tx: Tx,
  kind: string,
  now: number,
  latest: number,
): Promise<{ id: string; workspace_id: string }[]> {
  return await db(tx)
    .selectFrom('schedules')
    .select(['id', 'workspace_id'])
    .where('kind', '=', kind)
    .where('removed_at', 'is', null)
    .where((eb) => eb.or([eb('next_at', '<=', now), eb('next_at', '>', latest)]))
    .orderBy('next_at')
    .orderBy('id')
    .execute();
}

/** False when it was sent already (rule Q5). */
export async function insertDigest(tx: Tx, row: SentDigest): Promise<boolean> {
  const done = await db(tx)
    .insertInto('digests')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'target', 'period']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

/** The newest digest of a target. */
export async function newestDigest(
  tx: Tx,
  workspace: string,
  target: string,
): Promise<SentDigest | undefined> {
  return await db(tx)
    .selectFrom('digests')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('target', '=', target)
    .orderBy('period', 'desc')
    .limit(1)
    .executeTakeFirst();
}
