import { afterEach, expect, test } from 'vitest';
import { lineCrew, noteCrew } from '../support/crews.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createInTurn, lastSaid, paid } from '../support/scripted.ts';

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

test('an answer in the wrong form is paid, sent back once with what is wrong, and mended (rule M6)', async () => {
  const provider = await houseWith(
    { text: 'no JSON at all' },
    { json: { text: 'one' } },
    { json: { text: 'two' } },
  );
  const run = await house.ask(noteCrew, { topic: 'tea' });
  expect(await house.outcomes(run)).toEqual(['bad-output', 'settled', 'settled']);
  const said = lastSaid(provider.requests[1]);
  expect(said).toContain('it does not have the form that was asked for');
  expect(said.match(/Your answer cannot be used/g)).toHaveLength(1);
  // It sees its own answer before the request to mend it.
  expect(provider.requests[1]?.conversation.map((c) => c.by)).toEqual(['us', 'model', 'us']);
  expect(await house.view(run)).toMatchObject({ status: 'waiting', costNano: 3 * paid });
});

test('a second bad answer fails the step because of its content; a retry begins a new round and raises the cap (rules R4, M3)', async () => {
  const bad: Answer = { json: { words: 'wrong' } };
  const provider = await houseWith(bad, bad, { json: { text: 'good' } });
  const run = await house.ask(noteCrew, { topic: 'tea' });
  const failed = await house.view(run);
  expect(failed).toMatchObject({
    status: 'failed',
    failure: { code: 'model.bad-output', reason: 'content' },
    costNano: 2 * paid,
  });
  expect(failed.failure?.says).toMatch(/^The model's answer could not be used, even after a repair: .+/);
  expect(failed.failure?.says).not.toContain('Answer again');

  await house.retry(run);
  const waiting = await house.view(run);
  expect(waiting).toMatchObject({ status: 'waiting', costNano: 4 * paid });
  expect(await house.outcomes(run)).toEqual(['bad-output', 'bad-output', 'settled', 'settled']);
  // A new round begins with the prompt alone.
  expect(provider.requests[2]?.conversation).toHaveLength(1);
  // One of the two steps was to be done anew: half of the first cap.
  expect(waiting.capNano).toBe(failed.capNano * 1.5);
});

test.each(['', ' \n '])('an empty answer (%j) is asked for again once, then the step fails', async (text) => {
  const provider = await houseWith({ text });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(provider.requests).toHaveLength(2);
  expect(lastSaid(provider.requests[1])).toBe('Your answer was empty. Answer now.');
  expect(await house.view(run)).toMatchObject({
    status: 'failed',
    failure: { says: "The model's answer could not be used, even after a repair: it was empty." },
    costNano: 2 * paid,
  });
});

test('a refusal fails the step with its words and is not asked again; a retry is a new round', async () => {
  const refusal: Answer = { text: 'I will not write about tea.', finish: 'refusal' };
  const provider = await houseWith(refusal, { text: 'good' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(provider.requests).toHaveLength(1);
  expect(await house.view(run)).toMatchObject({
    status: 'failed',
    failure: {
      code: 'model.refused',
      says: 'The model refused: "I will not write about tea."',
      reason: 'content',
    },
    costNano: paid,
  });
  expect(await house.outcomes(run)).toEqual(['bad-output']);
  await house.retry(run);
  expect(await house.view(run)).toMatchObject({ status: 'completed', costNano: 2 * paid });
});

test('an answer that was cut off at its limit is asked for again, shorter', async () => {
  const provider = await houseWith({ text: 'half of it', finish: 'length' }, { text: 'all of it' });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  expect(lastSaid(provider.requests[1])).toContain('shorter');
  expect((await house.view(run)).steps[0]?.output).toBe('all of it');
});

test('a repair whose call fails is made again, and is still the only one', async () => {
  const provider = await houseWith(
    { text: 'no JSON' },
    { cut: '', usage: null },
    { text: 'still no JSON' },
    { json: { text: 'too late' } },
  );
  const run = await house.ask(noteCrew, { topic: 'tea' });
  await house.pass(60_000);
  expect(provider.requests).toHaveLength(3);
  expect(lastSaid(provider.requests[2])).toBe(lastSaid(provider.requests[1]));
  expect((await house.view(run)).failure).toMatchObject({ code: 'model.bad-output' });
});
