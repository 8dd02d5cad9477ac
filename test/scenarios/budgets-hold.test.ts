import { afterEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { crewOf } from '../support/crew-text.ts';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createInTurn, createScripted, hangs, paid } from '../support/scripted.ts';

const hour = 3_600_000;
let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

/** What one call of the line crew holds, as its first attempt shows. */
async function holdOf(run: string): Promise<number> {
  const attempt = (await house.rows('attempts')).find((a) => a.run_id === run);
  return attempt?.hold_nano ?? 0;
}

async function houseWith(...answers: readonly Answer[]) {
  const provider = createInTurn(...answers);
  house = await openHouse({ providers: [provider] });
  return provider;
}

const notes = (run: string, title: string) => house.thread(run).filter((text) => text.startsWith(title));
const workspace = () => house.services.home.workspace;
const raise = async (nano: bigint) => {
  await house.budgets.raise({ workspace: workspace(), nano, actor: house.services.home.member });
  await house.rest();
};

describe('a hard budget that leaves too little (rule M9)', () => {
  test('stops the run before the call, with a card that says what is missing; a raise lets it go on by itself', async () => {
    const provider = await houseWith({ text: 'good' });
    await house.setBudget(1_000n, 'week');
    const run = await house.ask(lineCrew, { topic: 'tea' });
    expect(provider.requests).toHaveLength(0);
    expect(await house.view(run)).toMatchObject({
      status: 'waiting',
      waiting: { for: 'budget', step: 'write', limit: 'budget' },
    });
    expect(house.thread(run)).toEqual([
      expect.stringMatching(
        /^Budget reached: Paused before step write: it may cost up to \$0\.\d+, and the workspace has <\$0\.0001 left \(limit \$0\.000001, resets Mon 23 Nov 0:00 UTC\)\./,
      ),
    ]);
    await house.pass(hour);
    expect(house.thread(run)).toHaveLength(1);

    await raise(100_000_000n);
    expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
  });

  test('lets the run go on by itself when the next period begins', async () => {
    await houseWith({ text: 'good' });
    await house.setBudget(10_000_000n, 'day');
    const first = await house.ask(lineCrew, { topic: 'tea' });
    expect(await house.view(first)).toMatchObject({ status: 'completed', costNano: paid });
    const second = await house.ask(lineCrew, { topic: 'tea' });
    const third = await house.ask(lineCrew, { topic: 'tea' });
    expect((await house.view(second)).waiting?.for ?? 'done').toBe('done');
    expect((await house.view(third)).waiting?.for).toBe('budget');
    // 9:00 now; the day ends at 24:00.
    await house.pass(15 * hour - 1);
    expect((await house.view(third)).waiting?.for).toBe('budget');
    await house.pass(1);
    expect((await house.view(third)).status).toBe('completed');
  });

  test('stops between two steps: the paid one stands', async () => {
    const provider = await houseWith({ json: { text: 'good' } });
    await house.setBudget(10_000_000n);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const again = await house.ask(noteCrew, { topic: 'tea' });
    expect((await house.view(run)).waiting?.for).toBe('approval');
    expect(await house.view(again)).toMatchObject({
      waiting: { for: 'budget' },
      costNano: expect.any(Number),
    });
    const calls = provider.requests.length;
    await raise(1_000_000_000n);
    expect((await house.view(again)).waiting?.for).toBe('approval');
    expect(provider.requests).toHaveLength(4);
    expect(calls).toBeLessThan(4);
  });

  test('removed, it holds nothing up any more', async () => {
    await houseWith({ text: 'good' });
    await house.setBudget(1n);
    const run = await house.ask(lineCrew, { topic: 'tea' });
    const { home } = house.services;
    await house.budgets.remove({ workspace: home.workspace, scope: '', window: 'total', actor: home.member });
    await house.rest();
    expect((await house.view(run)).status).toBe('completed');
    expect(await house.rows('waiters')).toEqual([]);
  });

  test('of another crew or channel does not touch the run', async () => {
    await houseWith({ text: 'good' });
    const { home } = house.services;
    await house.budgets.set({
      workspace: home.workspace,
      scope: 'crew:other',
      window: 'day',
      limitNano: 0n,
      actor: home.member,
    });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    expect((await house.view(run)).status).toBe('completed');
  });

  test('refuses a model without a price, which nothing else does (rule M11)', async () => {
    const provider = await houseWith({ text: 'good' });
    const { aliases, home } = house.services;
    const entries = [{ provider: 'openai' as const, model: 'no-such-model' }];
    const alias = { workspace: home.workspace, actor: home.member, scope: '', name: 'smart' };
    await house.store.transact((tx) => aliases.set(tx, { ...alias, entries }));
    const free = await house.ask(lineCrew, { topic: 'tea' });
    expect(await house.view(free)).toMatchObject({ status: 'completed', costNano: null, unpriced: 1 });

    await house.setBudget(1_000_000_000n);
    const run = await house.ask(lineCrew, { topic: 'tea' });
    expect(provider.requests).toHaveLength(1);
    expect((await house.view(run)).waiting?.for).toBe('budget');
    expect(house.thread(run)).toEqual([expect.stringContaining('no price is known for no-such-model')]);
    await house.budgets.remove({ workspace: home.workspace, scope: '', window: 'total', actor: home.member });
    await house.rest();
    expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: null, unpriced: 1 });
  });
});

