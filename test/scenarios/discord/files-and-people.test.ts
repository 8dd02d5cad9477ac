import { ComponentType } from 'discord.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crewOf } from '../../support/crew-text.ts';
import { noteCrew } from '../../support/crews.ts';
import { wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand, sales } from '../../support/discord/stand.ts';
import { addChannel, guild, type Upload } from '../../support/discord/state.ts';
import { createScripted, type ScriptedProvider } from '../../support/scripted.ts';

const minutesCrew = crewOf(`
name: minutes
summary: Minutes from notes.
input:
  title: { type: text, label: Title, required: false }
  notes: { type: file, label: Notes }
  owner: { type: user, label: Owner, required: false }
  where: { type: channel, label: Where, required: false }
agents: { clerk: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - write: { agent: clerk, prompt: "{{ input.owner }} {{ input.where }} {{ input.notes }}" }
`);

let discord: DiscordStand;
let provider: ScriptedProvider;

beforeEach(async () => {
  provider = createScripted(() => ({ json: { text: 'words' } }));
  discord = await openDiscordStand({ crews: [noteCrew, minutesCrew], house: { providers: [provider] } });
});
afterEach(async () => {
  expect([discord.platform.mistakes, discord.logged, discord.chat.errors]).toEqual([[], [], []]);
  await discord.end();
});

const runs = async () => (await discord.house.rows('runs')).length;
const prompts = () => provider.requests.map(({ conversation: [first] }) => JSON.stringify(first?.items));
async function toldBy(does: () => Promise<unknown>): Promise<readonly string[]> {
  const before = discord.ana.told().length;
  await does();
  await discord.pass(3_000);
  return discord.ana.told().slice(before).map(wordsOf);
}

test('a crew’s people, channels and files are options of those kinds, registered once', async () => {
  const crew = discord.platform.state.commands.find((one) => (one as { name: string }).name === 'crew');
  const { options = [] } = crew as {
    options?: { name: string; options?: { name: string; type: number }[] }[];
  };
  const kinds = options
    .find(({ name }) => name === 'minutes')
    ?.options?.map(({ name, type }) => [name, type]);
  expect(kinds?.slice(0, 4)).toEqual([
    ['notes', 11],
    ['title', 3],
    ['owner', 6],
    ['where', 7],
  ]);
  const { registered } = discord.platform.state;
  discord = await discord.restart();
  expect(discord.platform.state.registered).toBe(registered);
});

describe('a file', () => {
  test('of a message on which "Run a crew" is used is what the crew reads', async () => {
    const files = [discord.ana.uploads('notes.md', 'Buy tea.')];
    await discord.ana.picks({ id: '1', content: 'See the notes', channel: sales, files });
    await discord.ana.sends({ 'What to run': 'minutes' });
    await discord.pass(3_000);
    expect(prompts()[0]).toContain('<file name=\\"notes.md\\">\\nBuy tea.\\n</file>');
  });

  test('of a message that mentions us is read; a second one is told to be left', async () => {
    const files = [discord.ana.uploads('notes.md', 'Buy tea.'), discord.ana.uploads('more.md', 'Cups.')];
    const told = await toldBy(() => discord.ana.mentions('minutes', { files }));
    expect([prompts()[0], told]).toEqual([
      expect.stringContaining('Buy tea.'),
      [expect.stringContaining('Not read: more.md')],
    ]);
  });

  test('can be uploaded in the form, beside a person and a channel', async () => {
    await toldBy(() => discord.ana.mentions(`minutes --owner <@${discord.bo.user.id}>`));
    await discord.ana.presses('Open the form');
    const boxes = JSON.stringify(discord.ana.modal?.modal);
    expect(boxes).toContain(`"type":${ComponentType.FileUpload}`);
    expect(boxes).toContain(`"default_values":[{"id":"${discord.bo.user.id}","type":"user"}]`);
    await discord.ana.sends({ Notes: discord.ana.uploads('notes.md', 'Buy tea.').id, Where: sales });
    await discord.pass(3_000);
    expect(prompts()[0]).toContain('Bo sales <file name=\\"notes.md\\">\\nBuy tea.');
  });

  test('that the form cannot take comes back as a sentence with a way to open it again', async () => {
    await toldBy(() => discord.ana.mentions('minutes --title "The week"'));
    await discord.ana.presses('Open the form');
    const told = await toldBy(() =>
      discord.ana.sends({ Notes: discord.ana.uploads('a.pdf', Uint8Array.of(0x25, 0xe2)).id }),
    );
    expect(told.join()).toMatch(/"a\.pdf" is not text in UTF-8.*Title: The week/s);
    expect(await runs()).toBe(0);
    await discord.ana.presses('Open it again');
    await discord.ana.sends({ Notes: discord.ana.uploads('notes.md', 'Buy tea.').id });
    await discord.pass(3_000);
    expect([await runs(), prompts()[0]]).toEqual([1, expect.stringContaining('Buy tea.')]);
  });
});

describe('a file that cannot be had', () => {
  const refusedWith = async (files: readonly Upload[], says: string) => {
    const told = await toldBy(() => discord.ana.mentions('minutes', { files }));
    expect(told).toEqual([expect.stringContaining(says)]);
    expect([await runs(), provider.requests]).toEqual([0, []]);
  };

  test('because it is gone says so', async () => {
    const file = discord.ana.uploads('notes.md', 'Buy tea.');
    discord.platform.state.uploads.pop();
    await refusedWith([file], 'Discord does not hand it out any more. Upload it again');
  });

  test.each([
    'https://evil.example/notes.md',
    'http://cdn.discordapp.com/notes.md',
    'https://cdn.discordapp.com.evil.example/notes.md',
    'https://cdn.discordapp.com:8443/notes.md',
    'http://169.254.169.254/latest/meta-data',
    'http://localhost/admin',
    'file:///etc/passwd',
  ])('because it is elsewhere is not asked for: %s', async (url) => {
    await refusedWith([{ ...discord.ana.uploads('notes.md', 'x'), url }], 'it is not kept by Discord');
    expect(discord.platform.fetched).toEqual([]);
  });
});

test('who does not see a channel is not told what it is called, nor a thread in it', async () => {
  const { state } = discord.platform;
  const deals = addChannel(state, '600000000000000007', 'deals');
  deals.overwrites = [{ id: guild, type: 0, allow: '0', deny: String(1n << 10n) }];
  addChannel(state, '600000000000000008', 'buy-acme', { type: 11, parent: deals.id });
  const asks = (words: string) =>
    toldBy(() => discord.bo.mentions(`minutes ${words}`, { files: [discord.bo.uploads('n.md', 'Tea.')] }));
  for (const id of [deals.id, '600000000000000008']) await asks(`--where <#${id}>`);
  expect(await runs()).toBe(0);
  expect(discord.bo.told().map(wordsOf).join()).toMatch(/is no channel that is known here/);
  await asks(`--where <#${addChannel(state, '600000000000000009', 'teas').id}>`);
  const cy = discord.person('Cy');
  await asks(`--owner <@${cy.user.id}>`);
  const inputs = (await discord.house.rows('runs')).map((run) => JSON.parse(run.input) as object);
  expect(inputs).toMatchObject([{ where: { name: 'teas' } }, { owner: { name: 'Cy' } }]);
});
