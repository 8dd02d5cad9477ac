import { afterEach, describe, expect, test } from 'vitest';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import {
  type Answer,
  createInTurn,
  createScripted,
  hangs,
  losesAnswer,
  paid,
  refuses,
} from '../support/scripted.ts';

let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

async function houseWith(...answers: readonly Answer[]) {
  const provider = createInTurn(...answers);
  house = await openHouse({ providers: [provider] });
  return provider;
}

async function revoke(words = 'openai') {
  const { home, keys } = house.services;
  const revoked = await keys.revoke({ workspace: home.workspace, actor: home.member, words, all: true });
  await house.rest();
  return revoked;
}

describe('a key that is revoked (rule K2)', () => {
  test('during a call aborts it, counts it at most, and the run goes on by itself after keys add', async () => {
    const provider = await houseWith(hangs, { text: 'good' });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    expect(provider.open).toBe(1);

    expect(await revoke()).toMatchObject({ aborted: 1 });
    expect(provider.open).toBe(0);
    expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'key' }, costNano: 0 });
    expect(await house.outcomes(run)).toEqual(['uncertain']);
    expect(house.thread(run)).toEqual([
      expect.stringMatching(/The call was aborted\. Its answer is lost; it costs at most/),
      expect.stringContaining('keys add openai'),
    ]);
    await house.pass(3_600_000);
    expect(provider.requests).toHaveLength(1);

    await house.addKey('openai', 'another-test-key-0123456789abcdef');
    expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
    expect(await house.outcomes(run)).toEqual(['uncertain', 'settled']);
  });

  test('twice in one run is told twice', async () => {
    await houseWith(hangs, hangs, { text: 'good' });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await revoke();
    await house.addKey('openai', 'another-test-key-0123456789abcdef');
    await revoke();
    expect(house.thread(run).filter((text) => text.startsWith('Waiting for a key'))).toHaveLength(2);
    await house.addKey('openai', 'a-third-test-key-0123456789abcdef');
    expect((await house.view(run)).status).toBe('completed');
  });

  test('between two steps lets the paid one stand, and no other call is made with it', async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const provider = createScripted((_, call) =>
      call === 1 ? { hold: promise } : { json: { text: 'good' } },
    );
    house = await openHouse({ providers: [provider] });
    const run = await house.ask(noteCrew, { topic: 'tea' });
    resolve({ json: { text: 'one' } });
    await revoke();
    const view = await house.view(run);
    expect(view.waiting).toMatchObject({ for: 'key' });
    await house.addKey('openai', 'another-test-key-0123456789abcdef');
    expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'approval' } });
  });

  test('leaves runs on another provider alone', async () => {
    const openai = createScripted(() => hangs);
    const anthropic = createScripted(() => ({ text: 'from anthropic' }), { name: 'anthropic' });
    house = await openHouse({ providers: [openai, anthropic], keys: ['openai', 'anthropic'] });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await revoke('openai');
    expect((await house.view(run)).steps[0]).toMatchObject({ status: 'done', output: 'from anthropic' });
    expect(house.thread(run)[0]).toContain('The step goes on with anthropic claude-sonnet-5-5.');
  });
});

test('a run that is asked for without any live key waits for one and goes on by itself, within the cap that was said', async () => {
  const provider = await houseWith({ json: { text: 'good' } });
  await revoke();
  const run = await house.ask(noteCrew, { topic: 'tea' });
  expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'key' } });
  expect((await house.view(run)).capNano).toBeGreaterThan(0);
  expect(provider.requests).toHaveLength(0);
  await house.addKey('openai', 'another-test-key-0123456789abcdef');
  expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'approval' } });
});

describe('stop', () => {
  test('during a call aborts it; it is settled although the run is over (rule R2)', async () => {
    const provider = await houseWith(hangs);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await house.stop(run);
    expect(provider.open).toBe(0);
    const view = await house.view(run);
    expect(view).toMatchObject({ status: 'canceled', costNano: 0 });
    expect(view.uncertainNano).toBeGreaterThan(0);
    expect(await house.outcomes(run)).toEqual(['uncertain']);
    // Who stopped it knows; nobody else is told that a call failed.
    expect(house.thread(run)).toEqual([]);
    await expect(house.stop(run)).rejects.toMatchObject({ code: 'run.over' });
  });

  test('lets a reply that was already there be paid and kept, and nothing follows from it', async () => {
    const { promise, resolve } = Promise.withResolvers<Answer>();
    const provider = createScripted((_, call) =>
      call === 1 ? { hold: promise } : { json: { text: 'two' } },
    );
    house = await openHouse({ providers: [provider] });
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { home, runs } = house.services;
    resolve({ json: { text: 'one' } });
    await runs.stop(home.workspace, run);
    await house.rest();
    expect(await house.view(run)).toMatchObject({ status: 'canceled', costNano: paid });
    expect(provider.requests).toHaveLength(1);

    await house.retry(run);
    // The paid turn is not called again: the retry goes on with the second step.
    expect(provider.requests).toHaveLength(2);
    expect(await house.view(run)).toMatchObject({ status: 'waiting', costNano: 2 * paid });
  });

  test('while it waits ends it at once; what it waited for wakes nothing', async () => {
    const provider = await houseWith(refuses('rate-limited', 429, 20_000), { text: 'good' });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await house.stop(run);
    await house.pass(600_000);
    expect(await house.view(run)).toMatchObject({ status: 'canceled' });
    expect(provider.requests).toHaveLength(1);
  });

  test('at a gate closes it: its card has no buttons, and a press is told why', async () => {
    await houseWith({ json: { text: 'good' } });
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { waiting } = await house.view(run);
    await house.stop(run);
    await house.pass(2_000);
    const card = house.messages(run).find((seen) => seen.dedupe.includes(':gate:'))?.card;
    expect(card?.actions).toEqual([]);
    expect(card?.title).toContain('closed without a decision');
    const { home, gates } = house.services;
    const press = {
      workspace: home.workspace,
      gate: waiting?.gate ?? '',
      draft: 1,
      member: home.member,
      surface: 'terminal' as const,
      decision: { do: 'approve' as const },
    };
    await expect(gates.decide(press)).rejects.toMatchObject({ code: 'gate.closed' });
    expect((await house.view(run)).status).toBe('canceled');
  });
});

