import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiscordPerson } from '../support/discord/people.ts';
import { buttonsOf, titleOf, wordsOf } from '../support/discord/read.ts';
import { type DiscordServer, startDiscord } from '../support/discord/server.ts';
import { type Installation, install, type Running } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';

// The real program against a Discord that is stingy for a whole run: it waits as it is told, and everything is said, once.
let discord: DiscordServer;
let site: Site;
let here: Installation;
let ana: DiscordPerson;
let running: Running;

beforeEach(async () => {
  discord = await startDiscord();
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
  expect(running.child.exitCode).toBeNull();
  await here.remove();
  await discord.end();
  await site.close();
});

const sales = '600000000000000001';
const messages = () => discord.platform.state.messages;
const has = (label: string) => messages().some((m) => buttonsOf(m).some((b) => b.label === label));

test.each([
  [
    'of its whole program, three requests a second',
    { route: { most: 1_000, withinMs: 1_000 }, global: { most: 3, withinMs: 1_000 } },
  ],
  [
    'of each route, one message and one edit in a second',
    { route: { most: 1, withinMs: 1_000 }, global: { most: 10_000, withinMs: 1_000 } },
  ],
])(
  'at the limit %s, a run is told in full, each card once and in its order',
  async (_, rates) => {
    discord.platform.rates = rates;
    await ana.chooses('research', { company: site.host });
    await discord.until(() => has('Approve'));
    await ana.presses('Approve');
    await discord.until(() => messages().some((m) => wordsOf(m).includes('✔ completed')));
    await discord.until(() => !has('Approve'));
    const inChannel = messages().filter((m) => m.channel === sales && m.only === null);
    expect(inChannel).toHaveLength(2);
    const titles = messages()
      .filter((m) => m.channel === inChannel[0]?.id)
      .map(titleOf);
    expect(titles[0]).toMatch(/^Gather/);
    expect(titles.at(-1)).toMatch(/approved/);
    expect(new Set(titles).size).toBe(titles.length);
    // It was told to wait, and did: what is asked again at once would be told so many times more.
    const refused = discord.platform.calls.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused.length).toBeLessThan(20);
    // Answers to what people do are under no such limit.
    const answers = [...discord.platform.state.interactions.values()].map(
      ({ answeredAfter }) => answeredAfter,
    );
    expect(answers.every((ms) => ms !== null && ms < 1_000)).toBe(true);
  },
  60_000,
);
