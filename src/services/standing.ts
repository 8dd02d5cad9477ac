import { revisionOf } from '../store/people.ts';
import type { Tx } from '../store/port.ts';

/**
 * What holds in a workspace and changes seldom: keys, aliases, settings, budgets. Each change of one of them counts up the
 * workspace's revision in its own transaction (`changeStanding`), so one number read tells whether all that is remembered of
 * them still holds, in any process.
 */
export interface Standing {
  /** The number itself, shared until the end of the transaction (rules M12, K2). */
  revision(tx: Tx, workspace: string): Promise<number>;
  /** What `load` gives, read anew only when the workspace has changed since. `what` names it and everything it depends on. */
  recall<T>(tx: Tx, workspace: string, what: string, load: () => Promise<T>): Promise<T>;
}

interface Remembered {
  readonly revision: number;
  readonly values: Map<string, unknown>;
}

/** Beyond it a workspace begins anew to remember. */
const valuesMax = 1_000;

export function createStanding(): Standing {
  const workspaces = new Map<string, Remembered>();
  /** Read once a transaction: it holds until its end, since holds and settles lock it (rule M12). */
  const revisions = new WeakMap<Tx, Map<string, number>>();

  async function revision(tx: Tx, workspace: string): Promise<number> {
    const read = revisions.get(tx) ?? new Map<string, number>();
    revisions.set(tx, read);
    const known = read.get(workspace);
    if (known !== undefined) return known;
    const now = await revisionOf(tx, workspace);
    read.set(workspace, now);
    return now;
  }

  return {
    revision,

    async recall<T>(tx: Tx, workspace: string, what: string, load: () => Promise<T>): Promise<T> {
      const now = await revision(tx, workspace);
      const remembered = workspaces.get(workspace);
      if (remembered?.revision === now && remembered.values.has(what))
        return remembered.values.get(what) as T;
      const value = await load();
      // Only a committed revision is worth remembering: the number of one that is rolled back comes again.
      tx.onCommit(() => {
        const current = workspaces.get(workspace);
        const fresh = current?.revision !== now || current.values.size >= valuesMax;
        const values = fresh ? new Map<string, unknown>() : current.values;
        values.set(what, value);
        workspaces.set(workspace, { revision: now, values });
      });
      return value;
    },
  };
}
