import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Surface, SurfaceName } from './chat/port.ts';
import { createWebSurface } from './chat/web/surface.ts';
import { type Clock, systemClock } from './clock.ts';
import { compose, type Services } from './compose.ts';
import type { Config } from './config.ts';
import { CrewsmithError } from './errors.ts';
import { everyProvider } from './every-provider.ts';
import type { Provider, ProviderName } from './providers/port.ts';
import { type Prices, pricesWhenNeeded } from './providers/prices-when-needed.ts';
import { type Audit, createAudit } from './services/audit.ts';
import { type BudgetAdmin, createBudgetAdmin } from './services/budget-admin.ts';
import { createDrafts, type Drafts } from './services/drafts.ts';
import { checkSentinel, loadMasterKeys, type MasterKeys } from './services/master-key.ts';
import type { Overviews } from './services/overview.ts';
import type { PageHouse } from './services/page-house.ts';
import { createRetention } from './services/retention.ts';
import type { RunService } from './services/runs/index.ts';
import { createRuns } from './services/runs/load.ts';
import { createReadingRuns } from './services/runs/service.ts';
import { createSealing } from './services/sealing.ts';
import { createSettings, type Settings } from './services/settings.ts';
import type { Spend } from './services/spend.ts';
import { createStanding } from './services/standing.ts';
import type { Verify } from './services/verify.ts';
import { createWorkspaceSecrets } from './services/workspace-secrets.ts';
import { workspaceBySlug } from './store/people.ts';
import type { Store } from './store/port.ts';
import { openSqlite } from './store/sqlite.ts';
import { createAddressGuard } from './tools/address-guard.ts';
import type { Tool } from './tools/port.ts';
import { webFetch } from './tools/web-fetch-spec.ts';
import { toolWhenUsed } from './tools/when-used.ts';

/** The whole program, owning its store. */
export interface App extends Services {
  readonly config: Config;
  readonly clock: Clock;
  readonly log: Log;
  readonly store: Store;
  /** Id of the workspace `default`. */
  readonly workspace: string;
  readonly local: {
    readonly member: string;
    readonly channel: { readonly id: string; readonly native: string };
  };
  readonly budgets: BudgetAdmin;
  readonly drafts: Drafts;
  readonly spend: Spend;
  readonly overviews: Overviews;
  readonly verify: Verify;
  /** What the page works with, made when it is wanted. */
  page(): Promise<PageHouse>;
  /** What the person who starts should read. */
  readonly said: readonly string[];
  /** The master key was made by this very start; whoever starts must be told where it is. */
  readonly madeMasterKey: boolean;
  /** Takes up what is not over and works. `only`: carries on that run alone (rule Q4). */
  start(options: { only: string | null }): Promise<void>;
  stop(): Promise<void>;
}

/** What a command that only looks needs; another process may own the store. */
export interface Reader {
  readonly workspace: string;
  readonly drafts: Drafts;
  readonly spend: Spend;
  readonly overviews: Overviews;
  readonly verify: Verify;
  readonly runs: Pick<RunService, 'view' | 'list' | 'whereabouts'>;
  close(): Promise<void>;
}

/** What a test or a harness puts in the place of the real thing. */
export interface Replacements {
  readonly clock?: Clock;
  readonly surfaces?: readonly Surface[];
  readonly providers?: readonly Provider[];
  readonly fetch?: typeof globalThis.fetch;
  /** Wraps the store, e.g. to count its commits. */
  readonly store?: (store: Store) => Store;
  readonly log?: Log;
  readonly prices?: Prices;
  /** Places that the page reader may reach beside those that the settings name. */
  readonly fetchAllow?: readonly string[];
}

export interface Log {
  warn(detail: object, says: string): void;
  error(detail: object, says: string): void;
}

/** Its store is there and tested; queue, leases and revocation across processes are not, so it is not offered yet. */
function refusePostgres(config: Config): void {
  if (config.databaseUrl !== null) throw new CrewsmithError('config.postgres', {});
}

const databaseIn = (home: string) => join(home, 'crewsmith.db');

