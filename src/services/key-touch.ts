import type { Crew } from '../core/crew.ts';
import { pickKey } from '../core/key-words.ts';
import type { ProviderName } from '../providers/port.ts';
import type { Store, Tx } from '../store/port.ts';
import { openRuns } from '../store/runs.ts';
import type { Aliases, AliasPlace } from './aliases.ts';
import { runTitle } from './cards.ts';
import type { KeyView } from './key-rows.ts';
import type { Keys } from './keys.ts';
import type { Loaded, Runs } from './runs/load.ts';

/** What goes with a key. */
export interface Touched {
  /** Calls in flight on it, which are stopped. */
  readonly calls: number;
  /** Runs whose next calls go with it. `then`: the provider that they go on at; null: they wait for a key. */
  readonly runs: readonly {
    readonly run: string;
    readonly title: string;
    readonly then: ProviderName | null;
  }[];
  /** Crews that would use it here. */
  readonly crews: readonly string[];
}

export interface KeyTouch {
  /** What revoking these keys would touch. Changes nothing. */
  touched(asked: {
    readonly workspace: string;
    readonly keys: readonly KeyView[];
    /** Channel id: in another one a crew may use other keys. */
    readonly channel: string;
    readonly crews: readonly Crew[];
  }): Promise<Touched>;
}

/** So many open runs are looked through. */
const lookedAt = 200;

export function createKeyTouch(parts: {
  store: Store;
  runs: Runs;
  keys: Pick<Keys, 'list'>;
  aliases: Pick<Aliases, 'entries'>;
}): KeyTouch {
  const { store, runs, keys, aliases } = parts;

  /** The provider that answers once these keys are gone; null: none does. Undefined: none of them answers now. */
  async function next(
    tx: Tx,
    place: AliasPlace & { readonly environment: string },
    live: readonly KeyView[],
    gone: ReadonlySet<string>,
  ): Promise<ProviderName | null | undefined> {
    const entries = await aliases.entries(tx, place);
    const first = (of: readonly KeyView[]) => {
      for (const { provider } of entries) {
        const key = pickKey(of, { ...place, provider });
        if (key !== null) return { provider, key };
      }
      return null;
    };
    const now = first(live);
    if (now === null || !gone.has(now.key.id)) return undefined;
    return first(live.filter((key) => !gone.has(key.id)))?.provider ?? null;
  }

  async function runTouched(tx: Tx, loaded: Loaded, live: readonly KeyView[], gone: ReadonlySet<string>) {
    const { row, crew, state } = loaded;
    if (row.sandbox === 1) return undefined;
    let then: ProviderName | null | undefined;
    for (const step of crew.steps) {
      const status = state.steps.find((s) => s.id === step.id)?.status;
      if (step.kind !== 'prompt' || status === 'done' || status === 'skipped') continue;
      const place = {
        workspace: row.workspace_id,
        alias: crew.agents[step.agent]?.model ?? '',
        channel: row.channel_id,
        crew: row.crew_name,
        environment: row.environment,
      };
      const after = await next(tx, place, live, gone);
      // A run waits as soon as one of its steps must.
      if (after === null) return null;
      then ??= after;
    }
    return then;
  }

  return {
    touched: ({ workspace, keys: meant, channel, crews }) =>
      store.read(async (tx) => {
        const live = await keys.list(tx, workspace);
        const gone = new Set(meant.map((key) => key.id));
        const touchedRuns: Touched['runs'][number][] = [];
        let calls = 0;
        for (const run of await openRuns(tx, workspace, lookedAt)) {
          const loaded = await runs.read(tx, workspace, run);
          calls += loaded.attempts.filter((a) => a.state === 'held' && gone.has(a.key_id ?? '')).length;
          const then = await runTouched(tx, loaded, live, gone);
          if (then !== undefined) touchedRuns.push({ run, title: runTitle(loaded.crew, loaded.input), then });
        }
        const touchedCrews: string[] = [];
        for (const { name, agents } of crews) {
          for (const { model: alias } of Object.values(agents)) {
            const place = { workspace, alias, channel, crew: name, environment: 'production' };
            if (touchedCrews.includes(name) || (await next(tx, place, live, gone)) === undefined) continue;
            touchedCrews.push(name);
          }
        }
        return { calls, runs: touchedRuns, crews: touchedCrews };
      }),
  };
}
