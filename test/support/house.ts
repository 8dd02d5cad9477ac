import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import { compose, type Materials, type Services } from '../../src/compose.ts';
import type { Window } from '../../src/core/budget.ts';
import type { Crew } from '../../src/core/crew.ts';
import type { Json } from '../../src/core/json.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Provider, ProviderName } from '../../src/providers/port.ts';
import { loadPrices } from '../../src/providers/prices.ts';
import { type BudgetAdmin, createBudgetAdmin } from '../../src/services/budget-admin.ts';
import type { Decide } from '../../src/services/gates.ts';
import type { Ask, RunView } from '../../src/services/runs/index.ts';
import { createVerify, type Verification } from '../../src/services/verify.ts';
import { db } from '../../src/store/db.ts';
import type { Store } from '../../src/store/port.ts';
import type { Tables } from '../../src/store/schema.ts';
import type { Tool } from '../../src/tools/port.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { beginLife } from './life.ts';
import { createRecorder, type Recorder, type Seen } from './recorder.ts';
import { makeStoreFile, type StoreFile } from './store-file.ts';

export { crewOf } from './crew-text.ts';

/** The real services on a real SQLite file; only time, providers and the surface are stand-ins. */
export interface House {
  readonly services: Services;
  readonly budgets: BudgetAdmin;
  readonly store: Store;
  readonly file: StoreFile;
  readonly clock: VirtualClock;
  readonly recorder: Recorder;
  /** What services told the operator. */
  readonly warnings: readonly string[];
  /** Asks for a run and returns its id. */
  ask(crew: Crew, input?: Record<string, Json>, more?: Partial<Ask>): Promise<string>;
  view(run: string): Promise<RunView>;
  /** What came of each of its calls, step by step. */
  outcomes(run: string): Promise<string[]>;
  /** What stands in the run's thread, each message as one line: `Title: its texts`. */
  thread(run: string): string[];
  /** The run's messages as they stand now; the first is its parent card. */
  messages(run: string): Seen[];
  /** Everything that can happen without time passing has happened. */
  rest(): Promise<void>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  /** A press on the open gate of a run, on its newest draft, by the asker. */
  decide(
    run: string,
    decision: Decide['decision'] | 'approve' | 'reject',
    more?: Partial<Decide>,
  ): Promise<void>;
  stop(run: string): Promise<void>;
  retry(run: string, fresh?: boolean): Promise<void>;
  addKey(provider: ProviderName, secret?: string): Promise<void>;
  /** A hard budget of the workspace. */
  setBudget(limitNano: bigint, window?: Window): Promise<void>;
  verify(): Promise<Verification>;
  /** Every row of a table. */
  rows<T extends keyof Tables>(table: T): Promise<Selectable<Tables[T]>[]>;
  /** The process is gone as by `kill -9`. The file, the clock and the surface stay: open another house on them. */
  crash(): Promise<HouseOptions>;
  end(): Promise<void>;
}

export interface HouseOptions {
  readonly providers: readonly Provider[];
  readonly tools?: readonly Tool[];
  readonly file?: StoreFile;
  readonly clock?: VirtualClock;
  readonly recorder?: Recorder;
  readonly master?: Buffer;
  /** Without a key the sandbox answers, or nothing does. */
  readonly keys?: readonly ProviderName[];
  readonly materials?: Partial<Materials>;
  /** What services see of the store. */
  readonly through?: (store: Store) => Store;
  /** Carries on this run alone, as a terminal does (rule Q4). */
  readonly only?: string;
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const file = options.file ?? (await makeStoreFile());
  const clock = options.clock ?? createVirtualClock();
  const recorder = options.recorder ?? createRecorder({ name: 'terminal' });
  const store = await file.open();
  const life = beginLife();
  const errors: unknown[] = [];
  const warnings: string[] = [];
  const services = await compose({
    store: life.store(options.through?.(store) ?? store),
    clock: life.clock(clock),
    random: randomBytes,
    master: { current: options.master ?? Buffer.alloc(32, 7), old: null },
    providers: new Map(options.providers.map((p) => [p.name, life.provider(p)])),
    tools: new Map((options.tools ?? []).map((t) => [t.spec.name, life.tool(t)])),
    surfaces: new Map([[recorder.name, life.surface(recorder)]]),
    prices: await loadPrices(),
    firstOwners: [],
    url: null,
    compatibleModel: 'auto',
    log: { warn: (_, says) => warnings.push(says), error: (detail) => errors.push(detail) },
    ...options.materials,
  });
  const { home, engine, runs, gates } = services;
  const { workspace, member } = home;
  const wake = (where: string, waitingFor: 'budget') => runs.wake(where, waitingFor);
  const budgets = createBudgetAdmin({ ...services, store, clock, budgets: engine.budgets, wake });
  const verifier = createVerify({ store, audit: services.audit });
  let asked = 0;

