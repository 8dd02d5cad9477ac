import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import '../../../src/services/digest-card.ts';
import '../../../src/services/digest-facts.ts';
import { buttonsOf, titleOf, wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand, sales } from '../../support/discord/stand.ts';
import type { FakeChannel } from '../../support/discord/state.ts';

// A run waits in its thread for days, and threads are put away, locked and deleted meanwhile. Forums have posts alone.

let discord: DiscordStand;

beforeEach(async () => {
  discord = await openDiscordStand();
});
afterEach(async () => {
  expect((await discord.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([discord.platform.mistakes, discord.chat.errors]).toEqual([[], []]);
  await discord.end();
});

const status = async () => (await discord.house.rows('runs')).map((run) => run.status);
const gate = () => discord.message('Note: tea');
const channelOf = (id: string): FakeChannel => {
  const found = discord.platform.state.channels.get(id);
  if (found === undefined) throw new Error(`no channel ${id}`);
  return found;
};
const threads = () => [...discord.platform.state.channels.values()].filter((c) => c.type === 11);
const inChannel = (id: string) =>
  discord.platform.state.messages.filter((m) => m.channel === id && m.only === null);

async function note(at: { channel?: string } = {}): Promise<void> {
  await discord.ana.chooses('note', { topic: 'tea' }, at);
  await discord.pass(3_000);
}

async function changes(): Promise<void> {
  await discord.ana.presses('Request changes', { on: gate() });
  const label = JSON.stringify(discord.ana.modal?.modal).match(/"label":"([^"]+)"/)?.[1] ?? '';
  await discord.ana.sends({ [label]: 'shorter' });
  await discord.pass(10_000);
}

describe('a thread that was locked while a gate waited', () => {
  test.each([
    ['and put away', { archived: true, locked: true }],
    ['and is still open', { archived: false, locked: true }],
  ])('%s: what follows is in a new one, and its head points there', async (_, how) => {
    await note();
    Object.assign(channelOf(discord.thread()), how);
    await changes();
    const next = threads().find((c) => c.id !== discord.thread());
    expect(next).toMatchObject({ parent: sales, name: 'Note · tea' });
    const [pointer, ...more] = inChannel(sales).filter((m) => m.replyTo === discord.thread());
    expect(pointer?.content).toBe(
      `What follows is in <#${next?.id}>: the thread before it is locked or gone.`,
    );
    expect(more).toEqual([]);
    await discord.ana.presses('Approve');
    expect(await status()).toEqual(['completed']);
    await discord.pass(5_000);
    expect(discord.reads(next?.id).join()).toContain('✔ Approved by Ana');
    // All of it is there, in one thread, each once.
    const titles = inChannel(next?.id ?? '').map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
    expect(threads()).toHaveLength(2);
  });

  test('goes on in the same new one after a restart', async () => {
    await note();
    Object.assign(channelOf(discord.thread()), { archived: true, locked: true });
    await changes();
    discord = await discord.restart();
    await changes();
    expect(threads()).toHaveLength(2);
    expect(inChannel(sales).filter((m) => m.replyTo === discord.thread())).toHaveLength(1);
  });

  test('a decision that cannot be shown on its card is told in the new one', async () => {
    await note();
    Object.assign(channelOf(discord.thread()), { archived: true, locked: true });
    await discord.ana.presses('Approve', { on: gate() });
    await discord.pass(5_000);
    expect(await status()).toEqual(['completed']);
    const next = threads().find((c) => c.id !== discord.thread());
    expect(discord.reads(next?.id).join()).toContain('✔ Approved by Ana');
    expect(buttonsOf(discord.message('Approved by Ana'))).toEqual([]);
  });
});

test('a thread that was deleted is begun anew, and what it held before stands with its run', async () => {
  await note();
  const before = discord.thread();
  discord.platform.state.channels.delete(before);
  // Nobody has told us.
  const on = { ...gate(), channel: sales };
  await discord.ana.presses('Approve', { on });
  await discord.pass(5_000);
  expect(await status()).toEqual(['completed']);
  expect(threads()).toHaveLength(1);
  expect(discord.reads(threads()[0]?.id).join()).toContain('✔ Approved by Ana');
});

test('a locked thread that people began is left as it is: its run goes on in a new one beside it', async () => {
  const planning = discord.channel('600000000000000077', 'planning', { type: 11, parent: sales });
  await note({ channel: planning.id });
  planning.locked = true;
  const before = inChannel(planning.id).length;
  await changes();
  expect(inChannel(planning.id)).toHaveLength(before);
  const next = threads().find((c) => c.id !== planning.id);
  expect(inChannel(next?.id ?? '').length).toBeGreaterThan(0);
});

test('a gate whose message somebody deleted is still decided from what waits for them', async () => {
  await note();
  const { messages } = discord.platform.state;
  messages.splice(messages.indexOf(gate()), 1);
  await discord.ana.chooses('here');
  await discord.ana.presses('Decide on Note: tea');
  await discord.ana.presses('Approve');
  await discord.pass(5_000);
  expect(await status()).toEqual(['completed']);
});

describe('in a forum and a media channel', () => {
  test.each([
    ['forum', 15],
    ['media channel', 16],
  ])(
    'of kind %s: asked in a post, a run stays in it, and what it publishes is a post of its own',
    async (name, type) => {
      const forum = discord.channel('600000000000000015', name, { type, tags: ['900000000000000001'] });
      const post = discord.channel('600000000000000016', 'Ideas', { type: 11, parent: forum.id });
      await note({ channel: post.id });
      expect(inChannel(post.id).map(titleOf)[0]).toBe('Note · tea');
      expect(inChannel(post.id).length).toBeGreaterThan(2);
      await discord.ana.presses('Approve');
      await discord.pass(5_000);
      expect(await status()).toEqual(['completed']);
      const published = threads().find((c) => c.parent === forum.id && c.id !== post.id);
      expect(wordsOf(inChannel(published?.id ?? '')[0] ?? gate())).toContain('words 2');
    },
  );

  test('a post whose answer was lost is found again among the newest', async () => {
    const forum = discord.channel('600000000000000015', 'forum', { type: 15 });
    const post = discord.channel('600000000000000016', 'Ideas', { type: 11, parent: forum.id });
    await note({ channel: post.id });
    discord.platform.next(/POST \/channels\/600000000000000015\/threads$/, 'lost');
    await discord.ana.presses('Approve');
    await discord.pass(20_000);
    expect(threads().filter((c) => c.parent === forum.id && c.id !== post.id)).toHaveLength(1);
    expect(await status()).toEqual(['completed']);
  });

  test('a digest is a post', async () => {
    const forum = discord.channel('600000000000000015', 'weekly', { type: 15 });
    await discord.ana.mentions('digest on', {
      channel: discord.channel('600000000000000016', 'Ideas', { type: 11, parent: forum.id }).id,
    });
    await discord.ana.chooses('digest now');
    await discord.pass(70_000);
    expect(threads().filter((c) => c.parent === forum.id)).toHaveLength(2);
  });
});

test('a mention in a thread asks there, and the same message brought twice asks once', async () => {
  const planning = discord.channel('600000000000000077', 'planning', { type: 11, parent: sales });
  const id = discord.platform.state.nextId();
  await discord.ana.mentions('note tea', { channel: planning.id, id });
  await discord.ana.mentions('note tea', { channel: planning.id, id });
  await discord.pass(3_000);
  expect(await status()).toEqual(['waiting']);
  expect(inChannel(planning.id).map(titleOf)[0]).toBe('Note · tea');
});
