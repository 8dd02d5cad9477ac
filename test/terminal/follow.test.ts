import { afterEach, expect, test } from 'vitest';
import { createTerminalSurface } from '../../src/chat/terminal/surface.ts';
import type { End } from '../../src/chat/terminal/wire.ts';
import { type FollowOptions, follow } from '../../src/cli/follow.ts';
import type { Watched } from '../../src/cli/house.ts';
import { CrewsmithError } from '../../src/errors.ts';
import { createDrafts } from '../../src/services/drafts.ts';
import { createRuns } from '../../src/services/runs/load.ts';
import { createFakeTerminal, type FakeTerminal } from '../support/fake-terminal.ts';
import { crewOf, type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted } from '../support/scripted.ts';

const crew = crewOf(`
name: note
summary: A short note, approved, then shared.
input:
  topic: { type: text, label: Topic }
agents:
  writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - approve: { gate: { shows: draft.text } }
  - publish: { deliver: channel, approved: approve }
`);

let house: House;
afterEach(() => house.end());

const words = (_: unknown, call: number): Answer => ({ json: { text: `words ${call}` } });

async function open(answer: Parameters<typeof createScripted>[0] = words) {
  const terminal = createTerminalSurface();
  const surfaces = new Map([['terminal' as const, terminal]]);
  const provider = createScripted(answer);
  house = await openHouse({ providers: [provider], materials: { surfaces } });
  const { services, store, clock } = house;
  const { home } = services;
  const leaving = new AbortController();
  const watched: Watched = {
    clock,
    workspace: home.workspace,
    runs: services.runs,
    gates: services.gates,
    drafts: createDrafts({ store, runs: createRuns({ clock }) }),
    local: { member: home.member, channel: { id: home.channel, native: 'terminal' } },
    driver: 'terminal',
    terminal,
    carryOn: () => Promise.resolve(),
    leaving: leaving.signal,
  };
  return { watched, leaving, provider };
}

async function stop(run: string): Promise<void> {
  await house.services.runs.stop(house.services.home.workspace, run);
  await house.rest();
}

/** Lets everything happen, and time pass where it is waited for, until the watching ends. */
async function ended(
  watched: Watched,
  io: FakeTerminal,
  options: Partial<FollowOptions> = {},
  topic = 'tea',
): Promise<{ end: End; run: string }> {
  const run = await house.ask(crew, { topic });
  const following = follow(watched, run, { decision: null, json: false, ...options }, io);
  let end: End | undefined;
  following.then(
    (e) => {
      end = e;
    },
    () => {},
  );
  for (let i = 0; i < 200 && end === undefined; i++) await house.pass(500);
  return { end: end ?? (await following), run };
}

test('with --approve a run completes, its document goes to standard output and its steps beside it', async () => {
  const { watched } = await open();
  const io = createFakeTerminal();
  const { end } = await ended(watched, io, { decision: 'approve' });
  expect(end).toEqual({ exit: 0 });
  expect(io.written.out).toBe('# Note: tea\n\nwords 1\n');
  expect(io.written.err).toContain('completed');
  expect(io.written.err).toContain('$0.0030 · 1 call');
});

test('with --json standard output holds one object, the run as it ended', async () => {
  const { watched } = await open();
  const io = createFakeTerminal();
  const { run } = await ended(watched, io, { decision: 'approve', json: true });
  expect(io.written.out.endsWith('\n')).toBe(true);
  expect(JSON.parse(io.written.out)).toEqual(JSON.parse(JSON.stringify(await house.view(run))));
  expect(JSON.parse(io.written.out)).toMatchObject({
    crew: 'note',
    input: { topic: 'tea' },
    status: 'completed',
  });
});

test('without a person to ask a gate ends the watching with 3, the draft and the ways to decide', async () => {
  const { watched } = await open();
  const io = createFakeTerminal();
  const { end, run } = await ended(watched, io, { json: true });
  expect(end).toEqual({ exit: 3 });
  expect(JSON.parse(io.written.out)).toMatchObject({
    status: 'waiting',
    waiting: { for: 'approval', draft: 1 },
  });
  expect(io.written.err).toContain('words 1');
  expect(io.written.err).toContain(`npm run crew -- decide ${run} approve`);
  expect(io.asked).toEqual([]);
});

