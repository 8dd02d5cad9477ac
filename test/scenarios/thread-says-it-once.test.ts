import { afterEach, expect, test } from 'vitest';
import { crewOf } from '../support/crew-text.ts';
import { lineCrew } from '../support/crews.ts';
import { wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted, refuses } from '../support/scripted.ts';

const reviewCrew = crewOf(`
name: review
summary: A text, reviewed, then shared.
input: { topic: { type: text, label: Topic } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 20000, output: 4000, time: 60s } } }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - check:
      agent: writer
      prompt: "Check {{ steps.draft.text }}"
      output: { score: number, removed: [text], nothing: [text], text: text }
  - approve: { gate: { shows: check.text, expires: 2d } }
  - publish: { deliver: channel, approved: approve }
`);

const text = 'Tea is a leaf in hot water.';
let house: House;
afterEach(async () => await house.end());

async function reviewed(draft: string): Promise<string> {
  const checked = { score: 8.6, removed: ['That it cures.'], nothing: [], text };
  const provider = createScripted((_, call) => ({ json: call === 1 ? { text: draft } : checked }));
  // In a terminal nothing is called by a channel's name.
  house = await openHouse({ providers: [provider] });
  const run = await house.ask(reviewCrew, { topic: 'tea' });
  await house.pass(1_000);
  return run;
}

const card = (run: string, message: string) =>
  house.messages(run).find(({ dedupe }) => dedupe.startsWith(`${run}:${message}`))?.card;

test('what a gate asks about stands in the gate alone, with what its step found beside it', async () => {
  const run = await reviewed('Tea cures.');
  expect(wordsOf(card(run, 'step:draft'))).toContain('Tea cures.');
  expect(wordsOf(card(run, 'step:check'))).not.toContain(text);
  expect(card(run, 'step:check')?.foot).toMatch(/^gpt-6-sol · key main · \$0\.00\d+$/);
  const gate = wordsOf(card(run, 'gate:'));
  expect(gate.split(text)).toHaveLength(2);
  expect(gate).toMatch(/From check\nScore +8\.6\nRemoved\n• That it cures\./);
  expect(gate).not.toContain('Nothing');
  expect(gate).toContain('Once approved, it is published here.');
});

test('what a step found stays with a decided gate, and is not published', async () => {
  const run = await reviewed('Tea cures.');
  await house.decide(run, 'approve');
  await house.pass(1_000);
  expect(wordsOf(card(run, 'gate:'))).toContain('That it cures.');
  expect(wordsOf(card(run, 'delivery:'))).toContain(text);
  expect(wordsOf(card(run, 'delivery:'))).not.toContain('That it cures.');
});

test('what took no time has none to tell', async () => {
  const run = await reviewed('Tea cures.');
  const steps = card(run, 'parent')?.body.find((block) => block.type === 'steps')?.steps;
  expect(steps?.map(({ name, time }) => [name, time]).slice(0, 2)).toEqual([
    ['Draft', ''],
    ['Check', ''],
  ]);
  expect(card(run, 'parent')?.foot).not.toMatch(/(?<!\d)0 s/);
});

test('a long text is in the thread in short, with all of it at hand', async () => {
  const run = await reviewed(`It begins. ${'tea '.repeat(600)}It ends.`);
  const long = card(run, 'step:draft')?.body.find((block) => block.type === 'long');
  expect(long?.summary).toMatch(/^Text\nIt begins\. .* …\n\n60\d words in all\.$/s);
  expect(long?.summary.length).toBeLessThan(400);
  expect(JSON.stringify(long?.parts)).toContain('It ends.');
});

test('a run that failed says why once, on its own card', async () => {
  const provider = createScripted(() => refuses('bad-request', 400));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'terminal' }) });
  const run = await house.ask(lineCrew, { topic: 'tea' });
  await house.pass(1_000);
  const { failure } = await house.view(run);
  const parent = card(run, 'parent');
  expect(parent?.status).toBe('failed');
  expect(wordsOf(parent).split(failure?.says ?? 'no sentence')).toHaveLength(2);
  expect(wordsOf(parent)).toContain('✖ Write  failed');
});
