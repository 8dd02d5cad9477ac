import { afterEach, expect, test } from 'vitest';
import { conversationCrew, conversationProvider } from '../../contracts/conversation.ts';
import { crewOf } from '../../support/crew-text.ts';
import { buttonsOf, wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand } from '../../support/discord/stand.ts';
import { createScripted } from '../../support/scripted.ts';

let discord: DiscordStand;

afterEach(async () => {
  expect([discord.platform.mistakes, discord.logged, discord.chat.errors]).toEqual([[], [], []]);
  await discord.end();
});

const told = () => discord.ana.told().map(wordsOf).at(-1);
const boxes = () => JSON.stringify(discord.ana.modal?.modal).match(/"label":"[^"]+"/g)?.length;

async function longDraft(): Promise<void> {
  const house = { providers: [conversationProvider()] };
  discord = await openDiscordStand({ crews: [conversationCrew], house });
  await discord.ana.chooses('note', { topic: 'long' });
  await discord.pass(5_000);
}

test('a draft longer than a box is edited over two forms; what was not changed goes out as it was', async () => {
  await longDraft();
  await discord.ana.presses('Edit');
  // Sentences stand above the first four.
  expect(boxes()).toBe(4);
  await discord.ana.sends({});
  expect(told()).toContain('Edit the draft: 1 of 2');
  await discord.ana.presses('Go on (2 of 2)');
  const last =
    JSON.stringify(discord.ana.modal?.modal)
      .match(/"label":"([^"]+)"/g)
      ?.at(-1) ?? '';
  await discord.ana.sends({ [last.slice('"label":"'.length, -1)]: 'and ends with tea' });
  await discord.pass(10_000);
  const published = discord.reads().at(-1) ?? '';
  expect(published).toContain('and ends with tea');
  // The end was taken away, all before it stands.
  expect(published.match(/and goes on/g)?.length).toBeGreaterThan(1_200);
  expect(published).not.toContain('and goes on and ends ');
});

test('a part far back in a long draft is opened at once, without going through those before it', async () => {
  const names = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten', 'last'];
  const crew = crewOf(`
name: note
summary: A long note, approved, then shared.
input:
  topic: { type: text, label: Topic }
agents:
  writer: { model: smart, instructions: Write., limits: { output: 500 } }
types:
  Long: { ${names.map((name) => `${name}: text`).join(', ')} }
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: Long }
  - approve: { gate: { shows: draft } }
  - publish: { deliver: channel, approved: approve }
`);
  const json = Object.fromEntries(names.map((name) => [name, `This is ${name}.`]));
  discord = await openDiscordStand({
    crews: [crew],
    house: { providers: [createScripted(() => ({ json }))] },
  });
  await discord.ana.chooses('note', { topic: 'tea' });
  await discord.pass(5_000);
  await discord.ana.presses('Edit');
  await discord.ana.sends({});
  expect(buttonsOf(discord.ana.told().at(-1) ?? discord.message('')).map((b) => b.label)).toEqual([
    'Go on (2 of 3)',
    'Save and approve',
    '3 of 3: Ten',
  ]);
  await discord.ana.presses('3 of 3');
  await discord.ana.sends({ Last: 'It ends with tea.' });
  await discord.pass(10_000);
  expect(discord.reads().at(-1)).toMatch(/This is one\. .*This is ten\. .*It ends with tea\./);
  expect(discord.reads().at(-1)).not.toContain('This is last');
});

test('what an edit changed is told under the gate; what is too long for a message is whole in a file', async () => {
  await longDraft();
  await discord.ana.presses('Edit');
  const first = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
  await discord.ana.sends({ [first]: 'It is tea. That is all.' });
  await discord.ana.presses('Save and approve');
  await discord.pass(10_000);
  const thread = discord.reads(discord.thread());
  expect(thread.join()).toMatch(
    /✎ Edited by Ana \(\+\d+ −\d+ words, see the difference below\) and approved/,
  );
  const difference = discord.message('What Ana changed');
  expect(difference.channel).toBe(discord.thread());
  expect(wordsOf(difference)).toMatch(/\+ It is tea\. \+ That is all\./);
  const [file] = difference.files;
  expect(file?.name).toBe('what-ana-changed.md');
  expect(file?.bytes.toString()).toContain('− ');
});

test('what is left over of a long draft may stay as it is, without being opened', async () => {
  await longDraft();
  await discord.ana.presses('Edit');
  const first = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
  await discord.ana.sends({ [first]: 'begins with tea' });
  await discord.ana.presses('Save and approve');
  await discord.pass(10_000);
  const published = discord.reads().at(-1) ?? '';
  expect(published).toContain('begins with tea');
  expect(published).toContain('and goes on and ends');
});

test('a server that nobody has claimed may do nothing; with the code it belongs to the installation', async () => {
  discord = await openDiscordStand({ guild: null });
  await discord.ana.chooses('note', { topic: 'tea' });
  expect(await discord.house.rows('runs')).toEqual([]);
  expect(told()).toMatch(/claim/);
  const { code } = await discord.house.services.claims.renew();
  await discord.ana.chooses('access claim', { code });
  expect(told()).toContain('You are owner');
  // Everybody may run until roles are given: a hard budget is offered (rule K8).
  expect(told()).toContain('budget set $20 week workspace');
  await discord.ana.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
  expect(discord.reads()[0]).toContain('Note · tea');
});
