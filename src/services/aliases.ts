import type { Clock } from '../clock.ts';
import { namePattern } from '../core/crew-words.ts';
import type { Json } from '../core/json.ts';
import { CrewsmithError } from '../errors.ts';
import type { ProviderName } from '../providers/port.ts';
import { changeStanding, findWorkspace } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { aliasesAt, putAlias, removeAlias } from '../store/settings.ts';
import type { Audit } from './audit.ts';
import type { Keys, Picked } from './keys.ts';
import type { Standing } from './standing.ts';

/** One model of an alias. */
export interface Entry {
  readonly provider: ProviderName;
  readonly model: string;
}

/** An entry that can be called now. `key` is null on the sandbox alone. */
export interface LiveEntry extends Entry {
  readonly key: Picked | null;
}

export interface AliasPlace {
  readonly workspace: string;
  readonly alias: string;
  /** Channel id. */
  readonly channel: string;
  readonly crew: string;
}

export interface AliasQuery extends AliasPlace {
  readonly environment: string;
  /** The run was begun on the sandbox and ends on it. */
  readonly sandboxRun: boolean;
}

export interface Aliases {
  /** In the order in which they are tried: as set for the crew, else the channel, else the workspace, else the default. */
  entries(tx: Tx, place: AliasPlace): Promise<readonly Entry[]>;
  /**
   * The entries that have a live key; none: the run waits for one. The sandbox alone where no key ever was, or for a run that
   * was begun on it (rule K7); it is never what comes after a model that failed.
   */
  liveEntries(tx: Tx, query: AliasQuery): Promise<readonly LiveEntry[]>;
  /** Whether this provider has a search of its own. */
  searches(provider: ProviderName): boolean;
  /** `scope`: '' | `channel:ID` | `crew:NAME`. No entries: what the wider scope says holds again. Throws `alias.invalid`. */
  set(
    tx: Tx,
    change: { workspace: string; actor: string; scope: string; name: string; entries: readonly Entry[] },
  ): Promise<void>;
}

const sandbox: Entry = { provider: 'sandbox', model: 'sandbox' };

/** Rule K7: one priced model a provider. */
export const defaultAliases: Readonly<Record<'smart' | 'fast', readonly Entry[]>> = {
  smart: [
    { provider: 'openai', model: 'gpt-6-sol' },
    { provider: 'anthropic', model: 'claude-sonnet-5-5' },
    { provider: 'google', model: 'gemini-3.8-flash' },
    sandbox,
  ],
  fast: [
    { provider: 'openai', model: 'gpt-6-luna' },
    { provider: 'anthropic', model: 'claude-haiku-4-5' },
    { provider: 'google', model: 'gemini-3.5-flash-lite' },
    sandbox,
  ],
};

const isDefault = (alias: string): alias is keyof typeof defaultAliases => alias in defaultAliases;

export function createAliases(parts: {
  clock: Clock;
  audit: Audit;
  keys: Pick<Keys, 'picker'>;
  standing: Standing;
  /** The providers that there are adapters for. */
  known: readonly ProviderName[];
  /** Those of them that have a search of their own. */
  searching: readonly ProviderName[];
  /** What the default aliases ask a compatible server for. */
  compatibleModel: string;
}): Aliases {
  const { clock, audit, keys, known, standing } = parts;
  const whatItRuns: Entry = { provider: 'compatible', model: parts.compatibleModel };

  async function setFor(tx: Tx, { workspace, alias, channel, crew }: AliasPlace): Promise<Entry[] | null> {
    const scopes = [`crew:${crew}`, `channel:${channel}`, ''];
    const rows = await aliasesAt(tx, workspace, alias, scopes);
    const row = scopes.map((scope) => rows.find((r) => r.scope === scope)).find((r) => r !== undefined);
    return row === undefined ? null : (JSON.parse(row.entries) as Entry[]);
  }

  async function entries(tx: Tx, place: AliasPlace): Promise<readonly Entry[]> {
    const { alias } = place;
    return (await setFor(tx, place)) ?? (isDefault(alias) ? defaultAliases[alias] : []);
  }

  async function liveNow(tx: Tx, query: AliasQuery): Promise<readonly LiveEntry[]> {
    const { workspace, channel, crew, environment } = query;
    if ((await findWorkspace(tx, workspace))?.had_key === 0) return [{ ...sandbox, key: null }];
    const pick = await keys.picker(tx, workspace);
    const own = await setFor(tx, query);
    // What a compatible server runs has no price that could be named, so it is tried last.
    const list = own ?? (isDefault(query.alias) ? [...defaultAliases[query.alias], whatItRuns] : []);
    return list.flatMap((entry): LiveEntry[] => {
      const key = pick({ provider: entry.provider, environment, channel, crew });
      return key === null ? [] : [{ ...entry, key }];
    });
  }

  return {
    entries,
    searches: (provider) => parts.searching.includes(provider),

    async liveEntries(tx, query) {
      const { workspace, alias, channel, crew, environment, sandboxRun } = query;
      if (sandboxRun) return [{ ...sandbox, key: null }];
      const what = `live ${JSON.stringify([alias, channel, crew, environment])}`;
      return await standing.recall(tx, workspace, what, () => liveNow(tx, query));
    },

    async set(tx, { workspace, actor, scope, name, entries: next }) {
      check(scope, name, next, known);
      const [row] = await aliasesAt(tx, workspace, name, [scope]);
      const before = row === undefined ? null : (JSON.parse(row.entries) as Json);
      const plain = next.map(({ provider, model }) => ({ provider, model }));
      await changeStanding(tx, workspace);
      if (plain.length === 0) await removeAlias(tx, workspace, scope, name);
      else {
        const text = JSON.stringify(plain);
        await putAlias(tx, { workspace_id: workspace, scope, name, entries: text, updated_at: clock.now() });
      }
      await audit.write(tx, {
        workspace,
        actor,
        action: 'alias.set',
        target: scope === '' ? name : `${name} ${scope}`,
        before,
        after: plain.length === 0 ? null : plain,
      });
    },
  };
}

function check(scope: string, name: string, entries: readonly Entry[], known: readonly ProviderName[]): void {
  const refuse = (why: string) => new CrewsmithError('alias.invalid', { why });
  if (!namePattern.test(name)) throw refuse(`"${name}" is no name of an alias`);
  if (!/^(|channel:.+|crew:.+)$/.test(scope)) throw refuse(`"${scope}" is no scope`);
  for (const { provider, model } of entries) {
    // The sandbox answers by rule K7 alone: listed here it would stand in for a model that failed.
    if (provider === 'sandbox' || !known.includes(provider))
      throw refuse(`there is no provider "${provider}"`);
    if (!/^[\x21-\x7e]{1,200}$/.test(model)) throw refuse(`"${model}" is no name of a model`);
  }
}
