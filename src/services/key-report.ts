import type { Clock } from '../clock.ts';
import { boundsOf } from '../core/budget.ts';
import { spentByKey } from '../store/keys.ts';
import { findMember, findWorkspace } from '../store/people.ts';
import type { Store } from '../store/port.ts';
import type { KeyView } from './key-rows.ts';
import type { Keys } from './keys.ts';
import type { Settings } from './settings.ts';

/** A key with what its workspace knows of it beside its health. */
export interface KeyLine {
  readonly key: KeyView;
  /** Booked with it in this month of the workspace's zone. */
  readonly spentNano: bigint;
  /** Who added it; null: it came from the environment. */
  readonly addedBy: string | null;
}

export interface KeyReport {
  readonly workspace: string;
  readonly zone: string;
  readonly lines: readonly KeyLine[];
}

/** What `keys` shows. */
export async function keyReport(
  parts: { store: Store; clock: Clock; settings: Settings; keys: Pick<Keys, 'list'> },
  workspace: string,
): Promise<KeyReport> {
  const { store, clock, settings, keys } = parts;
  return await store.read(async (tx) => {
    const { zone } = await settings.get(tx, workspace);
    const spent = await spentByKey(tx, workspace, boundsOf('month', clock.now(), zone).startsAt);
    const lines: KeyLine[] = [];
    for (const key of await keys.list(tx, workspace)) {
      const addedBy = (await findMember(tx, workspace, key.createdBy))?.name ?? null;
      lines.push({ key, spentNano: spent.get(key.id) ?? 0n, addedBy });
    }
    return { workspace: (await findWorkspace(tx, workspace))?.name ?? '', zone, lines };
  });
}
