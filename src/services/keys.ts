import type { Clock } from '../clock.ts';
import { type KeyScope, keyName, keysMeant, pickKey, type Wanted } from '../core/key-words.ts';
import { Secret } from '../core/secret.ts';
import { CrewsmithError } from '../errors.ts';
import type { KeyHealth, OpenKey, Provider, ProviderName } from '../providers/port.ts';
import { findVersion, lockLiveKeys, noteWorked, versionsByFingerprint } from '../store/keys.ts';
import { lockWorkspace } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Cut } from './cut.ts';
import { type AskedKey, checkAsked, providerNamed } from './key-asked.ts';
import { probe } from './key-health.ts';
import type { KeyRows, KeyView } from './key-rows.ts';
import type { WorkspaceSecrets } from './workspace-secrets.ts';

/** What a call goes with: which key and version, never the secret. */
export interface Picked {
  readonly keyId: string;
  readonly versionId: string;
  readonly label: string;
  readonly environment: string;
  readonly baseUrl: string | null;
}

export interface AddKey {
  readonly workspace: string;
  readonly actor: string;
  /** As typed; a wrong word is answered with the nearest right one. */
  readonly provider: string;
  readonly secret: Secret;
  /** null: `main`, or `main-2`, … */
  readonly label: string | null;
  /** `production` where nothing else is said. */
  readonly environment: string;
  readonly baseUrl: string | null;
  readonly scope: KeyScope;
}

export interface Revoked {
  readonly keys: readonly KeyView[];
  readonly versions: readonly string[];
  /** Calls that were in flight on them and were aborted. */
  readonly aborted: number;
  /** From the commit to the last abort. */
  readonly ms: number;
}

/** What else belongs to the commit in which a key is stored. */
export type Also = (tx: Tx, key: KeyView) => Promise<void>;

/** Rules K1 to K5. `words` name a key as `keysMeant` reads them. Secrets enter by `add` and `rotate` and leave by `open`. */
export interface Keys {
  list(tx: Tx, workspace: string): Promise<KeyView[]>;
  /** What `add` would say to these words, before anybody types a secret. */
  check(asked: AskedKey): void;
  /** The keys that the words mean. Throws `key.unknown`. */
  find(tx: Tx, workspace: string, words: string): Promise<readonly KeyView[]>;
  /**
   * Asks the provider first; a key that it refuses is not stored, one that could not be asked about is, with health `unknown`.
   * Throws `key.provider-unknown`, `key.malformed`, `key.address-invalid`, `key.address-missing`, `key.word-invalid`, `key.rejected`, `key.duplicate`, `key.label-taken`.
   */
  add(request: AddKey, also?: Also): Promise<KeyView>;
  /**
   * The new secret is used from now on; the one before for calls under way until `drainMs` (10 minutes) have passed. Throws
   * `key.unknown`, `key.choice`, `key.malformed`, `key.rejected`, `key.duplicate`.
   */
  rotate(
    request: {
      workspace: string;
      actor: string;
      words: string;
      secret: Secret;
      drainMs?: number;
    },
    also?: Also,
  ): Promise<KeyView>;
  /**
   * Rule K2: the death of every version is committed, then their calls are aborted, then this resolves. Throws `key.unknown`,
   * and `key.choice` when several match and not all are meant.
   */
  revoke(request: { workspace: string; actor: string; words: string; all: boolean }): Promise<Revoked>;
  /** Asks the providers about the keys that the words mean, '' for all. One that was refused stays so until a provider says otherwise. */
  test(request: {
    workspace: string;
    actor: string;
    words: string;
  }): Promise<{ key: KeyView; health: KeyHealth }[]>;
  pick(tx: Tx, workspace: string, wanted: Wanted): Promise<Picked | null>;
  /** `pick` for several providers, with one reading. */
  picker(tx: Tx, workspace: string): Promise<(wanted: Wanted) => Picked | null>;
  /** Called anew for each call. Throws `key.dead`. */
  open(tx: Tx, workspace: string, versionId: string): Promise<OpenKey>;
  /** A call with this version succeeded. */
  markWorked(tx: Tx, workspace: string, used: { versionId: string }): Promise<void>;
  /** The provider refused it (401, 403): no call picks it until it was tested. Writes audit, so it comes last in a transaction. */
  markRejected(tx: Tx, workspace: string, used: { versionId: string; status: number }): Promise<void>;
}

export interface KeyParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly rows: KeyRows;
  readonly secrets: WorkspaceSecrets;
  readonly cut: Cut;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
}

