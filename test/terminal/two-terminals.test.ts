import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveSessions, socketPath } from '../../src/chat/terminal/socket.ts';
import type { Driver } from '../../src/chat/terminal/wire.ts';
import type { RunView } from '../../src/services/runs/index.ts';
import { ownStore } from '../../src/store/owner.ts';
import { type OpenAIServer, startOpenAI, testKey } from '../support/openai.ts';
import { researcher } from '../support/openai-answer.ts';
import { type Installation, install, type Running } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';
import { readText } from '../support/tree.ts';

// Rule Q4, with real processes: who owns the store works, the others go through it.
let site: Site;
let openai: OpenAIServer;
let here: Installation;
/** Calls that arrived and are not answered yet. */
let held: { n: number; answer(): void }[];
let arrived: () => void;

beforeEach(async () => {
  site = await startSite();
  held = [];
  arrived = () => {};
  openai = await startOpenAI({
    async answer(asked) {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.push({ n: asked.n, answer: resolve });
      arrived();
      await promise;
      return researcher(asked);
    },
  });
  here = await install({
    OPENAI_API_KEY: testKey,
    OPENAI_BASE_URL: openai.baseUrl,
    CREWSMITH_FETCH_ALLOW: site.host,
  });
});

afterEach(async () => {
  await here.remove();
  await openai.close();
  await site.close();
});

async function calls(count: number): Promise<void> {
  while (held.length < count) {
    const { promise, resolve } = Promise.withResolvers<void>();
    arrived = resolve;
    await promise;
  }
}

/** From now on every call is answered, those that wait first. */
function answerAll(): void {
  const push = held.push.bind(held);
  held.push = (...more) => {
    for (const one of more) one.answer();
    return push(...more);
  };
  for (const one of held) one.answer();
}

const research = (): Running => here.start(['research', site.host, '--approve', '--json']);

async function result(running: Running): Promise<{ exit: number | null; view: RunView; err: string }> {
  const { exit, out, err } = await running.ended;
  return { exit, view: JSON.parse(out) as RunView, err };
}

const attemptsOf = (view: RunView) => view.steps.flatMap((step) => step.attempts);

test('two terminals at once: the second works through the first, and each turn is sent once', async () => {
  const first = research();
  await calls(1);
  const second = research();
  await calls(2);
  answerAll();
  const [one, two] = await Promise.all([result(first), result(second)]);
  expect([one.exit, two.exit]).toEqual([0, 0]);
  expect(one.view.run).not.toBe(two.view.run);
  const attempts = [...attemptsOf(one.view), ...attemptsOf(two.view)];
  expect(attempts.map((a) => a.outcome)).toEqual(attempts.map(() => 'settled'));
  expect(openai.calls).toHaveLength(attempts.length);
  expect((await here.run(['verify'])).exit).toBe(0);
});

test('start beside a working terminal waits, says so, and takes over when that is done', async () => {
  const terminal = research();
  await calls(1);
  const start = here.start(['start']);
  await start.says('A terminal works on this data now.');
  answerAll();
  const { exit, view } = await result(terminal);
  expect([exit, view.status]).toEqual([0, 'completed']);
  await start.says('Working on every run here');
  expect(openai.calls).toHaveLength(attemptsOf(view).length);
  start.child.kill('SIGTERM');
  expect((await start.ended).exit).toBe(0);
});

test('a terminal that is killed midway: start carries its run on, and the lost call counts at most', async () => {
  const terminal = research();
  await calls(1);
  terminal.child.kill('SIGKILL');
  await terminal.ended;
  const listed = JSON.parse((await here.run(['runs', '--json'])).out) as { runs: { run: string }[] };
  const run = listed.runs[0]?.run ?? '';
  const start = here.start(['start', '--approve', '--once']);
  answerAll();
  expect((await start.ended).exit).toBe(0);
  const view = JSON.parse((await here.run(['runs', run, '--json'])).out) as RunView;
  expect(view.status).toBe('completed');
  expect(attemptsOf(view).filter((a) => a.outcome === 'uncertain')).toHaveLength(1);
  expect(view.uncertainNano).toBeGreaterThan(0);
});

test('the owner is killed while another terminal works through it: that one says so and ends with 1', async () => {
  const start = here.start(['start']);
  await start.says('Working on every run here');
  const terminal = research();
  await calls(1);
  start.child.kill('SIGKILL');
  const { exit, out, err } = await terminal.ended;
  expect(exit).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'session.lost' } });
  expect(err).toContain('npm start');
});