/** Opens the store of `config.home`, which the caller must own (rule Q4), and puts everything together. */
export async function openApp(config: Config, replaced: Replacements = {}): Promise<App> {
  refusePostgres(config);
  const clock = replaced.clock ?? systemClock();
  await mkdir(config.home, { recursive: true, mode: 0o700 });
  const file = databaseIn(config.home);
  const master = loadMasterKeys(
    { ...config.masterKey, home: config.home, newDatabase: !existsSync(file) },
    randomBytes,
  );
  const copied: string[] = [];
  const opened = await openSqlite({ file, say: (line) => copied.push(line) });
  const store = replaced.store?.(opened) ?? opened;
  try {
    return await assemble(config, replaced, { clock, store, master, copied });
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface Opened {
  readonly clock: Clock;
  readonly store: Store;
  readonly master: MasterKeys;
  /** Lines about a copy that was made of the database before it was migrated (rule Q6). */
  readonly copied: readonly string[];
}

async function assemble(
  config: Config,
  replaced: Replacements,
  { clock, store, master, copied }: Opened,
): Promise<App> {
  const providers = replaced.providers ?? everyProvider({ clock, fetch: replaced.fetch ?? globalThis.fetch });
  const guard = createAddressGuard({ allow: [...config.fetchAllow, ...(replaced.fetchAllow ?? [])] });
  const fetchPages: Tool = toolWhenUsed(webFetch, async () => {
    const { createWebFetch } = await import('./tools/web-fetch.ts');
    return createWebFetch({ guard, clock });
  });
  const log = replaced.log ?? quiet;
  const surfaces = new Map<SurfaceName, Surface>((replaced.surfaces ?? []).map((s) => [s.name, s]));
  const services = await compose({
    store,
    clock,
    random: randomBytes,
    master,
    providers: new Map<ProviderName, Provider>(providers.map((p) => [p.name, p])),
    tools: new Map([[fetchPages.spec.name, fetchPages]]),
    surfaces,
    prices: replaced.prices ?? pricesWhenNeeded(),
    firstOwners: config.admins,
    url: config.url,
    compatibleModel: config.compatibleModel,
    log,
  });
  const { home, engine, ids, settings, audit, keyImport, people } = services;
  const page = once(async () => {
    const { createPageHouse } = await import('./services/page-house.ts');
    return createPageHouse({ store, clock, ids, people, home, random: randomBytes, token: config.webToken });
  });
  // What the page shows are rows, so its cards arrive whether or not it is served now.
  surfaces.set(
    'web',
    createWebSurface(async () => (await page()).rooms),
  );
  const retention = createRetention({ store, clock, days: config.retentionDays, log });
  const imported = await keyImport.importFromEnvironment(home.workspace, config.providers);
  return {
    ...services,
    config,
    clock,
    log,
    store,
    workspace: home.workspace,
    local: { member: home.member, channel: { id: home.channel, native: 'terminal' } },
    budgets: createBudgetAdmin({
      store,
      clock,
      ids,
      settings,
      audit,
      budgets: engine.budgets,
      wake: (workspace) => engine.runs.wake(workspace, 'budget'),
    }),
    drafts: createDrafts({ store, runs: createRuns({ clock }) }),
    spend: spendWhenAsked({ store, clock, settings }),
    overviews: overviewsWhenAsked({ store, clock, settings }),
    verify: verifyWhenAsked({ store, audit }),
    page,
    said: [...config.warnings, ...master.warnings, ...copied, ...imported],
    madeMasterKey: master.made !== null,
    async start({ only }) {
      await engine.start(only);
      // Rule Q4: what belongs to no run waits for `start`.
      if (only !== null) return;
      services.digests.start();
      retention.start();
    },
    async stop() {
      await services.digests.stop();
      await retention.stop();
      await engine.stop();
      await store.close();
    },
  };
}

/** Opens an existing store for reading, beside whoever owns it. Throws `store.missing`, `key.master-missing`, `key.master-wrong`. */
export async function openReader(config: Config): Promise<Reader> {
  refusePostgres(config);
  const clock = systemClock();
  const store = await openSqlite({ file: databaseIn(config.home), readonly: true });
  try {
    const master = loadMasterKeys(
      { ...config.masterKey, home: config.home, newDatabase: false },
      randomBytes,
    );
    const sealing = createSealing({ ...master, random: randomBytes });
    const secrets = createWorkspaceSecrets({ sealing, random: randomBytes });
    const audit = createAudit({ clock, random: randomBytes, secrets });
    const settings = createSettings({ clock, audit, standing: createStanding() });
    const found = await store.read((tx) => workspaceBySlug(tx, 'default'));
    if (found === undefined) throw new CrewsmithError('store.missing', { place: databaseIn(config.home) });
    await store.read((tx) => checkSentinel(tx, sealing));
    const runs = createRuns({ clock });
    return {
      workspace: found.id,
      runs: createReadingRuns({ store, clock, runs }),
      drafts: createDrafts({ store, runs }),
      spend: spendWhenAsked({ store, clock, settings }),
      overviews: overviewsWhenAsked({ store, clock, settings }),
      verify: verifyWhenAsked({ store, audit }),
      close: () => store.close(),
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

function spendWhenAsked(parts: { store: Store; clock: Clock; settings: Settings }): Spend {
  const spend = async () => (await import('./services/spend.ts')).createSpend(parts);
  return {
    report: async (...asked) => await (await spend()).report(...asked),
    read: async (...asked) => await (await spend()).read(...asked),
    byMember: async (...asked) => await (await spend()).byMember(...asked),
  };
}

function overviewsWhenAsked(parts: { store: Store; clock: Clock; settings: Settings }): Overviews {
  const overviews = async () => (await import('./services/overview.ts')).createOverviews(parts);
  return {
    overview: async (...asked) => await (await overviews()).overview(...asked),
    read: async (...asked) => await (await overviews()).read(...asked),
  };
}

function verifyWhenAsked(parts: { store: Store; audit: Audit }): Verify {
  return {
    async verify(...asked) {
      const { createVerify } = await import('./services/verify.ts');
      return await createVerify(parts).verify(...asked);
    },
  };
}

const quiet: Log = { warn: () => {}, error: () => {} };

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