const nothingMore: Also = async () => {};
const drainMsDefault = 10 * 60_000;
/** "used 2 min ago" needs no write a call. */
const noteEveryMs = 60_000;

export function createKeys(parts: KeyParts): Keys {
  const { store, clock, rows, secrets, cut, providers } = parts;
  /** When a version was last written down as used; one row a version that this process has used. */
  const noted = new Map<string, number>();

  async function accepted(provider: Provider, key: OpenKey): Promise<KeyHealth> {
    const health = await probe(parts, provider, key, new AbortController());
    if (health.state !== 'failing') return health;
    const { status, says } = health;
    throw new CrewsmithError('key.rejected', { provider: provider.name, status, says });
  }

  /** Revoked and replaced values may come back this way, live ones not (rule K3). */
  async function refuseDuplicate(tx: Tx, workspace: string, provider: string, secret: Secret): Promise<void> {
    const fingerprint = await secrets.fingerprint(tx, workspace, provider, secret.reveal());
    const held = await versionsByFingerprint(tx, workspace, fingerprint);
    const own = (await rows.views(tx, workspace)).find((key) =>
      held.some((version) => version.key_id === key.id && version.state === 'live'),
    );
    if (own !== undefined) throw new CrewsmithError('key.duplicate', { key: keyName(own) });
  }

  /** A live key is cut off from this, too, when it is revoked (rule K2). */
  async function asked(key: KeyView, open: OpenKey): Promise<KeyHealth> {
    const controller = new AbortController();
    const leave = cut.register(key.versionId, controller);
    if (leave === null) return { state: 'unknown', says: 'It was revoked meanwhile.' };
    try {
      return await probe(parts, providerNamed(providers, key.provider), open, controller);
    } finally {
      leave();
    }
  }

  async function only(tx: Tx, workspace: string, words: string): Promise<KeyView> {
    const all = await rows.views(tx, workspace);
    const [key, ...more] = meant(all, words);
    if (key === undefined || more.length > 0) throw choice(words, [...(key ? [key] : []), ...more]);
    return key;
  }

  return {
    list: (tx, workspace) => rows.views(tx, workspace),

    check: (asked) => void checkAsked(providers, asked),

    find: (tx, workspace, words) => rows.views(tx, workspace).then((live) => meant(live, words)),

    async add(request, also = nothingMore) {
      const { workspace, actor, environment, scope, baseUrl } = request;
      const provider = checkAsked(providers, request);
      const secret = wellFormed(request.secret);
      await store.read((tx) => refuseDuplicate(tx, workspace, provider.name, secret));
      const health = await accepted(provider, { secret, baseUrl });
      return await store.transact(async (tx) => {
        await lockWorkspace(tx, workspace);
        await refuseDuplicate(tx, workspace, provider.name, secret);
        const same = (await rows.views(tx, workspace)).filter(
          (key) => key.provider === provider.name && key.environment === environment,
        );
        const label = request.label ?? freeLabel(same);
        if (same.some((key) => key.label === label)) {
          throw new CrewsmithError('key.label-taken', { label, provider: provider.name, environment });
        }
        const id = await rows.insert(tx, {
          workspace,
          provider: provider.name,
          environment,
          label,
          scope,
          origin: 'person',
          baseUrl,
          secret,
          health,
          actor,
        });
        const key = byId(await rows.views(tx, workspace), id);
        await also(tx, key);
        return key;
      });
    },

    async rotate({ workspace, actor, words, secret: typed, drainMs = drainMsDefault }, also = nothingMore) {
      const secret = wellFormed(typed);
      const found = await store.read(async (tx) => {
        const key = await only(tx, workspace, words);
        await refuseDuplicate(tx, workspace, key.provider, secret);
        return key;
      });
      const health = await accepted(providerNamed(providers, found.provider), {
        secret,
        baseUrl: found.baseUrl,
      });
      return await store.transact(async (tx) => {
        await lockWorkspace(tx, workspace);
        const key = (await rows.views(tx, workspace)).find((k) => k.id === found.id);
        if (key === undefined) throw new CrewsmithError('key.unknown', { words, known: [] });
        await refuseDuplicate(tx, workspace, key.provider, secret);
        await rows.rotate(tx, key, { workspace, secret, health, until: clock.now() + drainMs, actor });
        const rotated = byId(await rows.views(tx, workspace), key.id);
        await also(tx, rotated);
        return rotated;
      });
    },

    async revoke({ workspace, actor, words, all }) {
      let cutting = { aborted: 0, ms: 0 };
      const done = await store.transact(async (tx) => {
        await lockWorkspace(tx, workspace);
        await lockLiveKeys(tx, workspace);
        const live = await rows.views(tx, workspace);
        const keys = meant(live, words);
        if (keys.length > 1 && !all) throw choice(words, keys);
        const versions: string[] = [];
        for (const key of keys)
          versions.push(...(await rows.revoke(tx, workspace, key, { actor, why: 'revoked' })));
        tx.onCommit(() => {
          const committed = clock.now();
          const aborted = cut.kill(versions);
          cutting = { aborted, ms: clock.now() - committed };
        });
        return { keys, versions };
      });
      return { ...done, ...cutting };
    },

    async test({ workspace, actor, words }) {
      const found = await store.read(async (tx) => {
        const all = await rows.views(tx, workspace);
        const keys = words === '' ? all : meant(all, words);
        return await Promise.all(
          keys.map(async (key) => ({ key, open: await rows.open(tx, workspace, key.versionId) })),
        );
      });
      const told = await Promise.all(
        found.map(async ({ key, open }) => ({ key, health: await asked(key, open) })),
      );
      await store.transact(async (tx) => {
        await lockLiveKeys(tx, workspace);
        const now = await rows.views(tx, workspace);
        for (const { key, health } of told) {
          const same = now.find((k) => k.id === key.id && k.versionId === key.versionId);
          const known = same?.health === 'failing' && health.state === 'unknown';
          if (same !== undefined && !known) await rows.setHealth(tx, workspace, same, health, actor);
        }
      });
      return told;
    },

    pick: async (tx, workspace, wanted) => picked(await rows.views(tx, workspace), wanted),

    async picker(tx, workspace) {
      const keys = await rows.views(tx, workspace);
      return (wanted) => picked(keys, wanted);
    },

    open: (tx, workspace, versionId) => rows.open(tx, workspace, versionId),

    async markWorked(tx, workspace, { versionId }) {
      const now = clock.now();
      if (now - (noted.get(versionId) ?? 0) < noteEveryMs) return;
      await noteWorked(tx, workspace, versionId, now);
      tx.onCommit(() => noted.set(versionId, now));
    },

    async markRejected(tx, workspace, { versionId, status }) {
      const version = await findVersion(tx, workspace, versionId);
      const key = (await rows.views(tx, workspace)).find((k) => k.versionId === version?.id);
      // A version that was replaced meanwhile says nothing about its key.
      if (key === undefined || key.health === 'failing') return;
      const health: KeyHealth = { state: 'failing', status, says: `${key.provider} refused it (${status}).` };
      await rows.setHealth(tx, workspace, key, health, 'system');
    },
  };
}

