import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import OpenAI from 'openai';
import { nothingElsewhere, type Surface } from '../src/chat/port.ts';
import { systemClock } from '../src/clock.ts';
import { compose, type Services } from '../src/compose.ts';
import type { Crew } from '../src/core/crew.ts';
import { readCrew } from '../src/core/crew-file.ts';
import { Secret } from '../src/core/secret.ts';
import { createOpenAI } from '../src/providers/openai/index.ts';
import { loadPrices } from '../src/providers/prices.ts';
import { createBudgetAdmin } from '../src/services/budget-admin.ts';
import { createVerify } from '../src/services/verify.ts';
import type { Store } from '../src/store/port.ts';
import { openSqlite } from '../src/store/sqlite.ts';

/**
 * Three steps with a provider that answers at once: whole runs of ours against the raw loop (the same SDK calls, one commit a
 * step, `synchronous=FULL`) and against the SDK calls alone, interleaved in one process, medians of the repeats.
 */
const repeats = 5;
const steps = ['one', 'two', 'three'];

const crewText = `
name: bench
summary: Three steps.
input:
  topic: { type: text, label: Topic }
agents:
  writer: { model: fast, instructions: Write briefly., limits: { input: 4000, output: 200, time: 1m } }
steps:
  - one: { agent: writer, prompt: "Begin {{ input.topic }}", output: { text: text } }
  - two: { agent: writer, prompt: "Go on {{ steps.one.text }}", output: { text: text } }
  - three: { agent: writer, prompt: "End {{ steps.two.text }}", output: { text: text } }
`;

export interface Run3 {
  readonly ratio: number;
  readonly ratio50: number;
  readonly overheadRatio: number;
  readonly overheadRatio50: number;
  readonly msPerRun: Record<string, number>;
  readonly verify: boolean;
  readonly runs: number;
  readonly entriesPerRun: number;
  readonly holdsPerRun: number;
  readonly outboxPerRun: number;
}