describe('a call that only others’ holds keep from going (rule M9)', () => {
  /** A budget for one hold and a half, taken by a call that answers when it is told to. */
  async function crowded() {
    const first = Promise.withResolvers<Answer>();
    const provider = createScripted((_, call) => (call === 1 ? { hold: first.promise } : { text: 'good' }));
    house = await openHouse({ providers: [provider] });
    const holder = await house.ask(lineCrew, { topic: 'tea' });
    const hold = await holdOf(holder);
    await house.setBudget(BigInt(hold + Math.floor(hold / 2)));
    return { provider, holder, answer: first.resolve, hold };
  }

  test('waits silently and is woken by the settle', async () => {
    const { provider, answer } = await crowded();
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await house.pass(59_000);
    expect((await house.view(run)).waiting?.for).toBe('budget');
    expect(house.thread(run)).toEqual([]);
    expect(provider.requests).toHaveLength(1);
    answer({ text: 'good' });
    await house.rest();
    expect((await house.view(run)).status).toBe('completed');
  });

  test('looks once a second and not more often, whoever wakes it', async () => {
    const { answer } = await crowded();
    await house.ask(lineCrew, { topic: 'tea' });
    await house.ask(lineCrew, { topic: 'tea' });
    for (let i = 0; i < 5; i++) await house.services.runs.wake(workspace(), 'budget');
    await house.pass(10_000);
    const jobs = (await house.rows('jobs')).filter((job) => job.kind === 'step');
    expect(jobs).toHaveLength(2);
    answer({ text: 'good' });
    await house.rest();
  });

  test('goes in order of time: who came later does not pass who fits', async () => {
    const { provider, answer, hold } = await crowded();
    const runs = [];
    for (const topic of ['one', 'two', 'six']) {
      runs.push(await house.ask(lineCrew, { topic }));
      await house.pass(10);
    }
    await raise(BigInt(hold));
    answer({ text: 'good' });
    await house.rest();
    const order = provider.requests
      .slice(1)
      .map((r) => JSON.stringify(r.conversation).match(/one|two|six/)?.[0]);
    expect(order).toEqual(['one', 'two', 'six']);
    for (const run of runs) expect((await house.view(run)).status).toBe('completed');
  });

  test('is stopped like any other, and stands in nobody’s way afterwards', async () => {
    const { answer } = await crowded();
    const stopped = await house.ask(lineCrew, { topic: 'tea' });
    const other = await house.ask(lineCrew, { topic: 'tea' });
    await house.stop(stopped);
    expect((await house.rows('waiters')).map((w) => w.run_id)).toEqual([other]);
    answer({ text: 'good' });
    await house.rest();
    expect((await house.view(other)).status).toBe('completed');
  });

  test('that waits for a key meanwhile stands in nobody’s way', async () => {
    const first = Promise.withResolvers<Answer>();
    const provider = createScripted((_, call) => (call === 1 ? { hold: first.promise } : { text: 'good' }));
    house = await openHouse({ providers: [provider], keys: [] });
    const { home, keys } = house.services;
    const key = { workspace: home.workspace, actor: home.member, environment: 'production', baseUrl: null };
    for (const crew of ['line', 'note']) {
      const secret = new Secret(`a-key-for-${crew}-0123456789abcdef`);
      await keys.add({ ...key, provider: 'openai', label: crew, secret, scope: { crews: [crew] } });
    }
    const holder = await house.ask(lineCrew, { topic: 'tea' });
    await house.setBudget(BigInt(Math.floor((await holdOf(holder)) * 1.5)));
    const scoped = await house.ask(noteCrew, { topic: 'tea' });
    expect((await house.view(scoped)).waiting?.for).toBe('budget');
    await keys.revoke({ ...key, words: 'note', all: true });
    await house.pass(2_000);
    expect((await house.view(scoped)).waiting?.for).toBe('key');
    expect(await house.rows('waiters')).toEqual([]);
    await house.pass(57_000);
    first.resolve({ text: 'good', usage: { inputTokens: 0, outputTokens: 0 } });
    await house.pass(60_000);
    const late = await house.ask(lineCrew, { topic: 'tea' });
    expect((await house.view(late)).status).toBe('completed');
  });

  test('lets a smaller one pass for a minute, then goes first', async () => {
    const small = crewOf(`
name: small
summary: Little.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 100, time: 10m } } }
steps: [ { write: { agent: writer, prompt: "{{ input.topic }}" } } ]
`);
    const answers: ((answer: Answer) => void)[] = [];
    const provider = createScripted(() => {
      const { promise, resolve } = Promise.withResolvers<Answer>();
      answers.push(resolve);
      return { hold: promise };
    });
    house = await openHouse({ providers: [provider] });
    const slow = {
      ...lineCrew,
      steps: lineCrew.steps.map((s) =>
        s.kind === 'prompt' ? { ...s, limits: { ...s.limits, timeMs: 600_000 } } : s,
      ),
    };
    const holder = await house.ask(slow, { topic: 'tea' });
    await house.setBudget(BigInt(Math.floor((await holdOf(holder)) * 1.8)));
    const big = await house.ask(slow, { topic: 'tea' });
    await house.pass(30_000);
    const passes = await house.ask(small, { topic: 'a' });
    expect((await house.view(passes)).status).toBe('running');
    answers[1]?.({ text: 'good', usage: { inputTokens: 0, outputTokens: 0 } });
    await house.pass(31_000);
    expect(notes(big, 'Waiting for other calls')).toHaveLength(1);
    const waits = await house.ask(small, { topic: 'b' });
    expect((await house.view(waits)).waiting?.for).toBe('budget');
    answers[0]?.({ text: 'good', usage: { inputTokens: 0, outputTokens: 0 } });
    await house.rest();
    expect((await house.view(big)).status).toBe('running');
    await house.pass(1_000);
    expect(provider.requests).toHaveLength(4);
    for (const answer of answers) answer({ text: 'good' });
    await house.rest();
  });
});

