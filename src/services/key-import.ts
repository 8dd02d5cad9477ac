import type { Clock } from '../clock.ts';
import { keyName } from '../core/key-words.ts';
import { Secret } from '../core/secret.ts';
import { isCrewsmithError } from '../errors.ts';
import type { KeyHealth, Provider, ProviderName } from '../providers/port.ts';
import { forgetSeen, isSeen, markSeen, updateKey, versionsByFingerprint } from '../store/keys.ts';
import { changeStanding, lockWorkspace } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { Cut } from './cut.ts';
import { probe } from './key-health.ts';
import { fingerprinted, type KeyRows, type KeyView, noKeyLabel, noSecret } from './key-rows.ts';
import { freeLabel, wellFormed } from './keys.ts';
import type { WorkspaceSecrets } from './workspace-secrets.ts';

/** What the environment held; the caller deletes it there. */
export type KeysInEnvironment = Readonly<Record<(typeof variables)[number], FromEnvironment>>;

interface FromEnvironment {
  readonly key: Secret | null;
  readonly baseUrl: string | null;
}

export interface KeyImport {
  /** Rule K3, at each start. Returns the lines to say. */
  importFromEnvironment(workspace: string, values: KeysInEnvironment): Promise<string[]>;
}

export interface KeyImportParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly rows: KeyRows;
  readonly secrets: WorkspaceSecrets;
  readonly audit: Audit;
  readonly cut: Cut;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
}

const variables = ['openai', 'anthropic', 'google', 'compatible'] as const;

/** One variable's value, or what stands for it where only a base URL is set (rule K7). */
interface Value {
  readonly provider: Provider;
  readonly variable: string;
  readonly secret: Secret;
  readonly label: 'main' | typeof noKeyLabel;
  readonly baseUrl: string | null;
}

type Plan =
  | { readonly do: 'nothing' }
  | { readonly do: 'say'; readonly line: string }
  | { readonly do: 'move'; readonly key: KeyView }
  | { readonly do: 'import'; readonly instead: readonly KeyView[] };