export async function run3(): Promise<Run3> {
  const folder = mkdtempSync(join(tmpdir(), 'crewsmith-bench-'));
  const server = fork(join(import.meta.dirname, 'server.ts'), {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  try {
    const port = await new Promise<string>((resolve) =>
      server.stdout?.once('data', (data) => resolve(String(data).trim())),
    );
    return await measure(folder, `http://127.0.0.1:${port}/v1`);
  } finally {
    server.kill();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function measure(folder: string, baseUrl: string): Promise<Run3> {
  const sdk = new OpenAI({ apiKey: 'bench', baseURL: baseUrl, maxRetries: 0 });
  const raw = new Database(join(folder, 'raw.db'));
  raw.pragma('journal_mode = WAL');
  raw.pragma('synchronous = FULL');
  raw.exec('create table steps (run text, step text, output text, primary key (run, step)) strict');
  const insert = raw.prepare('insert into steps values (?, ?, ?)');
  const ours = await openOurs(join(folder, 'ours.db'), baseUrl);

  let made = 0;
  const kinds: Record<string, () => Promise<void>> = {
    sdk: async () => {
      for (const step of steps) await callSdk(sdk, step);
    },
    raw: async () => {
      const run = `raw-${++made}`;
      for (const step of steps) insert.run(run, step, await callSdk(sdk, step));
    },
    ours: () => ours.run(++made),
  };
  for (const kind of Object.values(kinds)) await many(kind, 20, 10);

  const times = new Map<string, number[]>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const [concurrency, runs] of [
      [1, 40],
      [50, 200],
    ] as const) {
      for (const [name, kind] of Object.entries(kinds)) {
        const ms = await many(kind, runs, concurrency);
        const key = `${name}@${concurrency}`;
        times.set(key, [...(times.get(key) ?? []), ms / runs]);
      }
    }
  }
  await ours.services.engine.idle();
  const msPerRun = Object.fromEntries([...times].map(([name, all]) => [name, median(all)]));
  const at = (name: string) => msPerRun[name] ?? Number.NaN;
  const counts = await ours.counts();
  await ours.close();
  raw.close();
  return {
    ratio: round(at('ours@1') / at('raw@1')),
    ratio50: round(at('ours@50') / at('raw@50')),
    overheadRatio: round((at('ours@1') - at('sdk@1')) / (at('raw@1') - at('sdk@1'))),
    overheadRatio50: round((at('ours@50') - at('sdk@50')) / (at('raw@50') - at('sdk@50'))),
    msPerRun: Object.fromEntries(Object.entries(msPerRun).map(([name, ms]) => [name, round(ms)])),
    ...counts,
  };
}

/** The call that ours makes, made by hand. */
async function callSdk(sdk: OpenAI, step: string): Promise<string> {
  const schema = {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  };
  const stream = await sdk.responses.create({
    model: 'gpt-6-luna',
    instructions: 'Write briefly.',
    input: [{ role: 'user', content: step }],
    max_output_tokens: 200,
    store: false,
    stream: true,
    text: { format: { type: 'json_schema', name: step, strict: true, schema } },
  });
  let text = '';
  for await (const event of stream) if (event.type === 'response.output_text.delta') text += event.delta;
  return text;
}

async function many(kind: () => Promise<void>, runs: number, concurrency: number): Promise<number> {
  const start = performance.now();
  let left = runs;
  const worker = async () => {
    while (left-- > 0) await kind();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  return performance.now() - start;
}

interface Ours {
  readonly services: Services;
  run(n: number): Promise<void>;
  counts(): Promise<Pick<Run3, 'verify' | 'runs' | 'entriesPerRun' | 'holdsPerRun' | 'outboxPerRun'>>;
  close(): Promise<void>;
}

/** A surface that takes every card at once. */
const sink: Surface = {
  name: 'terminal',
  editEveryMs: 1_000,
  post: async (_card, _place, dedupe) => dedupe,
  edit: async () => {},
  find: async () => ({ found: 'no' }),
  sees: async () => true,
  ...nothingElsewhere,
};

async function openOurs(file: string, baseUrl: string): Promise<Ours> {
  const clock = systemClock();
  const store = await openSqlite({ file });
  const services = await compose({
    store,
    clock,
    random: randomBytes,
    master: { current: randomBytes(32), old: null },
    providers: new Map([['openai', createOpenAI({ clock })]]),
    tools: new Map(),
    surfaces: new Map([['terminal', sink]]),
    prices: await loadPrices(),
    firstOwners: [],
    url: null,
    compatibleModel: 'auto',
    log: { warn: () => {}, error: (detail) => console.error(detail) },
  });
  const { home, engine, keys, ids, settings, audit } = services;
  await keys.add({
    workspace: home.workspace,
    actor: home.member,
    provider: 'openai',
    secret: new Secret('bench-key-0123456789abcdef'),
    label: null,
    environment: 'production',
    baseUrl,
    scope: {},
  });
  const admin = createBudgetAdmin({
    store,
    clock,
    ids,
    settings,
    audit,
    budgets: engine.budgets,
    wake: async () => {},
  });
  await admin.set({
    workspace: home.workspace,
    scope: '',
    window: 'month',
    limitNano: 10n ** 14n,
    actor: home.member,
  });
  await engine.start(null);
  const crew = crewOf(crewText);
  let begun = 0;
  return {
    services,
    run: (n) =>
      new Promise((resolve, reject) => {
        begun++;
        const ask = {
          workspace: home.workspace,
          channel: { id: home.channel, native: 'terminal' },
          surface: 'terminal' as const,
          thread: null,
        };
        services.runs
          .start({
            ...ask,
            member: home.member,
            crew,
            input: { topic: 'tea' },
            dedupe: `bench-${n}`,
            client: null,
            environment: 'production',
            maxNano: null,
            priceAgreed: true,
            evenIfNobody: true,
          })
          .then(({ run }) => {
            const stop = services.runs.watch(run.id, (status) => {
              if (status === 'queued' || status === 'running') return;
              stop();
              if (status === 'completed') resolve();
              else reject(new Error(`a run ended ${status}`));
            });
          }, reject);
      }),
    async counts() {
      const { ok } = await createVerify({ store, audit }).verify(home.workspace);
      const per = async (table: 'entries' | 'holds' | 'outbox') =>
        round((await countOf(file, table)) / begun);
      return {
        verify: ok,
        runs: begun,
        entriesPerRun: await per('entries'),
        holdsPerRun: await per('holds'),
        outboxPerRun: await per('outbox'),
      };
    },
    async close() {
      await engine.stop();
      await closeStore(store);
    },
  };
}

const closeStore = (store: Store) => store.close();

async function countOf(file: string, table: string): Promise<number> {
  const db = new Database(file, { readonly: true });
  const { n } = db.prepare(`select count(*) as n from ${table}`).get() as { n: number };
  db.close();
  return n;
}

function crewOf(text: string): Crew {
  const read = readCrew({ file: 'bench.yaml', text, readFile: () => null });
  if ('problems' in read) throw new Error(JSON.stringify(read.problems));
  return read.crew;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

const round = (value: number) => Math.round(value * 1000) / 1000;