function picked(keys: readonly KeyView[], wanted: Wanted): Picked | null {
  const key = pickKey(keys, wanted);
  if (key === null) return null;
  const { id, versionId, label, environment, baseUrl } = key;
  return { keyId: id, versionId, label, environment, baseUrl };
}

function meant(live: readonly KeyView[], words: string): readonly KeyView[] {
  const keys = keysMeant(live, words);
  if (keys.length === 0) throw new CrewsmithError('key.unknown', { words, known: live.map(keyName) });
  return keys;
}

const choice = (words: string, keys: readonly KeyView[]) =>
  new CrewsmithError('key.choice', { words, choices: keys.map((key) => `${keyName(key)} (${key.id})`) });

function byId(keys: readonly KeyView[], id: string): KeyView {
  const key = keys.find((k) => k.id === id);
  if (key === undefined)
    throw new CrewsmithError('internal.impossible', { what: `key ${id} is gone while it is written` });
  return key;
}

/** Longer than any key, and than the tokens of most gateways. */
const secretMost = 4096;

/** The secret without the spaces around it. */
export function wellFormed(typed: Secret): Secret {
  const value = typed.reveal().trim();
  if (value.length > secretMost || !/^[\x21-\x7e]+$/.test(value))
    throw new CrewsmithError('key.malformed', {});
  return new Secret(value);
}

/** `main`, then `main-2`, `main-3`, …; of the provider and environment that these keys are of. */
export function freeLabel(same: readonly KeyView[]): string {
  const taken = new Set(same.map((key) => key.label));
  let n = 1;
  while (taken.has(n === 1 ? 'main' : `main-${n}`)) n++;
  return n === 1 ? 'main' : `main-${n}`;
}
