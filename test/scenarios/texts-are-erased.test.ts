import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import type { Rooms } from '../../src/chat/rooms.ts';
import { createWebSurface } from '../../src/chat/web/surface.ts';
import { ProviderFailure } from '../../src/providers/port.ts';
import { createRetention, type Retention } from '../../src/services/retention.ts';
import { createRooms } from '../../src/services/rooms.ts';
import { noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { refuses } from '../support/recorder.ts';
import { type Answer, createScripted } from '../support/scripted.ts';

const dayMs = 86_400_000;
const channel = { id: '', native: 'demo' };

let house: House;
let rooms: Rooms;
let retention: Retention;
let warned: string[];
afterEach(() => house.end());

/** A house whose channel is one of the page, where messages are rows too, and that keeps texts for 90 days. */
async function open(answer: (call: number) => Answer = plan) {
  const provider = createScripted((_, call) => answer(call));
  const web = createWebSurface(async () => rooms);
  house = await openHouse({ providers: [provider], materials: { surfaces: new Map([['web', web]]) } });
  const { services, store, clock } = house;
  rooms = createRooms({ store, clock, ids: services.ids, workspace: services.home.workspace });
  warned = [];
  retention = createRetention(parts());
  channel.id = (await rooms.addChannel('demo')).id;
}

const plan = (call: number): Answer => ({ json: { text: `a secret plan, part ${call}` } });

const parts = () => ({
  store: house.store,
  clock: house.clock,
  days: 90,
  log: { warn: (_: object, says: string) => void warned.push(says) },
});

const here = () => ({ channel: channel.id, member: house.services.home.member });

/** The run's card in the channel. */
async function parent(): Promise<string> {
  const { messages } = await rooms.page(here().member, { channel: channel.id, thread: null, before: null });
  return messages.find(({ content }) => content.kind === 'card')?.id ?? '';
}

/** Somebody types it on the page: the words are a message, then a request, then a run. */
async function ask(topic: string, dedupe: string): Promise<string> {
  await rooms.say({ ...here(), thread: null, text: `/crew note ${topic}`, dedupe: `said:${dedupe}` });
  return await house.ask(noteCrew, { topic }, { surface: 'web', channel, dedupe });
}

/** Every row of every table of the file. */
function everything(): string {
  const file = new Database(house.file.file, { readonly: true });
  const tables = file.prepare("select name from sqlite_master where type = 'table'").pluck().all();
  const rows = tables.map((name) => [name, file.prepare(`select * from "${name}"`).all()]);
  file.close();
  return JSON.stringify(rows);
}

/** Whole days, and a little. */
const wait = (days: number) => house.pass(days * dayMs + 1_000);

test('ninety days after a run has ended its texts are gone, and what it cost and who decided stays (rule Q7)', async () => {
  await open();
  const run = await ask('the merger', 'a');
  await rooms.say({ ...here(), thread: await parent(), text: 'the merger? really?', dedupe: 'b' });
  await house.decide(run, { do: 'changes', comment: 'no word of the merger' });
  await house.decide(run, 'approve');
  const before = await house.view(run);
  expect(before.status).toBe('completed');
  for (const words of ['the merger', 'a secret plan']) expect(everything()).toContain(words);

  await wait(89);
  expect(await retention.sweep()).toBe(0);
  expect(everything()).toContain('a secret plan');

  await wait(1);
  expect(await retention.sweep()).toBe(1);
  expect(await retention.sweep()).toBe(0);
  const left = everything();
  expect(left).not.toContain('a secret plan');
  expect(left.replace(/"comment":"no word of the merger"/, '')).not.toContain('merger');

  const after = await house.view(run);
  expect(after).toMatchObject({
    status: 'completed',
    input: {},
    costNano: before.costNano,
    erasedAt: house.clock.now(),
  });
  expect(after.steps.map((step) => [step.id, step.status, step.output])).toEqual(
    before.steps.map((step) => [step.id, step.status, null]),
  );
  expect(after.steps.map((step) => step.attempts)).toEqual(before.steps.map((step) => step.attempts));
  expect(await house.rows('decisions')).toMatchObject([{ decision: 'changes' }, { decision: 'approve' }]);
  expect((await house.rows('documents')).map(({ sha256 }) => sha256)).toEqual([
    expect.stringMatching(/^[0-9a-f]{64}$/),
    expect.stringMatching(/^[0-9a-f]{64}$/),
  ]);
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
});

test('the page says of an erased run that it is, and keeps nothing that was said about it', async () => {
  await open();
  const run = await ask('the merger', 'a');
  await house.decide(run, 'approve');
  await wait(90);
  await retention.sweep();
  const { messages } = await rooms.page(house.services.home.member, {
    channel: channel.id,
    thread: null,
    before: null,
  });
  expect(
    messages.map(({ content }) => (content.kind === 'said' ? content.text : content.card.title)),
  ).toEqual(['(erased)', 'Erased', 'Erased']);
});

test('a run that waits keeps its texts however old it is; one that goes on again before its day does too', async () => {
  await open();
  const failed = await ask('the merger', 'a');
  await house.decide(failed, 'reject');
  const waiting = await ask('the launch', 'b');
  await wait(1);
  await house.retry(failed, true);
  expect((await house.view(failed)).status).toBe('waiting');
  await wait(1);
  const short = createRetention({ ...parts(), days: 1 });
  expect(await short.sweep()).toBe(0);
  for (const run of [failed, waiting]) expect((await house.view(run)).input).not.toEqual({});
});

test('an erased run cannot be retried: whoever asks hears why, and nothing is called', async () => {
  await open();
  const run = await ask('the merger', 'a');
  await house.decide(run, 'reject');
  await wait(90);
  await retention.sweep();
  await expect(house.retry(run)).rejects.toMatchObject({ code: 'run.erased' });
  expect((await house.view(run)).status).toBe('rejected');
});

test('it looks by itself once an hour, goes on after a failure, and stops when it is told to', async () => {
  await open();
  const run = await ask('the merger', 'a');
  await house.decide(run, 'approve');
  await wait(89);
  let broken = true;
  let looks = 0;
  const store = {
    ...house.store,
    read(...asked: Parameters<House['store']['read']>) {
      looks++;
      return broken ? Promise.reject(new Error('the disk is full')) : house.store.read(...asked);
    },
  } as House['store'];
  const own = createRetention({ ...parts(), store });
  own.start();
  await house.pass(dayMs);
  expect(warned).toContain('old texts could not be erased; this is tried again in an hour');
  expect((await house.view(run)).erasedAt).toBeUndefined();
  broken = false;
  await house.pass(3_600_000);
  expect((await house.view(run)).erasedAt).toBeDefined();
  await own.stop();
  const before = looks;
  await house.pass(dayMs);
  expect(looks).toBe(before);
});

test('why a run failed is told in words that repeat what was asked: they go, and what kind of failure it was stays', async () => {
  await open(() => ({
    fail: new ProviderFailure('bad-request', 'The provider does not answer about the merger.', {
      money: 'none',
    }),
    usage: null,
  }));
  const run = await ask('the merger', 'a');
  const before = await house.view(run);
  expect(before).toMatchObject({
    status: 'failed',
    failure: { says: expect.stringContaining('the merger') },
  });
  await wait(90);
  expect(await retention.sweep()).toBe(1);
  expect(everything()).not.toContain('merger');
  const after = await house.view(run);
  expect(after.failure).toEqual({ ...before.failure, says: '(erased)' });
  expect(after.steps.map(({ attempts }) => attempts)).toEqual(before.steps.map(({ attempts }) => attempts));
});

test('a channel that lets us in after the words were erased is told of the run once, and gets nothing in the place of the rest', async () => {
  house = await openHouse({ providers: [createScripted((_, call) => plan(call))] });
  const { services, recorder } = house;
  const refuse = refuses({ again: false, outside: true });
  let isIn = false;
  for (let nth = 0; nth < 20; nth++)
    recorder.next('post', async (arrive) => (isIn ? arrive() : await refuse()));
  const run = await house.ask(noteCrew, { topic: 'the merger' });
  await house.pass(1_000);
  await house.stop(run);
  await house.pass(1_000);
  expect(house.messages(run)).toEqual([]);
  const waiting = (await house.rows('outbox')).filter(
    ({ run_id, kind }) => run_id === run && kind === 'post',
  );
  expect(waiting.length).toBeGreaterThan(1);
  const short = createRetention({ ...parts(), days: 1 });
  await wait(1);
  expect(await short.sweep()).toBe(1);
  isIn = true;
  await house.store.transact((tx) =>
    services.engine.outbox.letIn(tx, services.home.workspace, 'terminal', null),
  );
  await house.pass(5_000);
  expect(house.messages(run).map(({ card }) => card.title)).toEqual(['Note']);
});

test('private answers that were sent long ago are kept as sent, without what they said; half-filled forms go', async () => {
  house = await openHouse({ providers: [], keys: [] });
  retention = createRetention(parts());
  const { services, store } = house;
  const card = {
    v: 1,
    title: 'The merger',
    tone: 'neutral',
    status: '',
    body: [],
    actions: [],
    foot: '',
  } as const;
  await store.transact((tx) =>
    services.engine.outbox.put(tx, {
      ...{ workspace: services.home.workspace, surface: 'terminal', run: null, order: 0, kind: 'post', card },
      ...{ message: 'answer:1', dedupe: 'request_1:answer:1', place: { channel: '@ana', thread: null } },
    }),
  );
  await services.memory.keep({ filling: { typed: { topic: 'The launch' } } }, 1);
  await house.rest();
  await house.pass(1_000);
  for (const words of ['The merger', 'The launch']) expect(everything()).toContain(words);
  await wait(90);
  await retention.sweep();
  for (const words of ['The merger', 'The launch']) expect(everything()).not.toContain(words);
  expect(await house.rows('outbox')).toMatchObject([{ state: 'sent', payload: null }]);
});
