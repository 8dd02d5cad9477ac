import type { Insertable, Selectable, Updateable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import type { KeyRow, KeyVersionRow } from './schema.ts';

export type Key = Selectable<KeyRow>;
export type KeyVersion = Selectable<KeyVersionRow>;

export async function insertKey(tx: Tx, row: Insertable<KeyRow>): Promise<void> {
  await db(tx).insertInto('keys').values(row).execute();
}

export async function insertKeyVersion(tx: Tx, row: Insertable<KeyVersionRow>): Promise<void> {
  await db(tx).insertInto('key_versions').values(row).execute();
}

/** Live keys in the order in which they were added. */
export async function liveKeys(tx: Tx, workspace: string): Promise<Key[]> {
  return await db(tx)
    .selectFrom('keys')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('state', '=', 'live')
    .orderBy('id')
    .execute();
}

/** The live keys, locked by id: for a change of them. */
export async function lockLiveKeys(tx: Tx, workspace: string): Promise<Key[]> {
  const query = db(tx)
    .selectFrom('keys')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('state', '=', 'live')
    .orderBy('id');
  return await forUpdate(tx, query).execute();
}

/** Of these keys, the newest first. */
export async function versionsOf(tx: Tx, workspace: string, keys: readonly string[]): Promise<KeyVersion[]> {
  if (keys.length === 0) return [];
  return await db(tx)
    .selectFrom('key_versions')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('key_id', 'in', keys)
    .orderBy('key_id')
    .orderBy('seq', 'desc')
    .execute();
}

/** Every version, dead ones too, that ever held a value with this fingerprint. */
export async function versionsByFingerprint(
  tx: Tx,
  workspace: string,
  fingerprint: string,
): Promise<KeyVersion[]> {
  return await db(tx)
    .selectFrom('key_versions')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('fingerprint', '=', fingerprint)
    .execute();
}

export interface VersionWithKey extends KeyVersion {
  readonly key_state: Key['state'];
  readonly base_url: string | null;
}

export async function findVersion(
  tx: Tx,
  workspace: string,
  id: string,
): Promise<VersionWithKey | undefined> {
  return await db(tx)
    .selectFrom('key_versions')
    .innerJoin('keys', (join) =>
      join
        .onRef('keys.id', '=', 'key_versions.key_id')
        .onRef('keys.workspace_id', '=', 'key_versions.workspace_id'),
    )
    .selectAll('key_versions')
    .select(['keys.state as key_state', 'keys.base_url as base_url'])
    .where('key_versions.workspace_id', '=', workspace)
    .where('key_versions.id', '=', id)
    .executeTakeFirst();
}

export async function updateKey(
  tx: Tx,
  workspace: string,
  id: string,
  changes: Updateable<KeyRow>,
): Promise<void> {
  await db(tx)
    .updateTable('keys')
    .set(changes)
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** Live versions of a key become draining; calls that opened them go on. */
export async function drainVersions(tx: Tx, workspace: string, key: string, until: number): Promise<void> {
  await db(tx)
    .updateTable('key_versions')
    .set({ state: 'draining', draining_until: until })
    .where('workspace_id', '=', workspace)
    .where('key_id', '=', key)
    .where('state', '=', 'live')
    .execute();
}

/** Every version of a key becomes dead (rule K1), draining ones too; says which. */
export async function killVersions(tx: Tx, workspace: string, key: string, at: number): Promise<string[]> {
  const rows = await db(tx)
    .updateTable('key_versions')
    .set({ state: 'dead', draining_until: null, dead_at: at })
    .where('workspace_id', '=', workspace)
    .where('key_id', '=', key)
    .where('state', '!=', 'dead')
    .returning('id')
    .execute();
  return rows.map((row) => row.id).sort();
}

export async function isSeen(tx: Tx, workspace: string, fingerprint: string): Promise<boolean> {
  const row = await db(tx)
    .selectFrom('seen_keys')
    .select('seen_at')
    .where('workspace_id', '=', workspace)
    .where('fingerprint', '=', fingerprint)
    .executeTakeFirst();
  return row !== undefined;
}

export async function markSeen(tx: Tx, workspace: string, fingerprint: string, at: number): Promise<void> {
  await db(tx)
    .insertInto('seen_keys')
    .values({ workspace_id: workspace, fingerprint, seen_at: at })
    .onConflict((conflict) => conflict.columns(['workspace_id', 'fingerprint']).doNothing())
    .execute();
}

export async function forgetSeen(tx: Tx, workspace: string, fingerprint: string): Promise<void> {
  await db(tx)
    .deleteFrom('seen_keys')
    .where('workspace_id', '=', workspace)
    .where('fingerprint', '=', fingerprint)
    .execute();
}

/**
 * A call succeeded with this version: its key works. Written when that is news, or once a minute, so that calls do not queue
 * behind one row. A version that is no longer the live one says nothing about its key; nor does a call that was under way when
 * the provider refused another, since from then on nobody picks the key until it was tested.
 */
export async function noteWorked(tx: Tx, workspace: string, version: string, at: number): Promise<void> {
  await db(tx)
    .updateTable('keys')
    .set({ worked: 1, last_used_at: at, health: 'healthy', health_says: null, health_at: at })
    .where('workspace_id', '=', workspace)
    .where('state', '=', 'live')
    .where('health', '!=', 'failing')
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('key_versions')
          .select('key_versions.id')
          .whereRef('key_versions.key_id', '=', 'keys.id')
          .where('key_versions.workspace_id', '=', workspace)
          .where('key_versions.id', '=', version)
          .where('key_versions.state', '=', 'live'),
      ),
    )
    .where((eb) =>
      eb.or([
        eb('worked', '=', 0),
        eb('health', '!=', 'healthy'),
        eb('last_used_at', 'is', null),
        eb('last_used_at', '<', at - 60_000),
      ]),
    )
    .execute();
}

/** Σ entries of each key from then on, nano-dollars. */
export async function spentByKey(
  tx: Tx,
  workspace: string,
  from: number,
): Promise<ReadonlyMap<string, bigint>> {
  const rows = await db(tx)
    .selectFrom('entries')
    .select('key_id')
    .select(({ fn }) => fn.sum<number | string | null>('nano').as('nano'))
    .where('workspace_id', '=', workspace)
    .where('at', '>=', from)
    .groupBy('key_id')
    .execute();
  return new Map(
    rows.flatMap((row) => (row.key_id === null ? [] : [[row.key_id, BigInt(row.nano ?? 0)] as const])),
  );
}