test('a person who asks for changes sees the next draft and approves that one', async () => {
  const { watched, provider } = await open();
  const io = createFakeTerminal(['nonsense', 'c', 'shorter, please', 'a']);
  expect((await ended(watched, io)).end).toEqual({ exit: 0 });
  expect(JSON.stringify(provider.requests.at(-1)?.conversation)).toContain('shorter, please');
  expect(io.written.out).toBe('# Note: tea\n\nwords 2\n');
  expect(io.asked).toHaveLength(4);
});

test('a person who edits approves what they saved', async () => {
  const { watched } = await open();
  const io = createFakeTerminal(['e', '7', '1', 'my own words', '', 'y']);
  expect((await ended(watched, io)).end).toEqual({ exit: 0 });
  expect(io.written.out).toBe('# Note: tea\n\nmy own words\n');
});

test('an edit that is not saved leaves the draft as it was', async () => {
  const { watched } = await open();
  const io = createFakeTerminal(['e', '1', 'my own words', '', 'n', 'a']);
  await ended(watched, io);
  expect(io.written.out).toBe('# Note: tea\n\nwords 1\n');
});

test('a rejected run ends with 4 and publishes nothing', async () => {
  const { watched } = await open();
  const io = createFakeTerminal(['r']);
  expect((await ended(watched, io)).end).toEqual({ exit: 4 });
  expect(io.written.out).toBe('');
});

test('later leaves the run waiting', async () => {
  const { watched } = await open();
  const io = createFakeTerminal(['l']);
  const { end, run } = await ended(watched, io);
  expect(end).toEqual({ exit: 3 });
  expect((await house.view(run)).status).toBe('waiting');
});

test('a failed run ends with 1, the reason and the way to go on', async () => {
  const { watched } = await open(() => ({ text: 'not what was asked' }));
  const io = createFakeTerminal();
  const { end, run } = await ended(watched, io);
  expect(end).toEqual({ exit: 1 });
  expect(io.written.err).toContain(`npm run crew -- retry ${run}`);
  const { says = 'no sentence' } = (await house.view(run)).failure ?? {};
  expect(io.written.err.replaceAll(/\s+/g, ' ').split(says)).toHaveLength(2);
});

test('a decision that is refused to the asker ends with 3 and the sentence', async () => {
  const { watched } = await open();
  const says = 'Bo decides here. You asked for this run; you may request changes.';
  const gates = { decide: () => Promise.reject(new CrewsmithError('gate.forbidden', { says })) };
  const io = createFakeTerminal();
  expect((await ended({ ...watched, gates }, io, { decision: 'approve' })).end).toEqual({ exit: 3 });
  expect(io.written.err).toContain(says);
});

test('a run that waits for a key ends with 3 and says how to add one', async () => {
  const { watched } = await open();
  const { keys, home } = house.services;
  await keys.revoke({ workspace: home.workspace, actor: home.member, words: 'openai', all: true });
  const io = createFakeTerminal();
  const { end, run } = await ended(watched, io);
  expect(end).toEqual({ exit: 3 });
  expect((await house.view(run)).waiting?.for).toBe('key');
  expect(io.written.err).toContain('npm run crew -- keys add openai');
});

test('Ctrl-C stops the run, books its call and says how to go on', async () => {
  const { watched } = await open(() => ({ hold: new Promise<never>(() => {}) }));
  const io = createFakeTerminal();
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow(watched, run, { decision: null, json: true }, io);
  await house.rest();
  io.interrupt();
  await house.pass(2_000);
  expect(await following).toEqual({ exit: 130 });
  expect(JSON.parse(io.written.out)).toMatchObject({ status: 'canceled' });
  expect((await house.view(run)).uncertainNano).toBeGreaterThan(0);
  expect(io.written.err).toContain(`npm run crew -- retry ${run}`);
});

