import { CrewsmithError } from '../errors.ts';
import { countRevision } from '../store/people.ts';
import type { Store } from '../store/port.ts';
import { putSealedVersion, putSealedWorkspace, sealedVersions, sealedWorkspaces } from '../store/sealed.ts';
import type { Audit } from './audit.ts';
import { versionPlace } from './key-rows.ts';
import { sealSentinel } from './master-key.ts';
import { masterOf, type Sealing } from './sealing.ts';
import { secretPlace } from './workspace-secrets.ts';

export interface MasterRotation {
  /**
   * Wraps everything that is sealed under the current master key, in one transaction; what it protects stays as it is (rule
   * K6). Resolves to how many rows were under another one. Throws `config.no-old-master` where the one before is not at hand.
   */
  rotate(actor: string): Promise<{ readonly rows: number; readonly master: string }>;
}

export function createMasterRotation(parts: {
  store: Store;
  sealing: Sealing;
  audit: Audit;
}): MasterRotation {
  const { store, sealing, audit } = parts;

  return {
    async rotate(actor) {
      if (sealing.ids.length < 2) throw new CrewsmithError('config.no-old-master', {});
      return await store.transact(async (tx) => {
        const old = (sealed: string, place: Parameters<typeof masterOf>[1]) =>
          masterOf(sealed, place) !== sealing.currentId;
        const touched = new Map<string, number>();
        const touch = (workspace: string) => touched.set(workspace, (touched.get(workspace) ?? 0) + 1);
        const workspaces = await sealedWorkspaces(tx);
        for (const { id, audit_key, fingerprint_key } of workspaces) {
          const places = {
            audit_key: secretPlace('audit_key', id),
            fingerprint_key: secretPlace('fingerprint_key', id),
          };
          if (!old(audit_key, places.audit_key) && !old(fingerprint_key, places.fingerprint_key)) continue;
          await putSealedWorkspace(tx, id, {
            audit_key: sealing.rewrap(places.audit_key, audit_key),
            fingerprint_key: sealing.rewrap(places.fingerprint_key, fingerprint_key),
          });
          touch(id);
        }
        // Dead versions too: a row that only a lost master key opens could never be looked into again.
        for (const { id, workspace_id: workspace, sealed } of await sealedVersions(tx)) {
          const place = versionPlace(workspace, id);
          if (!old(sealed, place)) continue;
          const changes = { sealed: sealing.rewrap(place, sealed), master_id: sealing.currentId };
          await putSealedVersion(tx, workspace, id, changes);
          touch(workspace);
        }
        await sealSentinel(tx, sealing);
        for (const [workspace, rows] of touched) {
          await countRevision(tx, workspace);
          const after = { master: sealing.currentId, rows };
          await audit.write(tx, {
            ...{ workspace, actor, action: 'master.rotate', target: sealing.currentId },
            before: null,
            after,
          });
        }
        const rows = [...touched.values()].reduce((sum, n) => sum + n, 0);
        return { rows, master: sealing.currentId };
      });
    },
  };
}
