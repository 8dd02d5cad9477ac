import type { Memory } from './chat/memory.ts';
import type { Surface, SurfaceName } from './chat/port.ts';
import type { Clock } from './clock.ts';
import type { FirstOwner } from './core/admins.ts';
import type { Provider, ProviderName } from './providers/port.ts';
import type { Prices } from './providers/prices-when-needed.ts';
import { createLocalQueue } from './queue/local.ts';
import { createAccess } from './services/access.ts';
import { createAliases } from './services/aliases.ts';
import { createAudit } from './services/audit.ts';
import { createClaims } from './services/claims.ts';
import { createCut } from './services/cut.ts';
import { createDigests } from './services/digests.ts';
import { createEngine } from './services/engine.ts';
import { createIds } from './services/ids.ts';
import { createInputs } from './services/inputs.ts';
import { createKeyImport } from './services/key-import.ts';
import { createKeyRows } from './services/key-rows.ts';
import { createKeys } from './services/keys.ts';
import { checkSentinel } from './services/master-key.ts';
import { createPeople } from './services/people.ts';
import { createPlaces } from './services/places.ts';
import { createRuns } from './services/runs/load.ts';
import { createSealing, type Random } from './services/sealing.ts';
import { createSettings } from './services/settings.ts';
import { createStanding } from './services/standing.ts';
import { createTeamRoles } from './services/team-roles.ts';
import { createTeams } from './services/teams.ts';
import { createVisits } from './services/visits.ts';
import { createWorkspaceSecrets } from './services/workspace-secrets.ts';
import { createWorkspaces } from './services/workspaces.ts';
import type { Store } from './store/port.ts';
import type { Tool } from './tools/port.ts';

/** Everything that differs between a real start and a test. */
export interface Materials {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly master: { readonly current: Buffer; readonly old: Buffer | null };
  readonly providers: ReadonlyMap<ProviderName, Provider>;
  readonly tools: ReadonlyMap<string, Tool>;
  readonly surfaces: ReadonlyMap<SurfaceName, Surface>;
  readonly prices: Prices;
  readonly firstOwners: readonly FirstOwner[];
  readonly compatibleModel: string;
  /** `CREWSMITH_URL`: where the page is reached from elsewhere. */
  readonly url: string | null;
  readonly log: { warn(detail: object, says: string): void; error(detail: object, says: string): void };
}

export type Services = Awaited<ReturnType<typeof compose>>;

/** Makes the services and ties them together; nothing works until `engine.start`. Throws `key.master-wrong`. */
export async function compose(materials: Materials) {
  const { store, clock, random, master, providers, log } = materials;
  const ids = createIds({ clock, random });
  const sealing = createSealing({ ...master, random });
  const secrets = createWorkspaceSecrets({ sealing, random });
  const audit = createAudit({ clock, random, secrets });
  const standing = createStanding();
  const settings = createSettings({ clock, audit, standing });
  const cut = createCut();
  const rows = createKeyRows({ clock, ids, sealing, secrets, audit, standing });
  const keys = createKeys({ store, clock, rows, secrets, cut, providers });
  const keyImport = createKeyImport({ store, clock, rows, secrets, audit, cut, providers });
  const aliases = createAliases({
    clock,
    audit,
    keys,
    standing,
    known: [...providers.keys()],
    searching: [...providers.values()].filter((p) => p.searches).map((p) => p.name),
    compatibleModel: materials.compatibleModel,
  });
  const people = createPeople({ clock, ids, audit, firstOwners: materials.firstOwners });
  const teamRoles = createTeamRoles({ clock, audit, people });
  const workspaces = createWorkspaces({ clock, ids, audit, people, secrets });
  const visits = createVisits({ store, clock, ids, people, teamRoles, outbox: () => engine.outbox });
  const access = createAccess({ store, clock, people, teamRoles });
  const inputs = createInputs({ store, surfaces: materials.surfaces, tools: materials.tools });
  const places = createPlaces({ surfaces: materials.surfaces });
  const claims = createClaims({
    store,
    clock,
    random,
    audit,
    people,
    workspaces,
    surfaces: () => [...materials.surfaces.keys()],
  });
  const queue = createLocalQueue({
    store,
    clock,
    ids,
    onError: (error, job) =>
      log.error(
        { err: error, job: job?.id ?? null, run: job?.run ?? null },
        'a job failed and is tried again',
      ),
  });
  const engine = createEngine({
    ...materials,
    ids,
    owner: ids.next('boot'),
    queue,
    aliases,
    settings,
    standing,
    audit,
    keys,
    cut,
  });
  const digests = createDigests({ store, clock, settings, keys, audit, log, outbox: engine.outbox });
  const home = await store.transact(async (tx) => {
    await checkSentinel(tx, sealing);
    return await workspaces.ensureDefault(tx);
  });
  return {
    ids,
    audit,
    settings,
    keys,
    keyImport,
    /** Imported when somebody looks at the keys. */
    async keyReport(workspace: string) {
      const { keyReport } = await import('./services/key-report.ts');
      return await keyReport({ store, clock, settings, keys }, workspace);
    },
    /** Imported when somebody is about to revoke one. */
    async keyTouch() {
      const { createKeyTouch } = await import('./services/key-touch.ts');
      return createKeyTouch({ store, runs: createRuns({ clock }), keys, aliases });
    },
    /** Imported when somebody rotates the master key. */
    async masterRotation() {
      const { createMasterRotation } = await import('./services/master-rotation.ts');
      return createMasterRotation({ store, sealing, audit });
    },
    /** Imported when somebody is to type a key behind a link. */
    async keyLinks() {
      const { createKeyLinks } = await import('./services/key-links.ts');
      return createKeyLinks({
        ...{ store, clock, ids, random, audit, people, keys, outbox: engine.outbox, url: materials.url },
        wake: (workspace) => engine.runs.wake(workspace, 'key'),
      });
    },
    memory: memoryWhenUsed({ store, clock, random }),
    aliases,
    people,
    visits,
    access,
    inputs,
    places,
    claims,
    /** Imported when somebody links. */
    async linking() {
      const { createLinking } = await import('./services/linking.ts');
      return createLinking({ store, clock, ids, random, audit, people, outbox: engine.outbox });
    },
    workspaces,
    outbox: engine.outbox,
    teams: createTeams({ store, workspaces, visits }),
    queue,
    engine,
    digests,
    home,
    runs: engine.runs,
    gates: engine.gates,
  };
}

/** Imported when a surface keeps something. One for all, since it knows the tokens that it gave. */
function memoryWhenUsed(parts: { store: Store; clock: Clock; random: Random }): Memory {
  let made: Promise<Memory> | undefined;
  async function load(): Promise<Memory> {
    const { createMemory } = await import('./services/memory.ts');
    return createMemory(parts);
  }
  const memory = () => {
    made ??= load().catch((error: unknown) => {
      // It may be there the next time.
      made = undefined;
      throw error;
    });
    return made;
  };
  return {
    keep: async (...asked) => await (await memory()).keep(...asked),
    read: async (token) => await (await memory()).read(token),
    note: async (name) => await (await memory()).note(name),
    setNote: async (...asked) => await (await memory()).setNote(...asked),
  };
}
