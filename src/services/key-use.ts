import type { Clock } from '../clock.ts';
import type { Crew } from '../core/crew.ts';
import { pickKey } from '../core/key-words.ts';
import type { Store, Tx } from '../store/port.ts';
import { unfinishedRuns } from '../store/runs.ts';
import type { Aliases } from './aliases.ts';
import type { KeyView } from './key-rows.ts';
import type { Keys } from './keys.ts';
import { createRuns, type Loaded } from './runs/load.ts';

/** What goes on with keys now, and would go on without them. */
export interface KeyUse {
  /** Calls in flight on them, which revoking stops. */
  readonly calls: number;
  /** Runs that are not over and use them, by what they would do: the provider they go on with; '' waits for a key. */
  readonly runs: ReadonlyMap<string, number>;
  /** Crews whose models they answer for now. */
  readonly crews: readonly string[];
}

export interface KeyUses {
  /** `keys`: those that would be revoked. */
  of(workspace: string, keys: readonly KeyView[], crews: readonly Crew[]): Promise<KeyUse>;
}

export function createKeyUses(parts: {
  store: Store;
  clock: Clock;
  aliases: Pick<Aliases, 'entries'>;
  keys: Pick<Keys, 'list'>;
}): KeyUses {
  const { store, aliases } = parts;
  const runs = createRuns({ clock: parts.clock });

  /** The provider that answers an alias with these keys; null: none, or not by a key that is meant. */
  async function answers(tx: Tx, keys: readonly KeyView[], place: Place & { alias: string }) {
    for (const entry of await aliases.entries(tx, place)) {
      const key = pickKey(keys, { ...place, provider: entry.provider });
      if (key !== null) return key;
    }
    return null;
  }

  /** What a run does without them; null: it does not need them. */
  async function without(
    tx: Tx,
    { row, crew, state }: Loaded,
    all: readonly KeyView[],
    gone: readonly KeyView[],
  ) {
    const left = all.filter((key) => !gone.some((g) => g.id === key.id));
    const place = {
      ...{ workspace: row.workspace_id, channel: row.channel_id, crew: row.crew_name },
      environment: row.environment,
    };
    let next: string | null = null;
    for (const step of crew.steps) {
      const status = state.steps.find((s) => s.id === step.id)?.status;
      if (step.kind !== 'prompt' || status === 'done' || status === 'skipped') continue;
      const alias = crew.agents[step.agent]?.model ?? '';
      const now = await answers(tx, all, { ...place, alias });
      if (now === null || !gone.some((key) => key.id === now.id)) continue;
      const other = await answers(tx, left, { ...place, alias });
      if (other === null) return '';
      next ??= other.provider;
    }
    return next;
  }

  return {
    of: (workspace, gone, crews) =>
      store.read(async (tx) => {
        const all = await parts.keys.list(tx, workspace);
        const ids = gone.map((key) => key.id);
        let calls = 0;
        const after = new Map<string, number>();
        for (const { id, workspace_id } of await unfinishedRuns(tx)) {
          if (workspace_id !== workspace) continue;
          const loaded = await runs.read(tx, workspace, id);
          calls += loaded.attempts.filter((a) => a.state === 'held' && ids.includes(a.key_id ?? '')).length;
          const next = await without(tx, loaded, all, gone);
          if (next !== null) after.set(next, (after.get(next) ?? 0) + 1);
        }
        const place = { workspace, channel: '', environment: 'production' };
        const using: string[] = [];
        for (const crew of crews) {
          const aliasNames = new Set(Object.values(crew.agents).map((agent) => agent.model));
          for (const alias of aliasNames) {
            const key = await answers(tx, all, { ...place, crew: crew.name, alias });
            if (key === null || !ids.includes(key.id) || using.includes(crew.name)) continue;
            using.push(crew.name);
          }
        }
        return { calls, runs: after, crews: using };
      }),
  };
}

interface Place {
  readonly workspace: string;
  readonly channel: string;
  readonly crew: string;
  readonly environment: string;
}
