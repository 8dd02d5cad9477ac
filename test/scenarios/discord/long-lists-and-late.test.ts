import { afterEach, describe, expect, test } from 'vitest';
import { noteCrew } from '../../support/crews.ts';
import { titleOf, wordsOf } from '../../support/discord/read.ts';
import { type DiscordStand, openDiscordStand, sales } from '../../support/discord/stand.ts';
import { createScripted } from '../../support/scripted.ts';

let discord: DiscordStand;

afterEach(async () => {
  expect((await discord.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([discord.platform.mistakes, discord.chat.errors]).toEqual([[], []]);
  await discord.end();
});

const status = async () => (await discord.house.rows('runs')).map((run) => run.status);
const told = (person = discord.ana) => person.told().map(wordsOf).at(-1);

test('of 1,500 crews those used most are offered first, at most 25, and any of them is found by its name', async () => {
  const crews = Array.from({ length: 1_500 }, (_, n) => ({ ...noteCrew, name: `crew-${n}` }));
  discord = await openDiscordStand({ crews });
  const offered = async (typed: string, person = discord.ana) =>
    (await person.offered('run', 'crew', typed)).choices?.map(({ value }) => value) ?? [];
  expect(await offered('')).toHaveLength(25);
  for (const crew of ['crew-1400', 'crew-1400', 'crew-700']) {
    await discord.ana.chooses('run', { crew, input: 'tea' });
    await discord.pass(3_000);
  }
  expect(await status()).toEqual(['waiting', 'waiting', 'waiting']);
  expect((await offered('')).slice(0, 3)).toEqual(['crew-1400', 'crew-700', 'crew-0']);
  expect(await offered('crew-1234')).toEqual(['crew-1234']);
  expect((await offered('CREW-70'))[0]).toBe('crew-700');
  // Also to somebody who does the first thing here.
  expect((await offered('', discord.person('Cy')))[0]).toBe('crew-1400');
});

test('of a crew’s choices that are more than Discord lists, those that fit what is typed are offered', async () => {
  const choices = Array.from({ length: 30 }, (_, n) => `plan ${n}`);
  const input = noteCrew.input.map((field) => ({ ...field, type: 'choice' as const, choices }));
  discord = await openDiscordStand({ crews: [{ ...noteCrew, input }] });
  const offered = async (typed: string) =>
    (await discord.ana.offered('note', 'topic', typed)).choices?.map(({ value }) => value);
  expect(await offered('')).toHaveLength(25);
  expect(await offered('plan 2')).toEqual(choices.filter((one) => one.startsWith('plan 2')));
  await discord.ana.chooses('note', { topic: 'plan 29' });
  await discord.pass(3_000);
  expect(await status()).toEqual(['waiting']);
});

describe('after a quarter of an hour, when the token of what somebody did holds no more', () => {
  test('a run that they asked for goes on changing its cards', async () => {
    discord = await openDiscordStand();
    await discord.ana.chooses('note', { topic: 'tea' });
    await discord.pass(3_000);
    await discord.pass(16 * 60_000);
    await discord.ana.presses('Approve');
    await discord.pass(5_000);
    expect(discord.reads()[0]).toMatch(/^Note · tea ✔ completed/);
    expect(discord.reads(discord.thread()).join()).toContain('✔ Approved by Ana');
    expect(discord.platform.calls.filter(({ code }) => code === 50_027)).toEqual([]);
  });

  test('what only they may read reaches them as a message of its own', async () => {
    discord = await openDiscordStand();
    const dead = { status: 401, body: { code: 50_027, message: 'Invalid Webhook Token' } };
    discord.platform.next(/PATCH \/webhooks\/.*@original$/, dead);
    await discord.ana.chooses('version');
    expect(told()).toContain('Crewsmith');
    const direct = discord.platform.state.messages.at(-1);
    expect(discord.platform.state.channels.get(direct?.channel ?? '')?.recipient).toBe(discord.ana.user.id);
  });
});

test('an answer that is ready while "thinking" is still on its way to Discord waits for it and takes its place', async () => {
  discord = await openDiscordStand();
  const { platform } = discord;
  // What a command takes in a thread is asked of its channel, which Discord answers late.
  discord.channel('700000000000000001', 'other');
  const thread = '700000000000000002';
  discord.channel(thread, 'aside', { type: 11, parent: '700000000000000001' });
  const [channel, first] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  platform.next(/GET \/channels\/700000000000000001$/, channel.promise);
  platform.next(/POST .*\/callback$/, first.promise);
  const chosen = discord.ana.chooses('keys rotate', {}, { channel: thread });
  await discord.pass(600);
  channel.resolve();
  await discord.rest();
  first.resolve();
  await chosen;
  await discord.rest();
  const { answer } = await chosen;
  expect(answer).toBe(5);
  expect(told()).toContain('Replace which key?');
  expect(platform.state.messages.map(wordsOf).join()).not.toContain('thinking');
  expect(platform.state.messages.filter((m) => platform.state.channels.get(m.channel)?.type === 1)).toEqual(
    [],
  );
});

describe('what a model wrote', () => {
  const writing = async (text: string) => {
    discord = await openDiscordStand({ house: { providers: [createScripted(() => ({ json: { text } }))] } });
    await discord.ana.chooses('note', { topic: 'tea' });
    await discord.pass(3_000);
    await discord.ana.presses('Approve');
    await discord.pass(5_000);
    expect(await status()).toEqual(['completed']);
    return discord.platform.state.messages.filter((m) => m.only === null);
  };

  test('calls nobody, whomever it names: not in the thread, not where it is published', async () => {
    const all = await writing('@everyone @here <@1> <@&2> <@!3> <#4> look at https://evil.example');
    const saying = all.filter((m) => wordsOf(m).includes('@everyone'));
    expect(saying.map((m) => m.channel)).toContain(sales);
    expect(saying.length).toBeGreaterThan(1);
    // Who decides is called, and nobody else.
    expect([...new Set(all.flatMap((m) => m.called))]).toEqual([discord.ana.user.id]);
    for (const message of all) expect(JSON.stringify(message.components)).not.toMatch(/[^\\]<@[!&]?\d/);
  });

  test('from right to left is read as it was written, and cannot turn what stands around it', async () => {
    const all = await writing('שלום עולם. مرحبا بالعالم.\u202e gnp.exe \u2066hidden');
    const published = all.filter((m) => m.channel === sales).at(-1);
    expect(wordsOf(published ?? all[0] ?? fail())).toContain('שלום עולם. مرحبا بالعالم. gnp.exe hidden');
    for (const message of all)
      expect(`${message.content}${JSON.stringify(message.components)}`).not.toMatch(
        /[\u202a-\u202e\u2066-\u2069]/,
      );
    expect(titleOf(published ?? all[0] ?? fail())).not.toBe('');
  });
});

function fail(): never {
  throw new Error('nothing was published');
}