describe('the cap of a run (rule M3)', () => {
  test('by --max stops before the call that might pass it, and says so', async () => {
    const provider = await houseWith({ json: { text: 'good' } });
    const run = await house.ask(noteCrew, { topic: 'tea' }, { maxNano: 9_000_000n });
    expect(provider.requests).toHaveLength(1);
    expect(await house.view(run)).toMatchObject({
      waiting: { for: 'budget', step: 'polish', limit: 'run' },
      capNano: 9_000_000,
    });
    expect(house.thread(run).at(-1)).toMatch(
      /^Limit of this run reached: Paused before step polish: it may cost up to \$0\.\d+, and this run's limit leaves \$0\.0060 of \$0\.0090\./,
    );
    await house.pass(hour);
    expect(provider.requests).toHaveLength(1);
    await house.stop(run);
  });

  test('that only calls of its own run are in the way of waits silently and goes on when they end', async () => {
    const crew = crewOf(`
name: twins
summary: Two at once.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - one: { agent: writer, prompt: "{{ input.topic }}" }
  - two: { agent: writer, prompt: "{{ input.topic }}" }
`);
    const provider = await houseWith({ text: 'good' });
    const run = await house.ask(crew, { topic: 'tea' }, { maxNano: 10_000_000n });
    expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: 2 * paid });
    expect(provider.requests).toHaveLength(2);
    expect(notes(run, 'Limit of this run')).toEqual([]);
  });
});

test('a budget that is set during a call begins with its hold, even above the limit (rule M12)', async () => {
  await houseWith(hangs);
  const run = await house.ask(lineCrew, { topic: 'tea' });
  const hold = await holdOf(run);
  await house.setBudget(1n);
  expect((await house.budgets.show(workspace()))[0]).toMatchObject({
    limitNano: 1,
    heldNano: hold,
    spentNano: 0,
  });
  await house.stop(run);
  expect((await house.budgets.show(workspace()))[0]).toMatchObject({ heldNano: 0, spentNano: hold });
});

test('a zone that is changed during a call keeps the books in balance', async () => {
  const { promise, resolve } = Promise.withResolvers<Answer>();
  await houseWith({ hold: promise });
  await house.setBudget(1_000_000_000n, 'day');
  await house.ask(lineCrew, { topic: 'tea' });
  const { home, settings } = house.services;
  await house.store.transact((tx) =>
    settings.set(tx, {
      workspace: home.workspace,
      actor: home.member,
      name: 'zone',
      value: 'Asia/Kathmandu',
    }),
  );
  resolve({ text: 'good' });
  await house.rest();
  expect((await house.budgets.show(workspace()))[0]).toMatchObject({ heldNano: 0, spentNano: paid });
});
