import { createHmac } from 'node:crypto';
import { CrewsmithError } from '../errors.ts';
import { findWorkspace } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { Place, Random, Sealing } from './sealing.ts';

/**
 * The two keys made with a workspace, sealed in its row: of its audit chain and of its key fingerprints. Random, so that a
 * new master key rewraps and never changes them (rule K6).
 */
export interface WorkspaceSecrets {
  /** Two new keys, sealed for the row of this workspace. */
  make(workspace: string): { audit_key: string; fingerprint_key: string };
  auditKey(tx: Tx, workspace: string): Promise<Buffer>;
  /** Keyed, so that the table does not tell whether a known value is in it; of no use in another workspace. */
  fingerprint(tx: Tx, workspace: string, provider: string, value: string): Promise<string>;
}

type Column = 'audit_key' | 'fingerprint_key';

export const secretPlace = (column: Column, workspace: string): Place => ({
  table: 'workspaces',
  column,
  id: workspace,
  workspace,
});

export function createWorkspaceSecrets(parts: { sealing: Sealing; random: Random }): WorkspaceSecrets {
  const { sealing, random } = parts;
  // By the sealed text: a workspace whose creation was rolled back leaves nothing behind that could be taken for its next one.
  const opened = new Map<string, Buffer>();

  async function read(tx: Tx, column: Column, workspace: string): Promise<Buffer> {
    const row = await findWorkspace(tx, workspace);
    if (row === undefined)
      throw new CrewsmithError('internal.impossible', { what: `no workspace ${workspace}` });
    const sealed = row[column];
    const name = `${column} ${workspace} ${sealed}`;
    const key = opened.get(name) ?? sealing.open(secretPlace(column, workspace), sealed);
    opened.set(name, key);
    return key;
  }

  return {
    make: (workspace) => ({
      audit_key: sealing.seal(secretPlace('audit_key', workspace), random(32)),
      fingerprint_key: sealing.seal(secretPlace('fingerprint_key', workspace), random(32)),
    }),

    auditKey: (tx, workspace) => read(tx, 'audit_key', workspace),

    async fingerprint(tx, workspace, provider, value) {
      const key = await read(tx, 'fingerprint_key', workspace);
      return createHmac('sha256', key)
        .update(JSON.stringify(['crewsmith-fingerprint', 1, provider, value]))
        .digest('hex');
    },
  };
}
