import { afterEach, describe, expect, test } from 'vitest';
import { crewOf } from '../support/crew-text.ts';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { createFetchTool } from '../support/fetch-tool.ts';
import { type House, type HouseOptions, openHouse } from '../support/house.ts';
import {
  type Answer,
  createInTurn,
  hangs,
  lastSaid,
  paid,
  refuses,
  type ScriptedProvider,
} from '../support/scripted.ts';

const site = 'https://acme.com/';
const study = crewOf(`
name: study
summary: Reads a site.
input: { site: { type: url, label: Site, example: "https://acme.com/" } }
agents:
  reader: { model: smart, tools: [web.fetch], instructions: Read., limits: { turns: 3, input: 20000, output: 500 } }
steps:
  - gather: { agent: reader, read: "{{ input.site }}", prompt: "Read {{ input.site }}" }
`);

let house: House;
let provider: ScriptedProvider;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

async function begin(answers: readonly Answer[], more: Partial<HouseOptions> = {}) {
  provider = createInTurn(...answers);
  house = await openHouse({ providers: [provider], ...more });
}

async function killAndStart() {
  house = await openHouse(await house.crash());
  await house.rest();
}

const messageIds = () => house.recorder.messages().map((seen) => seen.dedupe);

describe('killed and started again', () => {
  test('during a call: the paid turn is not repeated, the lost one is uncertain at its hold and made again (rules M5, R1)', async () => {
    await begin([{ json: { text: 'one' } }, hangs, { json: { text: 'two' } }]);
    await house.setBudget(1_000_000_000n);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { workspace } = house.services.home;
    const [{ heldNano: hold } = { heldNano: 0 }] = await house.budgets.show(workspace);
    expect(hold).toBeGreaterThan(0);

    await killAndStart();
    expect(await house.view(run)).toMatchObject({
      status: 'waiting',
      waiting: { for: 'approval' },
      costNano: 2 * paid,
      uncertainNano: hold,
    });
    expect(await house.outcomes(run)).toEqual(['settled', 'uncertain', 'settled']);
    expect(provider.requests).toHaveLength(3);
    expect((await house.budgets.show(workspace))[0]).toMatchObject({
      heldNano: 0,
      spentNano: 2 * paid + hold,
    });
    expect(house.thread(run)).toContainEqual(
      expect.stringMatching(
        /The process ended during the call; its answer is lost\. .* the provider may bill both\. It is asked again now\.$/,
      ),
    );
    const owners = new Set((await house.rows('attempts')).map((a) => a.owner));
    expect(owners.size).toBe(2);
  });

  test('three times during the same call: it is given up, and a retry begins to count anew', async () => {
    await begin([hangs]);
    const run = await house.ask(lineCrew, { topic: 'tea' });
    for (let i = 0; i < 3; i++) await killAndStart();
    expect(await house.view(run)).toMatchObject({
      status: 'failed',
      failure: { code: 'provider.lost', reason: 'network' },
    });
    expect(provider.requests).toHaveLength(3);
  });

  test('while it waits at a gate: the decision is taken afterwards, and each card stands once', async () => {
    await begin([{ json: { text: 'good' } }]);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await killAndStart();
    expect(await house.view(run)).toMatchObject({
      status: 'waiting',
      waiting: { for: 'approval', draft: 1 },
    });
    await house.decide(run, 'approve');
    expect((await house.view(run)).status).toBe('completed');
    expect(new Set(messageIds()).size).toBe(messageIds().length);
    expect(provider.requests).toHaveLength(2);
  });

  test('right after a press: the decision stands and the delivery goes out once', async () => {
    await begin([{ json: { text: 'good' } }]);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { waiting } = await house.view(run);
    const { home, gates } = house.services;
    await gates.decide({
      workspace: home.workspace,
      gate: waiting?.gate ?? '',
      draft: 1,
      member: home.member,
      surface: 'terminal',
      decision: { do: 'approve' },
    });
    await killAndStart();
    await house.pass(10_000);
    expect((await house.view(run)).status).toBe('completed');
    expect(messageIds().filter((id) => id.includes('delivery'))).toHaveLength(1);
  });

  test('while it waits out a rate limit: it waits on', async () => {
    await begin([refuses('rate-limited', 429, 30_000), { text: 'good' }]);
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await house.pass(10_000);
    await killAndStart();
    await house.pass(19_900);
    expect(provider.requests).toHaveLength(1);
    await house.pass(1_000);
    expect((await house.view(run)).status).toBe('completed');
  });

  test('while tools run: they run again, and nothing that was paid', async () => {
    const tool = createFetchTool({
      [site]: { text: 'Acme sells anvils.' },
      [`${site}a`]: { text: 'More of it.' },
    });
    const slow = Promise.withResolvers<Answer>();
    await begin([{ hold: slow.promise }, { text: 'good' }], { tools: [tool] });
    const run = await house.ask(study, { site });
    tool.until = new Promise(() => {});
    slow.resolve({ calls: [{ tool: 'web.fetch', arguments: { url: `${site}a` } }] });
    await house.rest();
    expect(tool.asked).toEqual([site, `${site}a`]);
    tool.until = Promise.resolve();
    await killAndStart();
    expect(tool.asked).toEqual([site, `${site}a`, `${site}a`]);
    expect(await house.view(run)).toMatchObject({
      status: 'completed',
      costNano: 2 * paid,
      uncertainNano: 0,
    });
    expect(await house.outcomes(run)).toEqual(['settled', 'settled']);
  });

  test('during the turn after tools: what the tools gave is in the repeated call, word for word', async () => {
    const tool = createFetchTool({
      [site]: { text: 'Acme sells anvils.' },
      [`${site}a`]: { text: 'More of it.' },
    });
    const asks: Answer = { calls: [{ tool: 'web.fetch', arguments: { url: `${site}a` } }] };
    await begin([asks, hangs, { text: 'good' }], { tools: [tool] });
    const run = await house.ask(study, { site });
    await killAndStart();
    expect((await house.view(run)).status).toBe('completed');
    expect(tool.asked).toEqual([site, `${site}a`]);
    expect(lastSaid(provider.requests[2])).toBe(lastSaid(provider.requests[1]));
    expect(lastSaid(provider.requests[2])).toContain('More of it.');
    expect(await house.outcomes(run)).toEqual(['settled', 'uncertain', 'settled']);
  });

  test('with the clock set back: turns keep their order, and the run goes on (rule Q2)', async () => {
    await begin([{ text: 'no JSON' }, hangs, { json: { text: 'two' } }, { json: { text: 'three' } }]);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    house.clock.step(-3_600_000);
    await killAndStart();
    expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'approval' } });
    expect(await house.outcomes(run)).toEqual(
      expect.arrayContaining(['bad-output', 'uncertain', 'settled', 'settled']),
    );
    house.clock.step(7_200_000);
    await killAndStart();
    await house.decide(run, 'approve');
    expect((await house.view(run)).status).toBe('completed');
  });

  test('with the clock set back: a budget below what was spent by then is no fault of the books (rules Q2, M12)', async () => {
    await begin([hangs, { text: 'good' }]);
    await house.ask(lineCrew, { topic: 'tea' });
    house.clock.step(-3_600_000);
    await killAndStart();
    await house.setBudget(1n);
    expect((await house.verify()).checks.filter((c) => !c.ok)).toEqual([]);
    house.clock.step(7_200_000);
    await killAndStart();
    expect((await house.verify()).ok).toBe(true);
  });

  test('while others’ holds keep a call from going: it waits on, and goes when there is room', async () => {
    await begin([hangs, { text: 'good' }]);
    const holder = await house.ask(lineCrew, { topic: 'tea' });
    const hold = (await house.rows('attempts'))[0]?.hold_nano ?? 0;
    await house.setBudget(BigInt(Math.floor(hold * 1.5)));
    const waits = await house.ask(lineCrew, { topic: 'six' });
    expect((await house.view(waits)).waiting?.for).toBe('budget');
    await killAndStart();
    // What was lost is spent: neither fits any more, and people must act.
    expect((await house.view(waits)).waiting?.for).toBe('budget');
    const { home } = house.services;
    await house.budgets.raise({ workspace: home.workspace, nano: 100_000_000n, actor: home.member });
    await house.pass(2_000);
    expect((await house.view(waits)).status).toBe('completed');
    expect((await house.view(holder)).status).toBe('completed');
  });
});

