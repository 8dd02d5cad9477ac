import { afterEach, beforeEach, expect, test } from 'vitest';
import { createVirtualClock, type VirtualClock } from '../support/clock.ts';
import type { DiscordPerson } from '../support/discord/people.ts';
import { buttonsOf, titleOf, wordsOf } from '../support/discord/read.ts';
import { type DiscordServer, startDiscord } from '../support/discord/server.ts';
import { type Installation, install, type Running } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';

// The real program and discord.js's own gateway, on a connection that breaks.
let discord: DiscordServer;
let site: Site;
let here: Installation;
let ana: DiscordPerson;
let running: Running;

/** Discord's own clock, for what it counts; the program has another. */
let clock: VirtualClock;

beforeEach(async () => {
  clock = createVirtualClock();
  discord = await startDiscord({ heartbeatMs: 1_000, clock });
  site = await startSite();
  ana = discord.person('Ana');
  here = await install({
    ...discord.settings,
    CREWSMITH_FETCH_ALLOW: site.host,
    CREWSMITH_ADMINS: `discord:${ana.user.id}`,
    PORT: '0',
  });
  running = here.start(['start']);
  await discord.until(() => discord.gateway.isConnected);
});

afterEach(async () => {
  expect(discord.platform.mistakes).toEqual([]);
  expect(discord.platform.state.registered).toBe(1);
  expect(running.child.exitCode).toBeNull();
  await here.remove();
  await discord.end();
  await site.close();
});

const messages = () => discord.platform.state.messages;
const open = () => messages().filter((m) => buttonsOf(m).some((b) => b.label === 'Approve'));
const done = () =>
  messages().filter((m) => titleOf(m).startsWith('Research ·') && wordsOf(m).includes('completed'));

test('cut 20 times in one run, at each of its requests and again and again while it waits, nothing is lost, nothing stands twice, no command is registered again', async () => {
  let cuts = 0;
  const cut = () => {
    if (!discord.gateway.isConnected || cuts === 20) return;
    cuts += 1;
    discord.gateway.drop();
  };
  await ana.chooses('research', { company: site.host });
  discord.onCall = cut;
  await discord.until(() => open().length === 1);
  discord.onCall = () => {};
  while (cuts < 19) {
    await discord.until(() => discord.gateway.isConnected);
    cut();
    await discord.until(() => !discord.gateway.isConnected);
  }
  await discord.until(() => discord.gateway.isConnected);
  const press = ana.presses('Approve');
  cut();
  await press;
  await discord.until(() => done().length === 1);
  await discord.until(() => open().length === 0);
  expect(cuts).toBe(20);
  expect(discord.gateway.resumed).toBeGreaterThan(0);
  const channel = messages().filter((m) => m.channel === '600000000000000001' && m.only === null);
  expect(channel).toHaveLength(2);
  const titles = messages()
    .filter((m) => m.channel === channel[0]?.id)
    .map(titleOf);
  expect(titles.length).toBeGreaterThan(3);
  expect(new Set(titles).size).toBe(titles.length);
}, 60_000);

test('a resume that is refused, a request to connect anew and heartbeats without answer end in a new connection', async () => {
  discord.gateway.refuseResume();
  const before = discord.gateway.identified;
  discord.gateway.drop();
  await discord.until(() => discord.gateway.identified > before);
  // Whether it resumes or begins anew is for the library to choose.
  const connections = () => discord.gateway.identified + discord.gateway.resumed;
  let known = connections();
  discord.gateway.reconnect();
  await discord.until(() => connections() > known && discord.gateway.isConnected);
  known = connections();
  discord.gateway.deaf = true;
  await discord.until(() => !discord.gateway.isConnected || connections() > known);
  discord.gateway.deaf = false;
  await discord.until(() => discord.gateway.isConnected && connections() > known);
  await ana.chooses('version');
  await discord.until(() => ana.told().length === 1);
}, 60_000);

test('a gateway that is away for a minute of a run loses nothing: what was pressed meanwhile is done when it is back', async () => {
  const { gateway, platform } = discord;
  await ana.chooses('research', { company: site.host });
  gateway.isDown = true;
  gateway.drop();
  // It asks again and again, and the run goes on meanwhile.
  await discord.until(() => open().length === 1 && gateway.turnedAway >= 2);
  await clock.advance(60_000);
  const press = await ana.presses('Approve');
  await clock.advance(60_000);
  gateway.isDown = false;
  await discord.until(() => done().length === 1);
  // Discord waits three seconds for an answer; after a minute it is told in a message of its own.
  expect(press.answeredAfter).toBeNull();
  expect(platform.calls.some(({ code }) => code === 10_062)).toBe(true);
  await discord.until(() => open().length === 0);
}, 60_000);

test('packets and events of no shape that there is are dropped, one by one, and what comes after them is done', async () => {
  const { gateway } = discord;
  const packet = (t: string, d: unknown) => JSON.stringify({ op: 0, s: null, t, d });
  const shapes = [null, 7, 'text', [], {}, { id: 7 }, { id: '1' }, { id: '1', guild_id: {}, channel_id: [] }];
  const events = ['INTERACTION_CREATE', 'MESSAGE_CREATE', 'GUILD_CREATE', 'GUILD_DELETE', 'CHANNEL_DELETE'];
  const others = [
    'THREAD_UPDATE',
    'GUILD_ROLE_CREATE',
    'GUILD_MEMBER_UPDATE',
    'TYPING_START',
    'NO_SUCH_EVENT',
  ];
  for (const event of [...events, ...others]) for (const shape of shapes) gateway.raw(packet(event, shape));
  for (const text of ['', 'not json', '7', 'null', '[]', '{}', '{"op":99}', '{"op":9}', '{"op":10}'])
    gateway.raw(text);
  gateway.raw(packet('READY', null));
  await ana.chooses('version');
  await discord.until(() => ana.told().length === 1);
  expect(running.child.exitCode).toBeNull();
}, 60_000);

test('numbers that are missing among events stop nothing; a token that holds no more is said to whoever looks after it', async () => {
  const { gateway, platform } = discord;
  gateway.loses(7);
  await ana.chooses('version');
  await discord.until(() => ana.told().length === 1);
  gateway.refuseResume();
  platform.state.token = 'another';
  gateway.drop();
  await running.says('Discord has ended the connection for good');
  expect(running.child.exitCode).toBeNull();
}, 60_000);
