import type { Clock } from '../clock.ts';
import type { Json } from '../core/json.ts';
import type { KeyScope } from '../core/key-words.ts';
import { Secret } from '../core/secret.ts';
import { CrewsmithError } from '../errors.ts';
import type { KeyHealth, OpenKey } from '../providers/port.ts';
import {
  drainVersions,
  findVersion,
  insertKey,
  insertKeyVersion,
  type Key,
  type KeyVersion,
  killVersions,
  liveKeys,
  updateKey,
  versionsOf,
} from '../store/keys.ts';
import { changeStanding, markHadKey } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { countUp } from '../store/settings.ts';
import type { Audit } from './audit.ts';
import type { Ids } from './ids.ts';
import { endPretending } from './pretend.ts';
import type { Place, Sealing } from './sealing.ts';
import type { Standing } from './standing.ts';
import type { WorkspaceSecrets } from './workspace-secrets.ts';

/** A live key as people see it; nothing of the secret but its last characters. */
export interface KeyView {
  readonly id: string;
  readonly provider: string;
  readonly environment: string;
  readonly label: string;
  readonly hint: string;
  readonly scope: KeyScope;
  readonly origin: Key['origin'];
  readonly baseUrl: string | null;
  readonly health: Key['health'];
  /** What the provider said, when it is failing or unknown. */
  readonly healthSays: string | null;
  /** When that was told; of one that fails, the first time. */
  readonly healthAt: number | null;
  readonly worked: boolean;
  readonly lastUsedAt: number | null;
  /** Member id, or `system`. */
  readonly createdBy: string;
  readonly createdAt: number;
  /** The version that calls use now, and since when. */
  readonly versionId: string;
  readonly versionSince: number;
  /** The versions before it that calls under way may still use. */
  readonly draining: readonly { readonly hint: string; readonly until: number }[];
}

const rotateAfterMs = 90 * 86_400_000;

/** Whether its secret is due for another one. */
export const isOld = (key: Pick<KeyView, 'versionSince'>, now: number): boolean =>
  now - key.versionSince > rotateAfterMs;

export interface NewKey {
  readonly workspace: string;
  readonly provider: string;
  readonly environment: string;
  readonly label: string;
  readonly scope: KeyScope;
  readonly origin: Key['origin'];
  readonly baseUrl: string | null;
  readonly secret: Secret;
  readonly health: KeyHealth;
  readonly actor: string;
}

/** What stands for the secret of a server that asks for none (rule K7). */
export const noSecret = 'none';
/** The label of such an entry; no key that people add has it. */
export const noKeyLabel = 'none';

/** Counts the revocations of this database; other processes watch it (rule K2). */
export const epochName = 'key.epoch';

/** Writing and reading of keys within a caller's transaction. Every change ends with its audit row. */
export interface KeyRows {
  insert(tx: Tx, key: NewKey): Promise<string>;
  /** The new version is live; the one before drains until then. */
  rotate(tx: Tx, key: KeyView, change: Rotation): Promise<void>;
  /** Rule K1: all versions die. Returns their ids, for the cut that follows the commit. */
  revoke(tx: Tx, workspace: string, key: KeyView, change: { actor: string; why: string }): Promise<string[]>;
  views(tx: Tx, workspace: string): Promise<KeyView[]>;
  /** Throws `key.dead` unless the version is live, or draining and not past its end. */
  open(tx: Tx, workspace: string, versionId: string): Promise<OpenKey>;
  setHealth(tx: Tx, workspace: string, key: KeyView, health: KeyHealth, actor: string): Promise<void>;
}

export interface Rotation {
  readonly workspace: string;
  readonly secret: Secret;
  readonly health: KeyHealth;
  readonly until: number;
  readonly actor: string;
}

/** Where the secret of a version lies. */
export const versionPlace = (workspace: string, version: string): Place => ({
  table: 'key_versions',
  column: 'sealed',
  id: version,
  workspace,
});

