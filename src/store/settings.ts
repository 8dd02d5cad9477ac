import type { Selectable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import type { AliasRow } from './schema.ts';

export type AliasRecord = Selectable<AliasRow>;

/** Of the database itself, not of a tenant. */
export async function readMeta(tx: Tx, name: string): Promise<string | undefined> {
  const row = await db(tx).selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst();
  return row?.value;
}

/** The same, locked until the commit. */
export async function lockMeta(tx: Tx, name: string): Promise<string | undefined> {
  const query = db(tx).selectFrom('meta').select('value').where('name', '=', name);
  return (await forUpdate(tx, query).executeTakeFirst())?.value;
}

export async function writeMeta(tx: Tx, name: string, value: string): Promise<void> {
  await db(tx)
    .insertInto('meta')
    .values({ name, value })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ value }))
    .execute();
}

/** Adds one to a counter in `meta`, which starts at 0, under its lock. */
export async function countUp(tx: Tx, name: string): Promise<number> {
  await db(tx)
    .insertInto('meta')
    .values({ name, value: '0' })
    .onConflict((conflict) => conflict.column('name').doNothing())
    .execute();
  const query = db(tx).selectFrom('meta').select('value').where('name', '=', name);
  const next = Number((await forUpdate(tx, query).executeTakeFirstOrThrow()).value) + 1;
  await db(tx)
    .updateTable('meta')
    .set({ value: String(next) })
    .where('name', '=', name)
    .execute();
  return next;
}

export async function allSettings(tx: Tx, workspace: string): Promise<ReadonlyMap<string, string>> {
  const rows = await db(tx)
    .selectFrom('settings')
    .select(['name', 'value'])
    .where('workspace_id', '=', workspace)
    .execute();
  return new Map(rows.map((row) => [row.name, row.value]));
}

export async function putSetting(
  tx: Tx,
  workspace: string,
  name: string,
  value: string,
  at: number,
): Promise<void> {
  await db(tx)
    .insertInto('settings')
    .values({ workspace_id: workspace, name, value, updated_at: at })
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'name']).doUpdateSet({ value, updated_at: at }),
    )
    .execute();
}

/** An alias at each of these scopes where it is set. */
export async function aliasesAt(
  tx: Tx,
  workspace: string,
  name: string,
  scopes: readonly string[],
): Promise<AliasRecord[]> {
  return await db(tx)
    .selectFrom('aliases')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('name', '=', name)
    .where('scope', 'in', scopes)
    .execute();
}

export async function putAlias(tx: Tx, row: AliasRecord): Promise<void> {
  const { entries, updated_at } = row;
  await db(tx)
    .insertInto('aliases')
    .values(row)
    .onConflict((conflict) =>
      conflict.columns(['workspace_id', 'scope', 'name']).doUpdateSet({ entries, updated_at }),
    )
    .execute();
}

export async function removeAlias(tx: Tx, workspace: string, scope: string, name: string): Promise<void> {
  await db(tx)
    .deleteFrom('aliases')
    .where('workspace_id', '=', workspace)
    .where('scope', '=', scope)
    .where('name', '=', name)
    .execute();
}
