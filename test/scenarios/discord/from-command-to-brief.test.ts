import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buttonsOf, wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand } from '../../support/discord/stand.ts';

let discord: DiscordStand;

beforeEach(async () => {
  discord = await openDiscordStand();
});
afterEach(async () => {
  expect((await discord.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  const { platform, logged, chat } = discord;
  expect([platform.mistakes, logged, chat.errors]).toEqual([[], [], []]);
  const interactions = [...platform.state.interactions.values()];
  expect(interactions.filter(({ answeredAfter }) => answeredAfter !== 0)).toEqual([]);
  await discord.end();
});

const status = async () => (await discord.house.rows('runs')).map((run) => run.status);
const gate = () => discord.message('Note: tea');
const thread = () => discord.reads(discord.thread());
const told = (person = discord.ana) => person.told().map(wordsOf);

describe('a run that is asked for in a channel', () => {
  beforeEach(async () => {
    await discord.ana.chooses('note', { topic: 'tea' });
    await discord.pass(3_000);
  });

  test('has one card there and the rest in its thread; approved, it goes out', async () => {
    expect(discord.reads()).toHaveLength(1);
    expect(discord.reads()[0]).toMatch(/^Note · tea ◆ waiting for approval/);
    expect(discord.platform.state.channels.get(discord.thread())).toMatchObject({ name: 'Note · tea' });
    expect(thread()[0]).toMatch(/^Draft .*words 1/);
    const labels = ['Approve', 'Edit', 'Request changes', 'Reject'];
    expect(buttonsOf(gate()).map((b) => b.label)).toEqual(labels);
    await discord.ana.presses('Approve');
    expect(await status()).toEqual(['completed']);
    await discord.pass(5_000);
    expect(thread().join()).toMatch(/✔ Approved by Ana, \d+:\d\d/);
    expect(buttonsOf(discord.message('Approved by Ana'))).toEqual([]);
    expect(discord.reads()[0]).toMatch(/^Note · tea ✔ completed/);
    expect(discord.reads()[1]).toContain('words 2');
  });

  test('nothing of the answer that was announced is left to see', () => {
    expect(told().filter((line) => !line.includes('You are owner'))).toEqual([]);
    const own = discord.platform.state.messages.filter((m) => m.only === discord.ana.user.id);
    expect(own.map(wordsOf).join()).not.toContain('thinking');
  });

  test('calls who decides by words that hold nothing of the draft', () => {
    expect(gate().first).toMatch(
      /^<@\d+> Note · tea waits for your decision in #sales until Wed 18 Nov 9:00$/,
    );
    expect(gate().first).not.toContain('words');
    expect(gate().called).toEqual([discord.ana.user.id]);
    expect(gate().content).toBe('');
  });

  test('is edited in a form that opens at once: what was typed is what goes out', async () => {
    const { answer } = await discord.ana.presses('Edit');
    expect(answer).toBe(9);
    expect(discord.ana.modal?.modal?.title).toBe('Edit the draft');
    const label = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
    await discord.ana.sends({ [label]: 'Green *tea*' });
    expect(await status()).toEqual(['completed']);
    await discord.pass(5_000);
    expect(thread().join()).toContain('✎ Edited by Ana');
    expect(discord.reads()[1]).toContain('Green *tea*');
  });

  test('is done again by what somebody wishes to change', async () => {
    await discord.ana.presses('Request changes');
    expect(JSON.stringify(discord.ana.modal?.modal)).toContain('at most');
    const label = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
    await discord.ana.sends({ [label]: 'shorter' });
    await discord.pass(10_000);
    expect(thread().join()).toContain('↺ Changes requested by Ana');
    await discord.ana.presses('Approve');
    expect(await status()).toEqual(['completed']);
  });

  test('a form that cannot be applied is sent back with what was typed, and opens again with it', async () => {
    await discord.ana.presses('Edit');
    const label = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
    const typed = discord.ana.sends;
    await discord.bo.presses('Reject', { on: gate() });
    await discord.ana.presses('Approve');
    await typed({ [label]: 'Oolong, written with care' });
    expect(told().at(-1)).toContain('nothing was done');
    expect(told().at(-1)).toContain('Oolong, written with care');
    await discord.ana.presses('Open it again');
    expect(JSON.stringify(discord.ana.modal?.modal)).toContain('Oolong, written with care');
  });

  test('a press of somebody who may not decide is told why, to them alone', async () => {
    await discord.bo.presses('Approve', { on: gate() });
    expect(await status()).toEqual(['waiting']);
    expect(told(discord.bo).at(-1)).toContain('Ana decides here.');
    expect(told().join()).not.toContain('decides here');
  });

  test('two press at the same instant: one decides, the other hears who was first', async () => {
    const on = { ...gate() };
    await Promise.all([discord.ana.presses('Approve', { on }), discord.ana.presses('Reject', { on })]);
    expect(await discord.house.rows('decisions')).toHaveLength(1);
    expect(told().at(-1)).toContain('decided already: approved by Ana');
  });

  test('a button of a month ago says why it no longer works, one of a year ago that it is too old', async () => {
    const on = { ...gate() };
    await discord.ana.presses('Approve');
    await discord.pass(31 * 24 * 3_600_000);
    await discord.ana.presses('Approve', { on });
    expect(told().at(-1)).toContain('This was decided already: approved by Ana.');
    await discord.pass(365 * 24 * 3_600_000);
    await discord.ana.presses('Approve', { on });
    expect(told().at(-1)).toContain('This button leads nowhere any more');
  });

  test('goes on in another process: the same buttons decide there, and no command is registered again', async () => {
    const registered = discord.platform.state.registered;
    discord = await discord.restart();
    await discord.ana.presses('Approve');
    await discord.pass(5_000);
    expect(await status()).toEqual(['completed']);
    expect(discord.platform.state.registered).toBe(registered);
    expect(discord.reads()).toHaveLength(2);
    expect(new Set(thread()).size).toBe(thread().length);
  });

  test('an id of a button is unguessable and says nothing by itself', () => {
    for (const { customId } of buttonsOf(gate())) expect(customId).toMatch(/^[pf]:[\w-]{22}$/);
  });
});

test('a brief mention in the thread of a run stops it, and what it says is for its author alone', async () => {
  await discord.ana.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
  await discord.ana.mentions('stop', { channel: discord.thread() });
  await discord.pass(3_000);
  expect(await status()).toEqual(['canceled']);
  await discord.ana.mentions('version', { channel: discord.thread() });
  expect(told().at(-1)).toContain('Crewsmith');
});

test('a run that is asked for in a thread stays in it', async () => {
  discord.channel('600000000000000077', 'planning', { type: 11, parent: '600000000000000001' });
  await discord.ana.chooses('note', { topic: 'tea' }, { channel: '600000000000000077' });
  await discord.pass(3_000);
  expect(discord.reads()).toEqual([]);
  expect(discord.reads('600000000000000077')[0]).toContain('Note · tea');
  expect(discord.reads('600000000000000077').length).toBeGreaterThan(2);
  const [channel] = (await discord.house.rows('channels')).filter((c) => c.surface === 'discord');
  expect(channel?.name).toBe('sales');
});

test('a message is run on by its menu, after a look at what will be typed', async () => {
  const channel = '600000000000000001';
  await discord.ana.picks({ id: '1', channel, content: 'look at <https://acme.com/about>' });
  expect(JSON.stringify(discord.ana.modal?.modal)).toContain('research https://acme.com/about');
  await discord.ana.sends({ 'What to run': 'note coffee' });
  await discord.pass(3_000);
  expect(discord.reads()[0]).toContain('Note · coffee');
});

test('what can stand in an option is offered: runs that are seen, crews, nothing to who may not', async () => {
  await discord.ana.chooses('note', { topic: 'tea' });
  await discord.pass(3_000);
  const runs = await discord.ana.offered('stop', 'run', 'tea');
  expect(runs.choices?.[0]).toMatchObject({ name: expect.stringContaining('note tea · waiting') });
  expect((await discord.ana.offered('run', 'crew', 'no')).choices).toMatchObject([{ value: 'note' }]);
  const help = async (typed: string) => (await discord.ana.offered('help', 'command', typed)).choices;
  expect(await help('note')).toMatchObject([{ value: 'note' }]);
  expect(await help('keys rev')).toMatchObject([{ value: 'keys revoke' }]);
  expect((await discord.bo.offered('keys revoke', 'key', '')).choices).toEqual([]);
  expect((await discord.ana.offered('keys revoke', 'key', '')).choices).toHaveLength(1);
});