export function createKeyRows(parts: {
  clock: Clock;
  ids: Ids;
  sealing: Sealing;
  secrets: WorkspaceSecrets;
  audit: Audit;
  standing: Standing;
}): KeyRows {
  const { clock, ids, sealing, secrets, audit, standing } = parts;

  async function insertVersion(
    tx: Tx,
    key: { workspace: string; id: string; provider: string; baseUrl: string | null; secret: Secret },
    seq: number,
  ): Promise<void> {
    const id = ids.next('version');
    await insertKeyVersion(tx, {
      id,
      workspace_id: key.workspace,
      key_id: key.id,
      seq,
      state: 'live',
      draining_until: null,
      master_id: sealing.currentId,
      sealed: sealing.seal(versionPlace(key.workspace, id), Buffer.from(key.secret.reveal())),
      hint: key.secret.hint(),
      fingerprint: await secrets.fingerprint(
        tx,
        key.workspace,
        key.provider,
        fingerprinted(key.secret, key.baseUrl),
      ),
      created_at: clock.now(),
      dead_at: null,
    });
  }

  return {
    async insert(tx, key) {
      const { workspace, provider, environment, label, origin, secret } = key;
      const now = clock.now();
      const id = ids.next('key');
      await changeStanding(tx, workspace);
      await insertKey(tx, {
        id,
        workspace_id: workspace,
        provider,
        environment,
        label,
        scope: JSON.stringify(key.scope),
        origin,
        state: 'live',
        base_url: key.baseUrl,
        ...healthColumns(key.health, now),
        worked: 0,
        last_used_at: null,
        created_by: key.actor,
        created_at: now,
        revoked_at: null,
      });
      await insertVersion(tx, { ...key, id }, 1);
      await markHadKey(tx, workspace);
      await endPretending(tx, workspace, clock.now());
      const after: Json = {
        provider,
        environment,
        label,
        hint: secret.hint(),
        origin,
        health: key.health.state,
      };
      await audit.write(tx, {
        workspace,
        actor: key.actor,
        action: 'key.add',
        target: id,
        before: null,
        after,
      });
      return id;
    },

    async rotate(tx, key, change) {
      const { workspace, secret, health, until, actor } = change;
      const [newest] = await versionsOf(tx, workspace, [key.id]);
      await changeStanding(tx, workspace);
      await drainVersions(tx, workspace, key.id, until);
      await insertVersion(tx, { ...key, workspace, secret }, (newest?.seq ?? 0) + 1);
      // From here on it is a person's key: what the environment still holds is the one before (rule K3).
      const columns = healthColumns(health, clock.now());
      await updateKey(tx, workspace, key.id, { ...columns, origin: 'person', worked: 0 });
      await audit.write(tx, {
        workspace,
        actor,
        action: 'key.rotate',
        target: key.id,
        before: { ...named(key), drainsUntil: until },
        after: { ...named(key), hint: secret.hint(), health: health.state },
      });
    },

    async revoke(tx, workspace, key, change) {
      const now = clock.now();
      await changeStanding(tx, workspace);
      const versions = await killVersions(tx, workspace, key.id, now);
      await updateKey(tx, workspace, key.id, { state: 'revoked', revoked_at: now });
      const epoch = await countUp(tx, epochName);
      await audit.write(tx, {
        workspace,
        actor: change.actor,
        action: 'key.revoke',
        target: key.id,
        before: named(key),
        after: { state: 'revoked', why: change.why, versions, epoch },
      });
      return versions;
    },

    async views(tx, workspace) {
      const keys = await liveKeys(tx, workspace);
      const versions = await versionsOf(
        tx,
        workspace,
        keys.map((key) => key.id),
      );
      const now = clock.now();
      return keys.flatMap((key) => {
        const own = versions.filter((version) => version.key_id === key.id);
        const live = own.find((version) => version.state === 'live');
        return live === undefined
          ? []
          : [
              view(
                key,
                live,
                own.filter((v) => drains(v, now)),
              ),
            ];
      });
    },

    async open(tx, workspace, versionId) {
      const version = await standing.recall(tx, workspace, `version ${versionId}`, () =>
        findVersion(tx, workspace, versionId),
      );
      const usable =
        version?.key_state === 'live' && (version.state === 'live' || drains(version, clock.now()));
      if (version === undefined || !usable) throw new CrewsmithError('key.dead', { version: versionId });
      const plain = sealing.open(versionPlace(workspace, versionId), version.sealed);
      const secret = new Secret(plain.toString());
      plain.fill(0);
      return { secret, baseUrl: version.base_url };
    },

    async setHealth(tx, workspace, key, health, actor) {
      await changeStanding(tx, workspace);
      // Refused again it fails since the first time.
      const since = key.health === 'failing' && health.state === 'failing' ? key.healthAt : null;
      await updateKey(tx, workspace, key.id, healthColumns(health, since ?? clock.now()));
      if (key.health === health.state) return;
      await audit.write(tx, {
        workspace,
        actor,
        action: 'key.health',
        target: key.id,
        before: { ...named(key), health: key.health },
        after: { ...named(key), health: health.state },
      });
    },
  };
}

/** What a fingerprint is made of: of an entry without a key it is the address that counts. */
export const fingerprinted = (secret: Secret, baseUrl: string | null): string =>
  secret.reveal() === noSecret ? `${noSecret} ${baseUrl ?? ''}` : secret.reveal();

const drains = (version: KeyVersion, now: number): boolean =>
  version.state === 'draining' && version.draining_until !== null && now < version.draining_until;

function healthColumns(health: KeyHealth, now: number): Pick<Key, 'health' | 'health_says' | 'health_at'> {
  return {
    health: health.state,
    health_says: health.state === 'healthy' ? null : health.says,
    health_at: now,
  };
}

const named = (key: KeyView) => ({
  provider: key.provider,
  environment: key.environment,
  label: key.label,
  hint: key.hint,
});

function view(key: Key, live: KeyVersion, draining: readonly KeyVersion[]): KeyView {
  return {
    id: key.id,
    provider: key.provider,
    environment: key.environment,
    label: key.label,
    hint: live.hint,
    scope: JSON.parse(key.scope) as KeyScope,
    origin: key.origin,
    baseUrl: key.base_url,
    health: key.health,
    healthSays: key.health_says,
    healthAt: key.health_at,
    worked: key.worked === 1,
    lastUsedAt: key.last_used_at,
    createdBy: key.created_by,
    createdAt: key.created_at,
    versionId: live.id,
    versionSince: live.created_at,
    draining: draining.map((version) => ({ hint: version.hint, until: version.draining_until ?? 0 })),
  };
}