export function createKeyImport(parts: KeyImportParts): KeyImport {
  const { store, rows, secrets, audit, cut, providers } = parts;

  const printOf = (tx: Tx, workspace: string, provider: string, secret: Secret, baseUrl: string | null) =>
    secrets.fingerprint(tx, workspace, provider, fingerprinted(secret, baseUrl));

  async function plan(tx: Tx, workspace: string, value: Value): Promise<Plan> {
    const { provider, variable, secret, label, baseUrl } = value;
    const own = (await rows.views(tx, workspace)).filter((key) => key.provider === provider.name);
    const standIns = own.filter(isStandIn);
    const real = own.filter((key) => !isStandIn(key));
    const print = await printOf(tx, workspace, provider.name, secret, baseUrl);
    if (label === noKeyLabel) {
      if (standIns.some((key) => key.baseUrl === baseUrl) || real.length > 0) return { do: 'nothing' };
      return (await isSeen(tx, workspace, print)) ? { do: 'nothing' } : { do: 'import', instead: standIns };
    }
    const before = await versionsByFingerprint(tx, workspace, print);
    const held = real.find((key) => before.some((version) => version.id === key.versionId));
    if (held !== undefined) {
      return held.origin === 'environment' && held.baseUrl !== baseUrl
        ? { do: 'move', key: held }
        : { do: 'nothing' };
    }
    if (before.length > 0 || (await isSeen(tx, workspace, print))) {
      const line = `${variable} holds a key that was revoked or replaced here: it is not used. Take it out of the environment.`;
      return { do: 'say', line };
    }
    const [only, ...more] = real;
    if (only === undefined) return { do: 'import', instead: standIns };
    if (more.length === 0 && only.origin === 'environment' && !only.worked)
      return { do: 'import', instead: own };
    const line = `${variable} is not used: this workspace has ${keyName(only)} already. To change it: keys rotate ${provider.name}.`;
    return { do: 'say', line };
  }

  /** An entry without a key follows its variable: gone with it, and not held against it should it come back. */
  async function drop(tx: Tx, workspace: string, keys: readonly KeyView[], why: string): Promise<void> {
    const versions: string[] = [];
    for (const key of keys) {
      if (isStandIn(key)) {
        await forgetSeen(
          tx,
          workspace,
          await printOf(tx, workspace, key.provider, new Secret(noSecret), key.baseUrl),
        );
      }
      versions.push(...(await rows.revoke(tx, workspace, key, { actor: 'system', why })));
    }
    tx.onCommit(() => cut.kill(versions));
  }

  async function take(workspace: string, value: Value): Promise<string[]> {
    const first = await store.read((tx) => plan(tx, workspace, value));
    if (first.do === 'nothing') return [];
    if (first.do === 'say') return [first.line];
    const { provider, secret, baseUrl } = value;
    const health: KeyHealth = await probe(parts, provider, { secret, baseUrl }, new AbortController());
    return await store.transact(async (tx) => {
      await lockWorkspace(tx, workspace);
      const now = await plan(tx, workspace, value);
      if (now.do === 'nothing') return [];
      if (now.do === 'say') return [now.line];
      if (now.do === 'move') return [await move(tx, workspace, now.key, value, health)];
      await drop(tx, workspace, now.instead, `replaced by ${value.variable}`);
      const left = (await rows.views(tx, workspace)).filter(
        (key) => key.provider === provider.name && key.environment === 'production',
      );
      await markSeen(
        tx,
        workspace,
        await printOf(tx, workspace, provider.name, secret, baseUrl),
        parts.clock.now(),
      );
      await rows.insert(tx, {
        workspace,
        provider: provider.name,
        environment: 'production',
        label: value.label === noKeyLabel ? noKeyLabel : freeLabel(left),
        scope: {},
        origin: 'environment',
        baseUrl,
        secret,
        health,
        actor: 'system',
      });
      return [said(value, health)];
    });
  }

  async function move(
    tx: Tx,
    workspace: string,
    key: KeyView,
    value: Value,
    health: KeyHealth,
  ): Promise<string> {
    await changeStanding(tx, workspace);
    await updateKey(tx, workspace, key.id, { base_url: value.baseUrl });
    await rows.setHealth(tx, workspace, key, health, 'system');
    await audit.write(tx, {
      workspace,
      actor: 'system',
      action: 'key.move',
      target: key.id,
      before: { baseUrl: key.baseUrl },
      after: { baseUrl: value.baseUrl },
    });
    return `${keyName(key)} is used at ${hostOf(value.baseUrl, value.provider.name)} from now on.`;
  }

  return {
    async importFromEnvironment(workspace, values) {
      const own = await store.read((tx) => rows.views(tx, workspace));
      const { wanted, lines } = meant(own, values);
      for (const { name, variable, key, baseUrl } of wanted) {
        const provider = providers.get(name);
        if (provider === undefined) continue;
        if (key !== null) {
          const secret = readable(key);
          if (secret === null) lines.push(`${variable} does not look like a key: it was not imported.`);
          else lines.push(...(await take(workspace, { provider, variable, secret, label: 'main', baseUrl })));
        } else if (baseUrl !== null) {
          const secret = new Secret(noSecret);
          lines.push(...(await take(workspace, { provider, variable, secret, label: noKeyLabel, baseUrl })));
        } else if (own.some((key) => key.provider === name && isStandIn(key))) await forget(workspace, name);
      }
      return lines;
    },
  };

  /** OpenAI asks for a key: its address without one names a compatible server (rule K7), unless a key was given otherwise. */
  function meant(own: readonly KeyView[], values: KeysInEnvironment) {
    const lines: string[] = [];
    const { openai, compatible } = values;
    const hasOpenAI = openai.key !== null || own.some((key) => key.provider === 'openai' && !isStandIn(key));
    const local = hasOpenAI ? null : openai.baseUrl;
    const wanted = variables.map((name) => {
      const { key, baseUrl } = values[name];
      const variable = `${name.toUpperCase()}_${key === null ? 'BASE_URL' : 'API_KEY'}`;
      return { name, variable, key, baseUrl: name === 'openai' && key === null ? null : baseUrl };
    });
    if (compatible.baseUrl !== null && local !== null && local !== compatible.baseUrl)
      lines.push(
        'OPENAI_BASE_URL is not used: it has no key, and COMPATIBLE_BASE_URL says where to ask without.',
      );
    if (compatible.baseUrl !== null) return { wanted, lines };
    if (compatible.key !== null)
      lines.push('COMPATIBLE_API_KEY is not used: COMPATIBLE_BASE_URL says whose key it is, and is not set.');
    const standIn = { name: 'compatible', variable: 'OPENAI_BASE_URL', key: null, baseUrl: local } as const;
    return { wanted: [...wanted.filter(({ name }) => name !== 'compatible'), standIn], lines };
  }

  async function forget(workspace: string, provider: ProviderName): Promise<void> {
    const gone = (keys: readonly KeyView[]) =>
      keys.filter((key) => key.provider === provider && isStandIn(key));
    await store.transact(async (tx) => {
      await lockWorkspace(tx, workspace);
      await drop(tx, workspace, gone(await rows.views(tx, workspace)), 'its variable is gone');
    });
  }
}

const isStandIn = (key: KeyView): boolean => key.label === noKeyLabel && key.origin === 'environment';

function readable(typed: Secret): Secret | null {
  try {
    return wellFormed(typed);
  } catch (error) {
    if (isCrewsmithError(error, 'key.malformed')) return null;
    throw error;
  }
}

function said(value: Value, health: KeyHealth): string {
  const { variable, provider, secret, label, baseUrl } = value;
  const where = hostOf(baseUrl, provider.name);
  if (label === noKeyLabel) {
    if (health.state === 'healthy') return `${variable} is used without a key, at ${where}.`;
    return health.state === 'failing'
      ? `${where} asks for a key (${health.status}): set ${variable.replace('BASE_URL', 'API_KEY')} beside ${variable}.`
      : `${variable} is used without a key, but ${where} could not be checked: ${health.says}`;
  }
  const hint = secret.hint() === '' ? '' : ` (••••${secret.hint()})`;
  if (health.state === 'healthy') return `${variable}${hint} was imported and works.`;
  if (health.state === 'failing') {
    return `${variable}${hint} was imported, but ${provider.name} refuses it (${health.status}): ${health.says} Correct it and start again.`;
  }
  return `${variable}${hint} was imported, but could not be checked: ${health.says}`;
}

/** Without what may stand before the host or after it. */
function hostOf(baseUrl: string | null, provider: string): string {
  return baseUrl !== null && URL.canParse(baseUrl) ? new URL(baseUrl).host : provider;
}
