import type { Insertable, Selectable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import type { AuditHeadRow, AuditRow } from './schema.ts';

export type AuditRecord = Selectable<AuditRow>;
export type AuditHead = Selectable<AuditHeadRow>;

export async function insertAuditHead(tx: Tx, row: Insertable<AuditHeadRow>): Promise<void> {
  await db(tx).insertInto('audit_heads').values(row).execute();
}

/** Locked last in a transaction (rule R2): whoever writes next waits here, so the chain does not fork. */
export async function lockAuditHead(tx: Tx, workspace: string): Promise<AuditHead | undefined> {
  const query = db(tx).selectFrom('audit_heads').selectAll().where('workspace_id', '=', workspace);
  return await forUpdate(tx, query).executeTakeFirst();
}

export async function findAuditHead(tx: Tx, workspace: string): Promise<AuditHead | undefined> {
  return await db(tx)
    .selectFrom('audit_heads')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .executeTakeFirst();
}

/** Adds the row and moves the head to it. */
export async function appendAudit(tx: Tx, row: Insertable<AuditRow>): Promise<void> {
  await db(tx).insertInto('audit').values(row).execute();
  await db(tx)
    .updateTable('audit_heads')
    .set({ seq: row.seq, mac: row.mac })
    .where('workspace_id', '=', row.workspace_id)
    .execute();
}

/** In order, from the row after `after`. */
export async function auditAfter(
  tx: Tx,
  workspace: string,
  after: number,
  most: number,
): Promise<AuditRecord[]> {
  return await db(tx)
    .selectFrom('audit')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(most)
    .execute();
}

/** Newest first. */
export async function newestAudit(tx: Tx, workspace: string, most: number): Promise<AuditRecord[]> {
  return await db(tx)
    .selectFrom('audit')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('seq', 'desc')
    .limit(most)
    .execute();
}

/** The latest time in the audit, UTC ms, wherever its row stands: a clock may have been set back since. */
export async function latestAuditAt(tx: Tx, workspace: string): Promise<number | null> {
  const row = await db(tx)
    .selectFrom('audit')
    .select((eb) => eb.fn.max('at').as('at'))
    .where('workspace_id', '=', workspace)
    .executeTakeFirst();
  return row?.at ?? null;
}