  async function rest(): Promise<void> {
    await clock.settle();
    await Promise.race([engine.idle(), clock.settle()]);
    await clock.settle();
    if (errors.length > 0) throw new Error('a job failed', { cause: errors[0] });
  }

  const messages = (run: string) => recorder.messages().filter((seen) => seen.dedupe.startsWith(`${run}:`));
  const textOf = ({ card }: Seen) =>
    `${card.title}: ${card.body.flatMap((block) => (block.type === 'text' ? [block.text] : [])).join(' ')}`;

  const house: House = {
    services,
    budgets,
    store,
    file,
    clock,
    recorder,
    warnings,
    async ask(crew, input = {}, more = {}) {
      asked++;
      const started = await runs.start({
        workspace,
        channel: { id: home.channel, native: 'terminal' },
        surface: 'terminal',
        thread: null,
        member,
        crew,
        input,
        dedupe: `ask-${clock.now()}-${asked}`,
        client: null,
        environment: 'production',
        maxNano: null,
        priceAgreed: true,
        evenIfNobody: true,
        ...more,
      });
      await rest();
      return started.run.id;
    },
    view: (run) => runs.view(workspace, run),
    async outcomes(run) {
      const { steps } = await runs.view(workspace, run);
      return steps.flatMap((step) => step.attempts.map(({ outcome }) => outcome));
    },
    thread: (run) => messages(run).slice(1).map(textOf),
    messages,
    rest,
    async pass(ms) {
      await clock.advance(ms);
      await rest();
    },
    async decide(run, decision, more = {}) {
      const { waiting } = await runs.view(workspace, run);
      if (waiting?.gate === undefined) throw new Error(`run ${run} does not wait for a decision`);
      await gates.decide({
        workspace,
        gate: waiting.gate,
        draft: waiting.draft ?? 0,
        member,
        surface: 'terminal',
        decision: typeof decision === 'string' ? { do: decision } : decision,
        ...more,
      });
      await rest();
    },
    async stop(run) {
      await runs.stop(workspace, run);
      await rest();
    },
    async retry(run, fresh = false) {
      await runs.retry(workspace, run, fresh);
      await rest();
    },
    async addKey(provider, value = `test-key-of-${provider}-0123456789abcdef`) {
      const secret = new Secret(value);
      const request = { workspace, actor: member, provider, secret, label: null, environment: 'production' };
      await services.keys.add({ ...request, baseUrl: null, scope: {} });
      await runs.wake(workspace, 'key');
      await rest();
    },
    async setBudget(limitNano, window = 'total') {
      await budgets.set({ workspace, scope: '', window, limitNano, actor: member });
      await rest();
    },
    verify: () => verifier.verify(workspace),
    rows: (table) =>
      store.read(async (tx) => (await db(tx).selectFrom(table).selectAll().execute()) as never),
    async crash() {
      life.kill();
      await clock.settle();
      await store.close();
      // No machine starts again within the millisecond.
      await clock.advance(10);
      const { only: _, ...same } = options;
      return { ...same, file, clock, recorder };
    },
    async end() {
      const stopped = engine.stop();
      await clock.settle();
      await stopped;
      await file.end();
    },
  };

  const known = await store.read((tx) => services.keys.list(tx, workspace));
  for (const provider of options.keys ?? ['openai']) {
    if (!known.some((key) => key.provider === provider)) await house.addKey(provider);
  }
  await engine.start(options.only ?? null);
  return house;
}
