import { afterEach, expect, test } from 'vitest';
import { ProviderFailure } from '../../src/providers/port.ts';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import {
  type Answer,
  createInTurn,
  createScripted,
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

/** A house whose provider gives these answers, then the last of them for ever. */
async function houseWith(...answers: readonly Answer[]) {
  const provider = createInTurn(...answers);
  house = await openHouse({ providers: [provider] });
  return provider;
}

test('after a 401 the key is left alone, the run waits for one and goes on by itself when one is added (rule M6)', async () => {
  const provider = await houseWith(refuses('key-rejected', 401), { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });

  expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'key', step: 'write' } });
  expect(house.thread(run)).toEqual([
    'A call to openai gpt-6-sol failed: Step write: The provider said 401. It cost nothing.',
    expect.stringContaining(
      'Step write needs a model called smart. This workspace has no working key for it.',
    ),
  ]);
  await house.pass(3_600_000);
  expect(provider.requests).toHaveLength(1);

  await house.addKey('openai', 'test-key-that-works-0123456789abcdef');
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
  expect(await house.outcomes(run)).toEqual(['unsent', 'settled']);
});

test('a key that was refused and is mended at the provider is used again once it was tested', async () => {
  await houseWith(refuses('key-rejected', 401), { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  const { home, keys, runs } = house.services;
  await keys.test({ workspace: home.workspace, actor: home.member, words: 'openai' });
  await runs.wake(home.workspace, 'key');
  await house.pass(1_000);
  expect((await house.view(run)).status).toBe('completed');
});

test('a 429 with Retry-After waits as long as it says, and the thread says so', async () => {
  const provider = await houseWith(refuses('rate-limited', 429, 20_000), { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });

  expect(await house.view(run)).toMatchObject({
    status: 'waiting',
    waiting: { for: 'rate-limit', step: 'write' },
  });
  expect(house.thread(run)).toEqual([
    'A call to openai gpt-6-sol failed: Step write: The provider said 429. It cost nothing. It is asked again in 20 s.',
  ]);
  await house.pass(19_999);
  expect(provider.requests).toHaveLength(1);
  await house.pass(1);
  expect(provider.requests).toHaveLength(2);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
});

test('429s without Retry-After are repeated after 1, 2, 4 and 8 s, then the step fails; a retry begins to count anew', async () => {
  const busy = refuses('rate-limited', 429);
  const provider = await houseWith(busy, busy, busy, busy, busy, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  for (const [made, ms] of [1_000, 2_000, 4_000, 8_000].entries()) {
    await house.pass(ms - 1);
    expect(provider.requests).toHaveLength(made + 1);
    await house.pass(1);
  }
  expect(provider.requests).toHaveLength(5);
  expect(await house.view(run)).toMatchObject({
    status: 'failed',
    failure: { code: 'provider.rate-limited', says: 'The provider said 429.', reason: 'provider' },
    costNano: 0,
  });

  await house.retry(run);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
});

test('a Retry-After beyond the time of the step fails it at once and says so', async () => {
  await houseWith(refuses('rate-limited', 429, 600_000));
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect((await house.view(run)).failure?.says).toBe(
    'The provider said 429. It asks to wait 600 s, and this step waits 60 s.',
  );
});

test('a 500 is repeated and paid once', async () => {
  await houseWith(refuses('overloaded', 500), { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(house.thread(run)[0]).toContain('It is asked again in 1 s.');
  await house.pass(1_000);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
});

test('a request that never left costs nothing, and five of them end the step for want of a network', async () => {
  const provider = await houseWith(refuses('network', 0));
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect((await house.view(run)).waiting?.for).toBe('time');
  await house.pass(60_000);
  expect(provider.requests).toHaveLength(5);
  expect(await house.view(run)).toMatchObject({
    status: 'failed',
    failure: { reason: 'network' },
    costNano: 0,
    uncertainNano: 0,
  });
  expect(await house.outcomes(run)).toEqual(['unsent', 'unsent', 'unsent', 'unsent', 'unsent']);
});

test('a connection that breaks after the request was sent is uncertain at its hold, and repeated', async () => {
  await houseWith(losesAnswer(), { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(1_000);
  const view = await house.view(run);
  expect(view).toMatchObject({ status: 'completed', costNano: paid });
  expect(view.uncertainNano).toBeGreaterThan(500 * 10_000);
  expect(await house.outcomes(run)).toEqual(['uncertain', 'settled']);
  expect(house.thread(run)[0]).toMatch(
    /^A call to openai gpt-6-sol failed: Step write: The connection broke\. Its answer is lost; it costs at most \$0\.\d+, and if it is repeated the provider may bill both\. It is asked again in 1 s\.$/,
  );
});

test.each<[string, Answer, string]>([
  ['too long', refuses('too-long', 400), 'provider.too-long'],
  ['not understood', refuses('bad-request', 400), 'provider.bad-request'],
  ['refused by its policy', refuses('refused', 400), 'provider.refused'],
])('a request that is %s is not repeated', async (_, answer, code) => {
  const provider = await houseWith(answer);
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(600_000);
  expect(provider.requests).toHaveLength(1);
  expect(await house.view(run)).toMatchObject({ status: 'failed', failure: { code }, costNano: 0 });
});

test('an account without money left waits for a key', async () => {
  await houseWith(refuses('quota-exhausted', 429));
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'key' } });
});

test('what is too long for its own limit fails before anything is paid, and names the limit (rule M2)', async () => {
  const provider = await houseWith({ text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea '.repeat(1_000) });
  expect(provider.requests).toHaveLength(0);
  expect((await house.view(run)).failure).toMatchObject({
    code: 'step.too-long',
    says: expect.stringMatching(/would send \d+ bytes, and its input limit is 4000 tokens/),
  });
});

test('a prompt that cannot be rendered fails its step with the sentence, and is not tried for ever', async () => {
  await houseWith({ json: { text: 'good' } });
  const [draft, polish, ...rest] = noteCrew.steps;
  if (draft?.kind !== 'prompt' || polish?.kind !== 'prompt') throw new Error('two prompts');
  // As a crew of an earlier version may do: `crews check` refuses it.
  const crew = {
    ...noteCrew,
    steps: [draft, { ...polish, prompt: 'Polish {{ steps.draft.nothing }}' }, ...rest],
  };
  const run = await house.ask(crew, { topic: 'tea' });
  expect(await house.view(run)).toMatchObject({ status: 'failed', costNano: paid });
  expect((await house.view(run)).failure).toMatchObject({
    reason: 'crew',
    says: expect.stringContaining('nothing'),
  });
});

test('another provider of the alias goes on where one has no money left, and the thread names it (rule R5)', async () => {
  const openai = createScripted((_, call) =>
    call === 1 ? { json: { text: 'from openai' } } : refuses('quota-exhausted', 402),
  );
  const anthropic = createScripted(() => ({ json: { text: 'from anthropic' } }), { name: 'anthropic' });
  house = await openHouse({ providers: [openai, anthropic], keys: ['openai', 'anthropic'] });
  const run = await house.ask(noteCrew, { topic: 'tea' });

  expect(house.thread(run)).toContain(
    'A call to openai gpt-6-sol failed: Step polish: The provider said 402. It cost nothing. The step goes on with anthropic claude-sonnet-5-5.',
  );
  expect((await house.view(run)).steps[1]?.output).toEqual({ text: 'from anthropic' });
  expect(openai.requests).toHaveLength(2);
  expect(anthropic.requests).toHaveLength(1);
});

test('what an adapter throws unforeseen counts as maybe paid, and its text goes nowhere', async () => {
  const provider = createScripted((_, call) => {
    if (call === 1) throw new Error('authorization: Bearer secret');
    return { text: 'good' };
  });
  house = await openHouse({ providers: [provider] });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(1_000);
  expect((await house.view(run)).status).toBe('completed');
  expect(await house.outcomes(run)).toEqual(['uncertain', 'settled']);
  expect(JSON.stringify(house.recorder.messages())).not.toContain('Bearer');
});

test('usage that was seen before a failure is paid, and the repair follows (rule M6)', async () => {
  const cutOff = new ProviderFailure('network', 'The connection broke.', { money: 'maybe' });
  const provider = await houseWith({ fail: cutOff, usage: {} }, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(provider.requests).toHaveLength(2);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: 2 * paid, uncertainNano: 0 });
  expect(await house.outcomes(run)).toEqual(['bad-output', 'settled']);
});
