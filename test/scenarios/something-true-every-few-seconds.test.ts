import { afterEach, expect, test } from 'vitest';
import { crewOf } from '../support/crew-text.ts';
import { lineCrew } from '../support/crews.ts';
import { createFetchTool } from '../support/fetch-tool.ts';
import { type House, openHouse } from '../support/house.ts';
import { type Answer, createScripted, hangs } from '../support/scripted.ts';

let house: House;
afterEach(async () => {
  expect(house.recorder.mistakes).toEqual([]);
  await house.end();
});

/** What the card of a run says of its steps now. */
const steps = (run: string): string[] =>
  (house.messages(run)[0]?.card.body ?? []).flatMap((block) =>
    block.type === 'steps' ? block.steps.map(({ says, time }) => `${says} ${time}`.trim()) : [],
  );
const edits = () => house.recorder.arrivals.filter(({ did }) => did === 'edit').length;

test('a call that takes long is told of every ten seconds: how long there is no answer, and what it has cost by now', async () => {
  const late = Promise.withResolvers<Answer>();
  house = await openHouse({ providers: [createScripted(() => ({ hold: late.promise }))] });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(100);
  expect(steps(run)[0]).toBe('working on gpt-6-sol, call 1');
  await house.pass(11_200);
  expect(steps(run)[0]).toBe('working on gpt-6-sol, call 1 · no answer for 11 s, still waiting 11 s');
  expect(house.messages(run)[0]?.card.foot).toBe('$0.00 · 1 call · 11 s');
  await house.pass(30_000);
  expect(steps(run)[0]).toContain('no answer for 40 s, still waiting 40 s');

  late.resolve({ text: 'good' });
  await house.rest();
  expect((await house.view(run)).status).toBe('completed');
  const before = edits();
  await house.pass(60_000);
  expect(edits()).toBe(before);
});

test('what is read is named while it is read', async () => {
  const reading = Promise.withResolvers<void>();
  const site = 'https://acme.com/';
  const tool = createFetchTool({ [`${site}pricing`]: {}, [`${site}about`]: {} });
  tool.until = reading.promise;
  const calls = ['pricing', 'about'].map((page) => ({
    tool: 'web.fetch',
    arguments: { url: `${site}${page}` },
  }));
  const provider = createScripted((_, call) => (call === 1 ? { calls } : { text: 'good' }));
  house = await openHouse({ providers: [provider], tools: [tool] });
  const crew = crewOf(`
name: study
summary: Reads a site and says what it found.
input: { site: { type: url, label: Site } }
agents:
  reader: { model: smart, tools: [web.fetch], instructions: Read., limits: { turns: 4, input: 20000, output: 500 } }
steps:
  - gather: { agent: reader, prompt: "Read {{ input.site }}" }
`);
  const run = await house.ask(crew, { site });
  await house.pass(1_500);
  expect(steps(run)[0]).toMatch(/^reading acme\.com\/pricing and 1 more/);
  await house.pass(20_000);
  expect(steps(run)[0]).toMatch(/^reading acme\.com\/pricing and 1 more \d\d s$/);
  reading.resolve();
  await house.rest();
  expect((await house.view(run)).status).toBe('completed');
});

test('with many runs at once they take turns: a platform has edits left for what people decide', async () => {
  house = await openHouse({ providers: [createScripted(() => hangs)] });
  const runs = await Promise.all(Array.from({ length: 8 }, () => house.ask(lineCrew, { topic: 'tea' })));
  await house.pass(2_000);
  const before = edits();
  await house.pass(9_000);
  expect(edits() - before).toBe(4);
  await house.pass(10_000);
  expect(edits() - before).toBe(8);
  for (const run of runs) expect(steps(run)[0]).toMatch(/no answer for [12]\d s, still waiting/);
  for (const run of runs) await house.stop(run);
});
