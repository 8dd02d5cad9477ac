import { db } from './db.ts';
import type { Tx } from './port.ts';

/** What is sealed under a master key, of every workspace: a new master key is one for all of them. */
export interface SealedVersion {
  readonly id: string;
  readonly workspace_id: string;
  readonly sealed: string;
}

export async function sealedVersions(tx: Tx): Promise<SealedVersion[]> {
  return await db(tx)
    .selectFrom('key_versions')
    .select(['id', 'workspace_id', 'sealed'])
    .orderBy('id')
    .execute();
}

export async function sealedWorkspaces(
  tx: Tx,
): Promise<{ id: string; audit_key: string; fingerprint_key: string }[]> {
  return await db(tx)
    .selectFrom('workspaces')
    .select(['id', 'audit_key', 'fingerprint_key'])
    .orderBy('id')
    .execute();
}

export async function putSealedVersion(
  tx: Tx,
  workspace: string,
  id: string,
  changes: { readonly sealed: string; readonly master_id: string },
): Promise<void> {
  await db(tx)
    .updateTable('key_versions')
    .set(changes)
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

export async function putSealedWorkspace(
  tx: Tx,
  id: string,
  changes: { readonly audit_key: string; readonly fingerprint_key: string },
): Promise<void> {
  await db(tx).updateTable('workspaces').set(changes).where('id', '=', id).execute();
}
