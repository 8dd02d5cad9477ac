import type { Teams } from '../chat/port.ts';
import type { Store } from '../store/port.ts';
import type { Visits } from './visits.ts';
import type { Workspaces } from './workspaces.ts';

/** What a surface says of the teams that it is connected to (rule K8), stored. */
export function createTeams(parts: { store: Store; workspaces: Workspaces; visits: Visits }): Teams {
  const { store, workspaces, visits } = parts;
  return {
    async connected(surface, team) {
      const isBack = await store.transact((tx) => workspaces.connect(tx, surface, team));
      if (isBack) await visits.letIn(surface, team.id, null);
    },
    removed: (surface, team) => store.transact((tx) => workspaces.disconnect(tx, surface, team)),
    letIn: visits.letIn,
    changed: visits.turnAway,
  };
}