test('Ctrl-C only ends the watching of a run that start drives', async () => {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { watched } = await open(() => ({ hold: promise }));
  const io = createFakeTerminal();
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow({ ...watched, driver: 'start' }, run, { decision: null, json: false }, io);
  await house.rest();
  io.interrupt();
  await house.rest();
  expect(await following).toEqual({ exit: 130 });
  resolve({ json: { text: 'words' } });
  await house.rest();
  expect((await house.view(run)).waiting?.for).toBe('approval');
});

test('a decision made elsewhere takes the question back', async () => {
  const { watched } = await open();
  const io = createFakeTerminal([], { interactive: true });
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow(watched, run, { decision: null, json: false }, io);
  await house.pass(30_000);
  expect(io.asked).toHaveLength(1);
  expect(io.written.err).not.toContain('no news');
  await house.decide(run, 'approve');
  await house.pass(2_000);
  expect(await following).toEqual({ exit: 0 });
});

test('a store that cannot be read while somebody is asked ends the watching with what is wrong', async () => {
  const { watched } = await open();
  let isLost = false;
  const lost = new CrewsmithError('store.io', { place: 'here', why: 'the disk is gone' });
  const runs: Watched['runs'] = {
    ...watched.runs,
    view: (...of) => (isLost ? Promise.reject(lost) : watched.runs.view(...of)),
  };
  const io = createFakeTerminal([], { interactive: true });
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow({ ...watched, runs }, run, { decision: null, json: false }, io);
  const failed = following.then(
    () => null,
    (error: unknown) => error,
  );
  await house.pass(30_000);
  expect(io.asked).toHaveLength(1);
  isLost = true;
  await house.decide(run, 'approve');
  await house.pass(2_000);
  expect(await Promise.race([failed, Promise.resolve('still asking')])).toBe(lost);
});

test('a process that leaves hands on a run at its gate, not one that works', async () => {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const { watched, leaving } = await open(() => ({ hold: promise }));
  const io = createFakeTerminal([], { interactive: true });
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow(watched, run, { decision: null, json: false }, io);
  await house.rest();
  leaving.abort();
  await house.rest();
  resolve({ json: { text: 'words' } });
  await house.pass(2_000);
  expect(await following).toEqual({ left: run });
  expect(io.asked).toEqual([]);
});

test('a terminal that is gone ends the watching and leaves the run alone', async () => {
  const { watched } = await open(() => ({ hold: new Promise<never>(() => {}) }));
  const io = createFakeTerminal();
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow(watched, run, { decision: null, json: false }, io);
  await house.rest();
  io.leave();
  await house.rest();
  expect(await following).toEqual({ exit: 3 });
  expect((await house.view(run)).status).toBe('running');
  await stop(run);
});

test('a run that its own limit holds up says how that is raised, which no budget would do', async () => {
  const { watched } = await open(() => ({ text: 'good' }));
  const io = createFakeTerminal();
  const run = await house.ask(crew, { topic: 'tea' }, { maxNano: 1n });
  const following = follow(watched, run, { decision: null, json: false }, io);
  await house.pass(80_000);
  expect(await following).toEqual({ exit: 3 });
  expect(io.written.err).toContain('It goes on once its own limit allows it:');
  expect(io.written.err).toContain(`npm run crew -- budget raise 5 ${run}`);
});

test('while nothing comes, it says for how long', async () => {
  const { watched } = await open(() => ({ hold: new Promise<never>(() => {}) }));
  const io = createFakeTerminal();
  const run = await house.ask(crew, { topic: 'tea' });
  const following = follow(watched, run, { decision: null, json: false }, io);
  await house.pass(20_500);
  expect(io.written.err).toContain('call 1 · no answer for 20 s, still waiting');
  expect(io.written.err).not.toContain('no news');
  io.leave();
  await house.rest();
  await following;
  await stop(run);
});
