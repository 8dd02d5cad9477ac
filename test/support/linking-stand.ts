import type { SurfaceName } from '../../src/chat/port.ts';
import type { Role } from '../../src/core/access.ts';
import { type Audit, createAudit } from '../../src/services/audit.ts';
import { createIds, type Ids } from '../../src/services/ids.ts';
import { createLinking, type Linking, type Typist } from '../../src/services/linking.ts';
import type { Sending } from '../../src/services/outbox.ts';
import { createPeople, type People } from '../../src/services/people.ts';
import { createSealing } from '../../src/services/sealing.ts';
import { createWorkspaceSecrets } from '../../src/services/workspace-secrets.ts';
import { createWorkspaces, type Home } from '../../src/services/workspaces.ts';
import { db } from '../../src/store/db.ts';
import { insertChannel } from '../../src/store/people.ts';
import type { Store } from '../../src/store/port.ts';
import type { Tables } from '../../src/store/schema.ts';
import type { VirtualClock } from './clock.ts';
import { countedRandom } from './workspace.ts';

/** Teams and people of two surfaces on any store, as claiming and typing make them; cards are only noted. */
export interface LinkingStand {
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly ids: Ids;
  readonly audit: Audit;
  readonly people: People;
  readonly linking: Linking;
  readonly home: Home;
  /** Cards to people: who is told, and the card. */
  readonly told: readonly Sending[];
  /** A team of its own workspace, with a first owner; `home` for Slack's T1, which belongs to `default`. */
  team(surface: 'slack' | 'discord', id: string, owner: string): Promise<Typist>;
  /** Somebody who types in a workspace for the first time. `native` as the surface has it. */
  arrive(workspace: string, surface: SurfaceName, native: string, name: string, role?: Role): Promise<Typist>;
  channel(workspace: string, surface: SurfaceName, native: string, name: string): Promise<string>;
  role(who: Typist, channel?: string): Promise<Role | null>;
  rows<T extends keyof Tables>(table: T): Promise<Tables[T][]>;
  /** Everything that is stored, but for what counts wrong codes. */
  everything(): Promise<string>;
}

export async function openLinking(store: Store, clock: VirtualClock): Promise<LinkingStand> {
  const random = countedRandom('linking');
  const ids = createIds({ clock, random });
  const secrets = createWorkspaceSecrets({
    sealing: createSealing({ current: random(32), old: null, random }),
    random,
  });
  const audit = createAudit({ clock, random, secrets });
  const people = createPeople({ clock, ids, audit, firstOwners: [] });
  const workspaces = createWorkspaces({ clock, ids, audit, people, secrets });
  const told: Sending[] = [];
  const outbox = { put: async (_: unknown, card: Sending) => void told.push(card) };
  const linking = createLinking({ store, clock, ids, random, audit, people, outbox });
  const home = await store.transact((tx) => workspaces.ensureDefault(tx));

  const rows = <T extends keyof Tables>(table: T) =>
    store.read(async (tx) => (await db(tx).selectFrom(table).selectAll().execute()) as Tables[T][]);

  const arrive: LinkingStand['arrive'] = (workspace, surface, native, name, role) =>
    store.transact(async (tx) => {
      const arrival = { workspace, surface, native, name, standing: 'member', role: role ?? null } as const;
      return { workspace, surface, member: await people.arrive(tx, arrival) };
    });

  return {
    ...{ store, clock, ids, audit, people, linking, home, told, arrive, rows },

    async team(surface, id, owner) {
      const { workspace } = await store.transact((tx) => workspaces.claim(tx, surface, { id, name: id }));
      const native = surface === 'slack' ? `${id}:U${owner.toUpperCase()}` : owner;
      return await arrive(workspace, surface, native, owner, 'owner');
    },

    channel: (workspace, surface, native, name) =>
      store.transact(async (tx) => {
        const id = ids.next('channel');
        const made = { workspace_id: workspace, surface, native, name, direct: 0 as const, created_at: 1 };
        await insertChannel(tx, { ...made, id });
        return id;
      }),

    role: ({ workspace, member }, channel = '') =>
      store.read((tx) => people.roleOf(tx, workspace, member, channel)),

    async everything() {
      const tables = ['workspaces', 'installations', 'channels', 'members', 'accounts', 'roles'] as const;
      const more = ['settings', 'schedules', 'link_codes', 'audit'] as const;
      const all = await Promise.all([...tables, ...more].map(async (name) => [name, await rows(name)]));
      return JSON.stringify(all);
    },
  };
}
