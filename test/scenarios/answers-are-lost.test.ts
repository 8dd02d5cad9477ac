import { afterEach, expect, test } from 'vitest';
import { CrewsmithError } from '../../src/errors.ts';
import type { Store } from '../../src/store/port.ts';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createInTurn, createScripted, hangs, paid } from '../support/scripted.ts';

let house: House;
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  await house.end();
});

async function houseWith(...answers: readonly Answer[]) {
  const provider = createInTurn(...answers);
  house = await openHouse({ providers: [provider] });
  return provider;
}

const attempts = async (run: string) => (await house.view(run)).steps.flatMap((step) => step.attempts);

test('a call that hangs is given up after its time, counted at most, and repeated at most twice (rule M6)', async () => {
  const provider = await houseWith(hangs);
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(provider.open).toBe(1);
  await house.pass(59_999);
  expect(await house.outcomes(run)).toEqual(['held']);
  await house.pass(1);
  expect(await house.outcomes(run)).toEqual(['uncertain']);
  expect(house.thread(run)).toEqual([
    expect.stringMatching(
      /No answer within 60 s\. Its answer is lost; it costs at most \$0\.\d+, and if it is repeated the provider may bill both\. It is asked again in 1 s\.$/,
    ),
  ]);

  await house.pass(600_000);
  expect(provider.requests).toHaveLength(3);
  expect(provider.open).toBe(0);
  const view = await house.view(run);
  expect(view).toMatchObject({
    status: 'failed',
    failure: {
      code: 'provider.timeout',
      says: 'No answer within 60 s. No answer arrived three times; the provider may bill each.',
      reason: 'network',
    },
    costNano: 0,
  });
  // Three times the hold: nothing is known of any of them.
  expect(view.uncertainNano).toBe((await attempts(run)).reduce((sum, a) => sum + (a.costNano ?? 0), 0));
  expect(view.uncertainNano).toBeGreaterThan(3 * 500 * 10_000);
});

test('a call that hangs once is paid once: the lost one stays apart as "at most"', async () => {
  await houseWith(hangs, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(62_000);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
  const parent = house.messages(run)[0]?.card;
  expect(parent?.foot).toMatch(/^\$0\.0030 · and at most \$0\.\d+ for calls whose answer was lost · 2 calls/);
});

test('lost calls do not use up the cap of the run (rule M3)', async () => {
  await houseWith(hangs, hangs, { json: { text: 'one' } }, hangs, hangs, { json: { text: 'two' } });
  const run = await house.ask(noteCrew, { topic: 'tea' });
  await house.pass(600_000);
  expect(await house.view(run)).toMatchObject({ status: 'waiting', waiting: { for: 'approval' } });
});

test('a stream that is cut off is lost, whatever has arrived of it, and asked for again', async () => {
  await houseWith({ cut: 'The beginning of', usage: null }, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(1_000);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: paid });
  expect(await house.outcomes(run)).toEqual(['uncertain', 'settled']);
  expect(house.thread(run)[0]).toContain('The answer ended half-way.');
});

test('a stream that is cut off after its usage is paid at what it used, and repaired', async () => {
  const provider = await houseWith({ cut: 'The beginning of' }, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(provider.requests).toHaveLength(2);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: 2 * paid, uncertainNano: 0 });
  expect(await house.outcomes(run)).toEqual(['bad-output', 'settled']);
});

test('a reply without usage is kept and counted at most: asking again would be paid again', async () => {
  const provider = await houseWith({ text: 'good', usage: null });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  const view = await house.view(run);
  expect(provider.requests).toHaveLength(1);
  expect(view).toMatchObject({ status: 'completed', costNano: 0 });
  expect(view.uncertainNano).toBeGreaterThan(500 * 10_000);
  expect(view.steps[0]).toMatchObject({
    output: 'good',
    attempts: [{ inputTokens: null, outputTokens: null }],
  });
});

test('usage with a part unknown is unknown, never zero (rule M10)', async () => {
  await houseWith({ text: 'good', usage: { outputTokens: null } });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  const view = await house.view(run);
  expect(view.steps[0]?.attempts[0]).toMatchObject({
    inputTokens: 1_000,
    outputTokens: null,
    outcome: 'settled',
  });
  expect(view.costNano).toBe(0);
  expect(view.uncertainNano).toBeGreaterThan(0);
});

test('usage above its hold is booked in full, said, audited and listed (rule M7)', async () => {
  await houseWith({ text: 'good', usage: { inputTokens: 200_000, outputTokens: 2_000 } });
  await house.setBudget(100_000_000n);
  const run = await house.ask(lineCrew, { topic: 'tea' });

  const cost = 200_000 * 2_000 + 2_000 * 10_000;
  const view = await house.view(run);
  expect(view).toMatchObject({ status: 'completed', costNano: cost });
  expect(house.thread(run)).toContainEqual(
    expect.stringMatching(
      /^A call cost more than was reserved: openai reported more use .*: \$0\.42 against \$0\.\d+ reserved\. It is booked in full\.$/,
    ),
  );
  const verified = await house.verify();
  expect(verified.ok).toBe(true);
  expect(verified.overruns).toHaveLength(1);
  const [budget] = await house.budgets.show(house.services.home.workspace);
  expect(budget).toMatchObject({ spentNano: cost, heldNano: 0, leftNano: 100_000_000 - cost });
  expect((await house.rows('audit')).filter((row) => row.action === 'overrun')).toHaveLength(1);
});

test('an answer that goes on for ever is cut off by the net behind the output limit (rule M4)', async () => {
  const provider = await houseWith({ text: 'x'.repeat(500 * 16 + 1), usage: null }, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(1_000);
  expect(provider.requests).toHaveLength(2);
  expect(await house.outcomes(run)).toEqual(['uncertain', 'settled']);
  expect(house.thread(run)[0]).toContain('The answer went on beyond 500 tokens and was cut off.');
});

test('every request tells the provider the output limit of its step', async () => {
  const provider = await houseWith({ text: 'good' });
  await house.ask(lineCrew, { topic: 'tea' });
  expect(provider.requests[0]?.maxOutputTokens).toBe(500);
});

test('whoever ends the program does not wait for a store that takes nothing: the answer lapses at the next start', async () => {
  let isFull = false;
  const provider = createScripted(() => {
    isFull = true;
    return { text: 'good' };
  });
  const through = (store: Store): Store => ({
    ...store,
    transact: (work) =>
      isFull ? Promise.reject(new CrewsmithError('store.full', { place: 'here' })) : store.transact(work),
  });
  house = await openHouse({ providers: [provider], through });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  // A few attempts to save it, so that the next is far off.
  await house.pass(20_000);
  expect(house.warnings).toContain('what came of a call could not be saved and is saved again');

  let hasStopped = false;
  const stopped = house.services.engine.stop().then(() => {
    hasStopped = true;
  });
  await house.clock.settle();
  expect(hasStopped).toBe(true);
  await stopped;

  isFull = false;
  house = await openHouse(await house.crash());
  await house.rest();
  expect((await house.outcomes(run))[0]).toBe('uncertain');
});
