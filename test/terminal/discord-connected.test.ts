import { afterEach, beforeEach, expect, test } from 'vitest';
import type { DiscordPerson } from '../support/discord/people.ts';
import { buttonsOf, wordsOf } from '../support/discord/read.ts';
import { type DiscordServer, startDiscord } from '../support/discord/server.ts';
import { guild } from '../support/discord/state.ts';
import { type Installation, install } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';
import { readText } from '../support/tree.ts';

// The real program, as somebody starts it who has followed "Connect Discord", against a Discord behind real sockets.
let discord: DiscordServer;
let site: Site;
let here: Installation;
let ana: DiscordPerson;

beforeEach(async () => {
  discord = await startDiscord();
  site = await startSite();
  here = await install({
    ...discord.settings,
    CREWSMITH_FETCH_ALLOW: site.host,
    PORT: '0',
  });
  ana = discord.person('Ana');
});

afterEach(async () => {
  await here.remove();
  await discord.end();
  await site.close();
});

const messages = () => discord.platform.state.messages;
const says = (words: string) => () => messages().some((m) => wordsOf(m).includes(words));

test('one address moves REST and gateway; a run goes from the command to the approved brief', async () => {
  const { state, calls, mistakes } = discord.platform;
  const running = here.start(['start']);
  const line = await running.finds(/access claim [A-Z0-9-]+/);
  await discord.until(() => discord.gateway.isConnected && state.registered === 1);
  await ana.chooses('access claim', { code: line.split(' ').at(-1) ?? '' });
  await discord.until(() => ana.told().some((m) => wordsOf(m).includes('You are owner')));
  await ana.chooses('research', { company: site.host });
  await discord.until(() => messages().some((m) => buttonsOf(m).some((b) => b.label === 'Approve')));
  await ana.presses('Approve');
  await discord.until(says('Approved by Ana'));
  await discord.until(says('completed'));
  expect(mistakes).toEqual([]);
  expect(calls.filter(({ status }) => status >= 400 && status !== 404)).toEqual([]);
  const answers = [...state.interactions.values()].map(({ answeredAfter }) => answeredAfter);
  expect(answers.every((ms) => ms !== null && ms < 1_000)).toBe(true);
  running.child.kill('SIGTERM');
  expect((await running.ended).exit).toBe(0);
  // Started anew, nothing about the commands has changed.
  const again = here.start(['start']);
  await discord.until(() => discord.gateway.isConnected);
  expect(state.registered).toBe(1);
  again.child.kill('SIGTERM');
  expect((await again.ended).exit).toBe(0);
});

test('what Discord does not take ends the start with what to click', async () => {
  discord.platform.state.isThere = false;
  const alone = await here.run(['start']);
  expect(alone.exit).not.toBe(0);
  expect(alone.err).toContain(`Crewsmith is not in the server ${guild}`);
  expect(alone.err).toContain('https://discord.com/oauth2/authorize?client_id=');
  discord.platform.state.token = 'another';
  const refused = await here.run(['start']);
  expect(refused.err).toContain('Discord does not take DISCORD_TOKEN.');
  expect(refused.err).toContain('Developer Portal');
});

test('"Connect Discord" of the README has five steps, and they name what is needed', () => {
  const [, section = ''] = readText('README.md').split('## Connect Discord\n');
  const [steps = ''] = section.split('\n\n', 1);
  expect(steps.split('\n').map((line) => line.slice(0, 2))).toEqual(['1.', '2.', '3.', '4.', '5.']);
  for (const name of ['DISCORD_APPLICATION_ID', 'DISCORD_TOKEN', 'DISCORD_GUILD_ID', '/crew access claim'])
    expect(steps).toContain(name);
});
