import { afterEach, expect, test } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { crewOf } from '../support/crew-text.ts';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted, hangs, paid, refuses } from '../support/scripted.ts';

let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

test('runs of one channel do not hold each other up, whatever one of them waits for', async () => {
  const answers: Readonly<Record<string, Answer>> = {
    hangs,
    busy: refuses('rate-limited', 429, 50_000),
    good: { text: 'good' },
  };
  const provider = createScripted((request) => {
    const said = JSON.stringify(request.conversation);
    const topic = Object.keys(answers).find((name) => said.includes(`About ${name}`));
    return answers[topic ?? ''] ?? { json: { text: 'good' } };
  });
  house = await openHouse({ providers: [provider] });
  const hanging = await house.ask(lineCrew, { topic: 'hangs' });
  const busy = await house.ask(lineCrew, { topic: 'busy' });
  const gate = await house.ask(noteCrew, { topic: 'tea' });
  const capped = await house.ask(lineCrew, { topic: 'good' }, { maxNano: 1n });
  const quick = await Promise.all(Array.from({ length: 8 }, () => house.ask(lineCrew, { topic: 'good' })));

  for (const run of quick) expect((await house.view(run)).status).toBe('completed');
  expect((await house.view(hanging)).status).toBe('running');
  expect((await house.view(busy)).waiting?.for).toBe('rate-limit');
  expect((await house.view(gate)).waiting?.for).toBe('approval');
  expect((await house.view(capped)).waiting?.for).toBe('budget');

  // Deciding one leaves the others as they are.
  const other = await house.ask(noteCrew, { topic: 'milk' });
  await house.decide(gate, 'approve');
  expect((await house.view(gate)).status).toBe('completed');
  expect((await house.view(other)).waiting?.for).toBe('approval');
  await house.stop(hanging);
  expect((await house.view(hanging)).status).toBe('canceled');
});

test('each run speaks in its own thread', async () => {
  house = await openHouse({ providers: [createScripted(() => ({ json: { text: 'good' } }))] });
  const runs = await Promise.all([1, 2, 3].map((n) => house.ask(noteCrew, { topic: `topic ${n}` })));
  for (const run of runs) {
    const [parent, ...rest] = house.messages(run);
    expect(parent?.place.thread).toBeNull();
    expect(new Set(rest.map((seen) => seen.place.thread))).toEqual(new Set([parent?.address]));
  }
});

test('steps that do not rest on each other are called at the same time, and the run ends when both have', async () => {
  const crew = crewOf(`
name: wide
summary: Three at once.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - one: { agent: writer, prompt: "one {{ input.topic }}" }
  - two: { agent: writer, prompt: "two {{ input.topic }}" }
  - three: { agent: writer, prompt: "three {{ input.topic }}" }
  - sum: { agent: writer, prompt: "{{ steps.one }} {{ steps.two }} {{ steps.three }}" }
`);
  const answers: ((answer: Answer) => void)[] = [];
  const provider = createScripted(() => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    answers.push(resolve);
    return { hold: promise };
  });
  house = await openHouse({ providers: [provider] });
  const run = await house.ask(crew, { topic: 'tea' });
  expect(provider.open).toBe(3);
  // One fails for good: the others are settled, and nothing new is begun (rule R3).
  answers[0]?.(refuses('bad-request', 400));
  await house.rest();
  expect(await house.view(run)).toMatchObject({ status: 'running' });
  answers[1]?.({ text: 'two' });
  await house.rest();
  answers[2]?.({ text: 'three' });
  await house.rest();
  expect(await house.view(run)).toMatchObject({ status: 'failed', costNano: 2 * paid });
  expect(provider.requests).toHaveLength(3);

  await house.retry(run);
  expect(provider.requests).toHaveLength(4);
  answers[3]?.({ text: 'one' });
  await house.rest();
  answers[4]?.({ text: 'sum' });
  await house.rest();
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: 4 * paid });
});

const onDisk =
  (isFull: () => boolean) =>
  (store: Store): Store => ({
    ...store,
    transact: (work) =>
      store.transact((tx) => {
        if (isFull()) throw Object.assign(new Error('database or disk is full'), { code: 'SQLITE_FULL' });
        return work(tx);
      }),
  });

test('a reply that a full disk refuses is kept in memory and saved when there is room (rule R2)', async () => {
  let full = false;
  const { promise, resolve } = Promise.withResolvers<Answer>();
  const provider = createScripted(() => ({ hold: promise }));
  house = await openHouse({ providers: [provider], through: onDisk(() => full) });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  full = true;
  resolve({ text: 'worth keeping' });
  await house.pass(30_000);
  expect((await house.view(run)).steps[0]?.attempts.map((a) => a.outcome)).toEqual(['held']);
  full = false;
  await house.pass(60_000);
  expect(provider.requests).toHaveLength(1);
  expect(await house.view(run)).toMatchObject({
    status: 'completed',
    costNano: paid,
    uncertainNano: 0,
    steps: [{ output: 'worth keeping' }],
  });
  expect(house.warnings).toContain('what came of a call could not be saved and is saved again');
});

test('a run that is stopped while its reply waits for room is booked at once, and the reply kept', async () => {
  let full = false;
  house = await openHouse({
    providers: [
      createScripted(() => {
        full = true;
        return { text: 'worth keeping' };
      }),
    ],
    through: onDisk(() => full),
  });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(40_000);
  full = false;
  await house.stop(run);
  await house.clock.settle();
  expect(await house.view(run)).toMatchObject({ status: 'canceled', costNano: paid, uncertainNano: 0 });
  expect(await house.outcomes(run)).toEqual(['settled']);
});
