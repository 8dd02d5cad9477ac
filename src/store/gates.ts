import type { Insertable, Selectable, Updateable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { DecisionRow, DocumentRow, GateRow } from './schema.ts';

export type Gate = Selectable<GateRow>;
export type StoredDocument = Selectable<DocumentRow>;

export async function insertGate(tx: Tx, row: Insertable<GateRow>): Promise<void> {
  await db(tx).insertInto('gates').values(row).execute();
}

/** Compare-and-set on draft and status (rule G4): false when somebody was first. */
export async function updateGate(tx: Tx, gate: Gate, changes: Updateable<GateRow>): Promise<boolean> {
  const done = await db(tx)
    .updateTable('gates')
    .set(changes)
    .where('workspace_id', '=', gate.workspace_id)
    .where('id', '=', gate.id)
    .where('draft', '=', gate.draft)
    .where('status', '=', gate.status)
    .executeTakeFirst();
  return done.numUpdatedRows === 1n;
}

export async function findGate(tx: Tx, workspace: string, id: string): Promise<Gate | undefined> {
  return await db(tx)
    .selectFrom('gates')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function gatesOfRun(tx: Tx, workspace: string, run: string): Promise<Gate[]> {
  return await db(tx)
    .selectFrom('gates')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .orderBy('id')
    .execute();
}

/** The oldest first. */
export async function openGates(tx: Tx, workspace: string, most: number): Promise<Gate[]> {
  return await db(tx)
    .selectFrom('gates')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('status', '=', 'open')
    .orderBy('opened_at')
    .orderBy('id')
    .limit(most)
    .execute();
}

export async function insertDocument(tx: Tx, row: Insertable<DocumentRow>): Promise<void> {
  await db(tx).insertInto('documents').values(row).execute();
}

export async function documentOf(
  tx: Tx,
  workspace: string,
  gate: string,
  draft: number,
): Promise<StoredDocument | undefined> {
  return await db(tx)
    .selectFrom('documents')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('gate_id', '=', gate)
    .where('draft', '=', draft)
    .executeTakeFirst();
}

/** False when this member has decided on this draft already. */
export async function insertDecision(tx: Tx, row: Insertable<DecisionRow>): Promise<boolean> {
  const done = await db(tx)
    .insertInto('decisions')
    .values(row)
    .onConflict((conflict) => conflict.columns(['gate_id', 'draft', 'member_id']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}