describe('retry (rule R4)', () => {
  test('of a stopped run goes on at its first unpaid turn, with a new draft at the gate', async () => {
    const provider = await houseWith({ json: { text: 'one' } }, { json: { text: 'two' } });
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { capNano } = await house.view(run);
    await house.stop(run);
    await house.retry(run);
    expect(provider.requests).toHaveLength(2);
    expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { draft: 2 }, capNano });
    await house.decide(run, 'approve');
    expect((await house.view(run)).status).toBe('completed');
  });

  test('is refused while a call of the run is in flight, and for runs that are not over or completed', async () => {
    const provider = await houseWith({ json: { text: 'one' } });
    const run = await house.ask(noteCrew, { topic: 'tea' });
    await expect(house.retry(run)).rejects.toMatchObject({ code: 'run.not-over' });
    await house.decide(run, 'approve');
    await expect(house.retry(run)).rejects.toMatchObject({ code: 'run.completed' });
    await expect(house.retry('run_unknown')).rejects.toMatchObject({ code: 'run.unknown' });
    expect(provider.requests).toHaveLength(2);
  });

  test('of a rejected run makes the draft anew, and nothing of the run was delivered', async () => {
    const provider = await houseWith(
      { json: { text: 'one' } },
      { json: { text: 'two' } },
      { json: { text: 'three' } },
    );
    const run = await house.ask(noteCrew, { topic: 'tea' });
    const { capNano } = await house.view(run);
    await house.decide(run, 'reject');
    expect(await house.view(run)).toMatchObject({ status: 'rejected', costNano: 2 * paid });
    expect(house.messages(run).filter((seen) => seen.dedupe.includes('delivery'))).toEqual([]);

    await house.retry(run);
    // `polish` made the draft; `draft` is paid and stays.
    expect(provider.requests).toHaveLength(3);
    expect(await house.view(run)).toMatchObject({
      status: 'waiting',
      waiting: { draft: 2 },
      capNano: capNano * 1.5,
      costNano: 3 * paid,
    });
    await house.decide(run, 'approve');
    expect((await house.view(run)).status).toBe('completed');
  });

  test('after calls that were lost makes the turn anew, and counts their number anew', async () => {
    const lost = losesAnswer();
    const provider = await houseWith(lost, lost, lost, lost, { text: 'good' });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await house.pass(60_000);
    expect((await house.view(run)).status).toBe('failed');
    expect(provider.requests).toHaveLength(3);
    await house.retry(run);
    await house.pass(60_000);
    expect(provider.requests).toHaveLength(5);
    expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
    expect(await house.outcomes(run)).toEqual([
      'uncertain',
      'uncertain',
      'uncertain',
      'uncertain',
      'settled',
    ]);
  });

  test('with new content wanted begins a new round although the content was not the reason', async () => {
    const lost = losesAnswer();
    await houseWith(lost, lost, lost, { text: 'good' });
    const run = await house.ask(lineCrew, { topic: 'tea' });
    await house.pass(60_000);
    const { capNano } = await house.view(run);
    await house.retry(run, true);
    expect(await house.view(run)).toMatchObject({ status: 'completed', capNano: 2 * capNano });
  });
});

test('a second retry of the same run, pressed at the same time, is told that it is not over', async () => {
  await houseWith({ json: { text: 'one' } });
  const run = await house.ask(noteCrew, { topic: 'tea' });
  await house.decide(run, 'reject');
  const { home, runs } = house.services;
  const both = await Promise.allSettled([
    runs.retry(home.workspace, run, false),
    runs.retry(home.workspace, run, false),
  ]);
  expect(both.map((b) => b.status).sort()).toEqual(['fulfilled', 'rejected']);
  await house.rest();
});

test('the same request starts one run (rule S2)', async () => {
  await houseWith({ text: 'good' });
  await house.ask(lineCrew, { topic: 'tea' }, { dedupe: 'event-1' });
  await expect(house.ask(lineCrew, { topic: 'tea' }, { dedupe: 'event-1' })).rejects.toMatchObject({
    code: 'request.repeated',
  });
  expect(await house.rows('runs')).toHaveLength(1);
});
