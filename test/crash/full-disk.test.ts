import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { isOver, type RunStatus } from '../../src/core/run.ts';
import { type App, openApp } from '../../src/main.ts';
import { db } from '../../src/store/db.ts';
import type { Store } from '../../src/store/port.ts';
import { crewOf } from '../support/crew-text.ts';
import { type OpenAIServer, startOpenAI, testKey } from '../support/openai.ts';
import { createRecorder, type Recorder } from '../support/recorder.ts';

/** The program on a disk that a test fills and empties: SQLite then says what it says when no room is left. */
interface Stand {
  readonly app: App;
  readonly server: OpenAIServer;
  readonly recorder: Recorder;
  /** No page more fits. */
  fill(): Promise<void>;
  empty(): Promise<void>;
  /** Resolves with the next line of the log that holds these words. */
  logged(words: string): Promise<void>;
  ask(): Promise<string>;
  /** Resolves once the run has come to this, or at its end. */
  until(run: string, status: RunStatus): Promise<void>;
  approve(run: string): Promise<void>;
}

const note = crewOf(`
name: note
summary: A long note, approved, then shared.
input:
  topic: { type: text, label: Topic }
agents:
  writer: { model: smart, instructions: Write., limits: { input: 40000, output: 4000, time: 60s } }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - polish: { agent: writer, prompt: "Polish {{ steps.draft.text }}", output: { text: text } }
  - approve: { gate: { shows: polish.text, expires: 2d } }
  - publish: { deliver: channel, approved: approve }
`);

/** Longer than what is left of any page. */
const long = (title: string) => `${title}. ${'Shops plan their week with it. '.repeat(200)}`;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of open.splice(0)) await end();
});

async function pragma(store: Store, text: string): Promise<number> {
  const { rows } = await store.transact((tx) => sql`${sql.raw(`pragma ${text}`)}`.execute(db(tx)));
  return Number(Object.values(rows[0] ?? {})[0]);
}

async function openStand(beforeAnswer: (n: number, stand: Stand) => Promise<void>): Promise<Stand> {
  const home = await mkdtemp(join(tmpdir(), 'crewsmith-full-'));
  const server = await startOpenAI({
    async answer({ n }) {
      await beforeAnswer(n, stand);
      return { json: { text: long(`Answer ${n}`) } };
    },
  });
  const recorder = createRecorder({ editEveryMs: 10 });
  const listeners = new Set<(line: string) => void>();
  const log = (_: object, says: string) => {
    for (const hear of listeners) hear(says);
  };
  const settings = { CREWSMITH_HOME: home, OPENAI_API_KEY: testKey, OPENAI_BASE_URL: server.baseUrl };
  const app = await openApp(readConfig(settings, '/'), {
    surfaces: [recorder],
    log: { warn: log, error: log },
  });
  await app.start({ only: null });
  open.push(async () => {
    await app.stop();
    await server.close();
    await rm(home, { recursive: true, force: true });
  });
  const { workspace, local, runs, store } = app;
  const stand: Stand = {
    app,
    server,
    recorder,
    fill: async () => void (await pragma(store, `max_page_count = ${await pragma(store, 'page_count')}`)),
    empty: async () => void (await pragma(store, 'max_page_count = 1000000')),
    logged: (words) =>
      new Promise((resolve) => {
        const hear = (line: string) => {
          if (!line.includes(words)) return;
          listeners.delete(hear);
          resolve();
        };
        listeners.add(hear);
      }),
    async ask() {
      const started = await runs.start({
        ...{
          workspace,
          channel: local.channel,
          surface: 'terminal',
          thread: null,
          member: local.member,
          crew: note,
        },
        ...{ input: { topic: long('Shops') }, dedupe: crypto.randomUUID(), client: null },
        ...{ environment: 'production', maxNano: null, priceAgreed: true, evenIfNobody: true },
      });
      return started.run.id;
    },
    async until(run, status) {
      for (;;) {
        const changed = Promise.withResolvers<void>();
        const unwatch = runs.watch(run, () => changed.resolve());
        const now = (await runs.view(workspace, run)).status;
        if (now !== status && !isOver(now)) await changed.promise;
        unwatch();
        if (now === status) return;
        if (isOver(now)) throw new Error(`the run is ${now}`);
      }
    },
    async approve(run) {
      const { waiting } = await runs.view(workspace, run);
      await app.gates.decide({
        ...{ workspace, gate: waiting?.gate ?? '', draft: waiting?.draft ?? 0, member: local.member },
        ...{ surface: 'terminal', decision: { do: 'approve' } },
      });
    },
  };
  return stand;
}

const full = {
  code: 'store.full',
  says: expect.stringMatching(/^The disk is full: this could not be saved/),
};

async function expectBooksRight({ app, server, recorder }: Stand, runs: number): Promise<void> {
  const { checks } = await app.verify.verify(app.workspace);
  expect(checks.filter((check) => !check.ok)).toEqual([]);
  expect(server.calls.length, 'calls').toBe(2 * runs);
  expect(server.mistakes).toEqual([]);
  expect(recorder.mistakes).toEqual([]);
  const dedupes = recorder.messages().map((message) => message.dedupe);
  expect(new Set(dedupes).size).toBe(dedupes.length);
}

test('a full disk refuses a new run with a sentence and keeps nothing of it', async () => {
  const stand = await openStand(async () => {});
  const { app } = stand;
  await stand.fill();
  await expect(stand.ask()).rejects.toMatchObject(full);
  expect(await app.runs.list(app.workspace, 5)).toEqual([]);
  expect(stand.server.calls).toEqual([]);

  await stand.empty();
  const run = await stand.ask();
  await stand.until(run, 'waiting');
  await stand.approve(run);
  await stand.until(run, 'completed');
  await expectBooksRight(stand, 1);
});

test('replies that find the disk full are kept in memory and saved when there is room: no turn is asked twice', async () => {
  const filled = new Set<number>();
  const stand = await openStand(async (n, { fill }) => {
    filled.add(n);
    await fill();
  });
  const asked = stand.ask();
  for (const n of [1, 2]) {
    await stand.logged('could not be saved and is saved again');
    expect([...filled]).toHaveLength(n);
    await stand.empty();
  }
  const run = await asked;
  await stand.until(run, 'waiting');
  const { steps } = await stand.app.runs.view(stand.app.workspace, run);
  expect(steps.flatMap((step) => step.attempts).map((a) => a.outcome)).toEqual(['settled', 'settled']);

  await stand.fill();
  await expect(stand.approve(run)).rejects.toMatchObject(full);
  expect((await stand.app.runs.view(stand.app.workspace, run)).waiting).toMatchObject({
    for: 'approval',
    draft: 1,
  });
  await stand.empty();
  await stand.approve(run);
  await stand.until(run, 'completed');
  await expectBooksRight(stand, 1);
});