describe('stopped in order and started again', () => {
  test('a call in flight is booked at most, nothing new is called, and the next start goes on', async () => {
    await begin([hangs, { text: 'good' }]);
    const run = await house.ask(lineCrew, { topic: 'tea' });
    const { engine } = house.services;
    const stopped = engine.stop();
    await house.clock.settle();
    await stopped;
    expect(provider.requests).toHaveLength(1);
    expect(await house.view(run)).toMatchObject({ status: 'running' });
    expect(await house.outcomes(run)).toEqual(['uncertain']);
    await killAndStart();
    expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
  });
});

test('a terminal carries on its own run only; others wait for start, and stand in nobody’s way (rule Q4)', async () => {
  await begin([hangs, hangs, { text: 'good' }]);
  const other = await house.ask(lineCrew, { topic: 'tea' });
  const own = await house.ask(lineCrew, { topic: 'six' });
  const options = await house.crash();
  house = await openHouse({ ...options, only: own });
  await house.rest();
  expect((await house.view(own)).status).toBe('completed');
  expect(await house.view(other)).toMatchObject({ status: 'running' });
  expect((await house.view(other)).steps[0]?.attempts.map((a) => a.outcome)).toEqual(['uncertain']);
  await killAndStart();
  expect((await house.view(other)).status).toBe('completed');
});

test('a reply that comes after its call was given up corrects the cost and nothing else (rule M5)', async () => {
  const late = Promise.withResolvers<Answer>();
  await begin([{ hold: late.promise }, { text: 'from the second' }]);
  await house.setBudget(1_000_000_000n);
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(10);
  const { file, clock, recorder } = house;
  const first = house;
  // Another process takes the store over while the first still waits for its answer, as several do on PostgreSQL.
  house = await openHouse({ providers: [provider], file, clock, recorder });
  await house.rest();
  const { workspace } = house.services.home;
  const before = await house.view(run);
  expect(before).toMatchObject({ status: 'completed', costNano: paid });
  expect(before.uncertainNano).toBeGreaterThan(0);

  late.resolve({ text: 'from the first', usage: { inputTokens: 500, outputTokens: 50 } });
  await house.rest();
  const after = await house.view(run);
  const lateCost = 500 * 2_000 + 50 * 10_000;
  expect(after).toMatchObject({ status: 'completed', costNano: paid + lateCost, uncertainNano: 0 });
  expect(after.steps[0]).toMatchObject({ output: 'from the second' });
  expect(after.steps[0]?.attempts.map((a) => [a.outcome, a.inputTokens])).toEqual([
    ['uncertain', 500],
    ['settled', 1_000],
  ]);
  expect((await house.rows('entries')).map((e) => [e.kind, e.uncertain])).toEqual([
    ['charge', 1],
    ['charge', 0],
    ['adjustment', 1],
    ['adjustment', 0],
  ]);
  expect((await house.budgets.show(workspace))[0]).toMatchObject({ spentNano: paid + lateCost, heldNano: 0 });
  const stopped = first.services.engine.stop();
  await clock.settle();
  await stopped;
});
