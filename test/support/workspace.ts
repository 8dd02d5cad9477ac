import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { FirstOwner } from '../../src/core/admins.ts';
import type { KeyHealth, OpenKey, Provider, ProviderName } from '../../src/providers/port.ts';
import { type Aliases, createAliases } from '../../src/services/aliases.ts';
import { type Audit, createAudit } from '../../src/services/audit.ts';
import { type Cut, createCut } from '../../src/services/cut.ts';
import { createIds, type Ids } from '../../src/services/ids.ts';
import { createKeyImport, type KeyImport } from '../../src/services/key-import.ts';
import { createKeyRows } from '../../src/services/key-rows.ts';
import { createKeys, type Keys } from '../../src/services/keys.ts';
import { createPeople, type People } from '../../src/services/people.ts';
import { createSealing, type Random, type Sealing } from '../../src/services/sealing.ts';
import { createSettings, type Settings } from '../../src/services/settings.ts';
import { createStanding } from '../../src/services/standing.ts';
import { createWorkspaceSecrets } from '../../src/services/workspace-secrets.ts';
import { createWorkspaces, type Home, type Workspaces } from '../../src/services/workspaces.ts';
import { insertWorkspace } from '../../src/store/people.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';

/** Bytes that nobody has seen, and that are the same in each run of a test. */
export function countedRandom(seed: string): Random {
  let n = 0;
  return (bytes) => {
    const parts: Buffer[] = [];
    for (let have = 0; have < bytes; have += 32) {
      parts.push(createHash('sha256').update(`${seed} ${n++}`).digest());
    }
    return Buffer.concat(parts).subarray(0, bytes);
  };
}

/** A provider that only knows keys. What is not in `says` is healthy. */
export interface KeyDesk extends Provider {
  /** What it answers about a secret from now on. */
  says(secret: string, health: KeyHealth): void;
  /** The keys it was asked about, in order. */
  readonly asked: readonly { readonly secret: string; readonly baseUrl: string | null }[];
}

function keyDesk(name: ProviderName): KeyDesk {
  const answers = new Map<string, KeyHealth>();
  const asked: { secret: string; baseUrl: string | null }[] = [];
  return {
    name,
    searches: false,
    asked,
    says: (secret, health) => answers.set(secret, health),
    stream: () => {
      throw new Error('no call is made here');
    },
    async verify(key: OpenKey) {
      asked.push({ secret: key.secret.reveal(), baseUrl: key.baseUrl });
      return answers.get(key.secret.reveal()) ?? { state: 'healthy', models: [] };
    },
  };
}

export interface TestWorkspace {
  readonly store: Store;
  readonly file: string;
  readonly clock: VirtualClock;
  readonly ids: Ids;
  readonly sealing: Sealing;
  readonly audit: Audit;
  readonly people: People;
  readonly workspaces: Workspaces;
  readonly keys: Keys;
  readonly keyImport: KeyImport;
  readonly aliases: Aliases;
  readonly settings: Settings;
  readonly cut: Cut;
  readonly desks: Readonly<Record<'openai' | 'anthropic' | 'google' | 'compatible', KeyDesk>>;
  readonly home: Home;
  /** A second tenant in the same database. */
  readonly other: string;
  /** The file itself, past the store. */
  readonly raw: Database.Database;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Everything that belongs to a workspace, wired as the program does it, on a new SQLite file. */
export async function testWorkspace(
  parts: { firstOwners?: readonly FirstOwner[] } = {},
): Promise<TestWorkspace> {
  const folder = mkdtempSync(join(tmpdir(), 'crewsmith-'));
  const file = join(folder, 'test.db');
  const store = await openSqlite({ file });
  const clock = createVirtualClock();
  const random = countedRandom('workspace');
  const ids = createIds({ clock, random });
  const sealing = createSealing({ current: random(32), old: null, random });
  const secrets = createWorkspaceSecrets({ sealing, random });
  const audit = createAudit({ clock, random, secrets });
  const people = createPeople({ clock, ids, audit, firstOwners: parts.firstOwners ?? [] });
  const workspaces = createWorkspaces({ clock, ids, audit, people, secrets });
  const cut = createCut();
  const desks = {
    openai: keyDesk('openai'),
    anthropic: keyDesk('anthropic'),
    google: keyDesk('google'),
    compatible: keyDesk('compatible'),
  };
  const providers = new Map<ProviderName, Provider>([
    ...Object.values(desks).map((desk): [ProviderName, Provider] => [desk.name, desk]),
    ['sandbox', keyDesk('sandbox')],
  ]);
  const standing = createStanding();
  const rows = createKeyRows({ clock, ids, sealing, secrets, audit, standing });
  const keys = createKeys({ store, clock, rows, secrets, cut, providers });
  const keyImport = createKeyImport({ store, clock, rows, secrets, audit, cut, providers });
  const aliases = createAliases({
    compatibleModel: 'auto',
    searching: [],
    clock,
    audit,
    keys,
    standing,
    known: [...providers.keys()],
  });
  const settings = createSettings({ clock, audit, standing });
  const home = await store.transact((tx) => workspaces.ensureDefault(tx));
  const other = await store.transact((tx) => secondTenant(tx));
  const raw = new Database(file);

  async function secondTenant(tx: Tx): Promise<string> {
    const id = ids.next('workspace');
    const row = {
      id,
      slug: 'other',
      name: 'other',
      created_at: clock.now(),
      revision: 0,
      had_key: 0 as const,
    };
    await insertWorkspace(tx, { ...row, ...secrets.make(id) });
    await audit.begin(tx, id);
    return id;
  }

  return {
    store,
    file,
    clock,
    ids,
    sealing,
    audit,
    people,
    workspaces,
    keys,
    keyImport,
    aliases,
    settings,
    cut,
    desks,
    home,
    other,
    raw,
    async [Symbol.asyncDispose]() {
      raw.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
}