test('Ctrl-C in a terminal that works through start only ends the watching', async () => {
  const start = here.start(['start']);
  await start.says('Working on every run here');
  const terminal = here.start(['research', site.host]);
  await calls(1);
  terminal.child.kill('SIGINT');
  const { exit, err } = await terminal.ended;
  expect(exit).toBe(130);
  expect(err).toContain('the run goes on');
  answerAll();
  start.child.kill('SIGTERM');
  await start.ended;
});

test('Ctrl-C in the terminal that owns the store stops its run, and retry completes it without paying twice', async () => {
  const terminal = here.start(['research', site.host, '--approve']);
  await calls(1);
  held[0]?.answer();
  await calls(2);
  terminal.child.kill('SIGINT');
  const { exit, err } = await terminal.ended;
  expect(exit).toBe(130);
  const run = /retry (run_\w+)/.exec(err)?.[1] ?? '';
  answerAll();
  const { exit: retried, view } = await result(here.start(['retry', run, '--approve', '--json']));
  expect([retried, view.status]).toEqual([0, 'completed']);
  expect(
    attemptsOf(view)
      .map((a) => a.outcome)
      .filter((o) => o !== 'settled'),
  ).toEqual(['uncertain']);
});

test('keys add through the owner: the secret comes from standard input and stands in no output', async () => {
  const start = here.start(['start']);
  await start.says('Working on every run here');
  const secret = 'test-key-of-openai-planted-4711';
  openai.accept(secret);
  const added = await here.run(['keys', 'add', 'openai', '--label', 'second', '--json'], `${secret}\n`);
  expect(added.exit).toBe(0);
  expect(JSON.parse(added.out)).toMatchObject({ label: 'second', health: 'healthy' });
  const refused = await here.run(['keys', 'add', 'openai'], `${secret}-wrong\n`);
  expect(refused.exit).toBe(5);
  start.child.kill('SIGTERM');
  const { out, err } = await start.ended;
  expect([added.out, added.err, refused.out, refused.err, out, err].join()).not.toContain('planted');
});

/** A run that waits at its gate, and this process as the owner who leaves while another terminal works on it. */
async function ownerLeaves(driver: Driver): Promise<{ run: string; terminal: Running }> {
  answerAll();
  const asked = await here.run(['research', site.host, '--json']);
  expect(asked.exit).toBe(3);
  const { run } = JSON.parse(asked.out) as RunView;
  const owner = ownStore({ home: here.home });
  if (!owner.owned) throw new Error('somebody else owns it');
  const { promise, resolve } = Promise.withResolvers<void>();
  const server = await serveSessions({
    path: socketPath(here.home),
    driver,
    serve() {
      resolve();
      return Promise.resolve({ left: run });
    },
  });
  const terminal = research();
  await promise;
  await server.close();
  owner.release();
  return { run, terminal };
}

test('a terminal that leaves hands its gate on to the one that worked through it', async () => {
  const { run, terminal } = await ownerLeaves('terminal');
  const { exit, view } = await result(terminal);
  expect([exit, view.run, view.status]).toEqual([0, run, 'completed']);
});

test('start that is stopped hands nothing on: its runs go on when it starts again', async () => {
  const { terminal } = await ownerLeaves('start');
  const { exit, out } = await terminal.ended;
  expect(exit).toBe(3);
  expect(JSON.parse(out)).toMatchObject({ error: { code: 'session.left' } });
});

test('a crew that whoever works on the store was started without: it is said what to do, and nothing is started', async () => {
  const folder = join(here.home, 'own');
  await mkdir(folder);
  const [, crew = ''] = /```yaml\n([\s\S]*?)```/.exec(readText('docs/first-crew.md')) ?? [];
  await writeFile(join(folder, 'welcome.yaml'), crew);
  const start = here.start(['start']);
  await start.says('Working on every run here');
  const knowing = await install({ CREWSMITH_HOME: here.home, CREWSMITH_CREWS: folder });
  try {
    for (const words of [
      ['welcome', 'Kim'],
      ['run', 'welcome', 'Kim'],
    ]) {
      const { exit, err } = await knowing.run(words);
      expect(exit).toBe(2);
      expect(err).toContain('was started without the crew "welcome"');
      expect(err).toContain('start it again with the same CREWSMITH_CREWS');
    }
    expect((await knowing.run(['welcom', 'Kim'])).err).toContain('Did you mean "welcome"?');
    expect(JSON.parse((await here.run(['runs', '--json'])).out)).toMatchObject({ runs: [] });
  } finally {
    await knowing.remove();
  }
});
