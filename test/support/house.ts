import { randomBytes } from 'node:crypto';
import { compose, type Materials, type Services } from '../../src/compose.ts';
import type { Crew } from '../../src/core/crew.ts';
import { readCrew } from '../../src/core/crew-file.ts';
import type { Json } from '../../src/core/json.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Provider, ProviderName } from '../../src/providers/port.ts';
import { loadPrices } from '../../src/providers/prices.ts';
import type { Ask, RunView } from '../../src/services/runs/index.ts';
import type { Store } from '../../src/store/port.ts';
import type { Tool } from '../../src/tools/port.ts';
import { createVirtualClock, type VirtualClock } from './clock.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { makeStoreFile, type StoreFile } from './store-file.ts';

/** The real services on a real SQLite file; only time, providers and the surface are stand-ins. */
export interface House {
  readonly services: Services;
  readonly store: Store;
  readonly file: StoreFile;
  readonly clock: VirtualClock;
  readonly recorder: Recorder;
  /** Asks for a run and returns its id. */
  ask(crew: Crew, input?: Record<string, Json>, more?: Partial<Ask>): Promise<string>;
  view(run: string): Promise<RunView>;
  /** Everything that can happen without time passing has happened. */
  rest(): Promise<void>;
  /** Lets time pass. */
  pass(ms: number): Promise<void>;
  decide(run: string, decision: 'approve' | 'reject'): Promise<void>;
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
}

export async function openHouse(options: HouseOptions): Promise<House> {
  const file = options.file ?? (await makeStoreFile());
  const clock = options.clock ?? createVirtualClock();
  const recorder = options.recorder ?? createRecorder({ name: 'terminal' });
  const store = await file.open();
  const errors: unknown[] = [];
  const services = await compose({
    store,
    clock,
    random: randomBytes,
    master: { current: options.master ?? Buffer.alloc(32, 7), old: null },
    providers: new Map(options.providers.map((p) => [p.name, p])),
    tools: new Map((options.tools ?? []).map((t) => [t.spec.name, t])),
    surfaces: new Map([['terminal', recorder]]),
    prices: await loadPrices(),
    firstOwners: [],
    log: { warn: () => {}, error: (detail) => errors.push(detail) },
    ...options.materials,
  });
  const { home, engine } = services;
  for (const provider of options.keys ?? ['openai']) {
    const known = await store.read((tx) => services.keys.list(tx, home.workspace));
    if (known.some((key) => key.provider === provider)) continue;
    const secret = new Secret(`test-key-of-${provider}-0123456789abcdef`);
    await services.keys.add({
      workspace: home.workspace,
      actor: home.member,
      provider,
      secret,
      label: null,
      environment: 'production',
      baseUrl: null,
      scope: {},
    });
  }
  await engine.start(null);
  let asked = 0;

  async function rest(): Promise<void> {
    await clock.settle();
    await Promise.race([engine.idle(), clock.settle()]);
    await clock.settle();
    if (errors.length > 0) throw new Error('a job failed', { cause: errors[0] });
  }

  const house: House = {
    services,
    store,
    file,
    clock,
    recorder,
    async ask(crew, input = {}, more = {}) {
      asked++;
      const started = await services.runs.start({
        workspace: home.workspace,
        channel: { id: home.channel, native: 'terminal' },
        surface: 'terminal',
        member: home.member,
        crew,
        input,
        dedupe: `ask-${clock.now()}-${asked}`,
        client: null,
        environment: 'production',
        maxNano: null,
        priceAgreed: true,
        ...more,
      });
      await rest();
      return started.run.id;
    },
    view: (run) => services.runs.view(home.workspace, run),
    rest,
    async pass(ms) {
      await clock.advance(ms);
      await rest();
    },
    async decide(run, decision) {
      const { waiting } = await services.runs.view(home.workspace, run);
      if (waiting?.gate === undefined) throw new Error(`run ${run} does not wait for a decision`);
      await services.gates.decide({
        workspace: home.workspace,
        gate: waiting.gate,
        draft: waiting.draft ?? 0,
        member: home.member,
        surface: 'terminal',
        decision: { do: decision },
      });
      await rest();
    },
    async end() {
      const stopped = engine.stop();
      await clock.settle();
      await stopped;
      await file.end();
    },
  };
  return house;
}

/** A crew from YAML text; throws its problems. */
export function crewOf(text: string): Crew {
  const read = readCrew({ file: 'test.yaml', text, readFile: () => null });
  if ('problems' in read) throw new Error(read.problems.map((p) => `${p.line}:${p.column} ${p.says}`).join('\n'));
  return read.crew;
}
