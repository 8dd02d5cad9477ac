import { afterEach, beforeEach, expect, test } from 'vitest';
import { buttonsOf, wordsOf } from '../support/discord/read.ts';
import { type DiscordServer, startDiscord } from '../support/discord/server.ts';
import { application } from '../support/discord/state.ts';
import { type Installation, install } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';
import { manifestScopes } from '../support/slack/scopes.ts';
import { type SlackServer, startSlack } from '../support/slack/server.ts';
import { readText } from '../support/tree.ts';

// The real program between a Slack and a Discord behind real sockets, as somebody has it who follows "Link Slack and Discord".
let slack: SlackServer;
let discord: DiscordServer;
let site: Site;
let here: Installation;

beforeEach(async () => {
  [slack, discord, site] = await Promise.all([startSlack(), startDiscord(), startSite()]);
  for (const scope of manifestScopes()) slack.platform.state.scopes.add(scope);
  here = await install({
    SLACK_BOT_TOKEN: slack.platform.state.token,
    SLACK_APP_TOKEN: slack.platform.state.appToken,
    SLACK_API_URL: slack.apiUrl,
    DISCORD_TOKEN: discord.platform.state.token,
    DISCORD_APPLICATION_ID: application,
    DISCORD_API_URL: discord.apiUrl,
    CREWSMITH_FETCH_ALLOW: site.host,
    PORT: '0',
  });
});

afterEach(async () => {
  await here.remove();
  await Promise.all([slack.end(), discord.end(), site.close()]);
});

test('a person is one on both: owner by Slack, they run and approve on Discord, and so after another start', async () => {
  const [ana, anaThere] = [slack.person('Ana'), discord.person('Ana')];
  const told = (words: string) => () => anaThere.told().some((m) => wordsOf(m).includes(words));
  const running = here.start(['start']);
  const claim = await running.finds(/access claim [A-Z0-9-]+/);
  await slack.connected();
  await discord.until(() => discord.gateway.isConnected && discord.platform.state.registered === 1);
  await ana.types(claim);
  await slack.until(() => ana.told.some((line) => line.includes('You are owner')));

  // The server does nothing until it is claimed, whoever has which code.
  await anaThere.chooses('access link', { 'code-or-me': '0000-0000' });
  await discord.until(told('This team is not linked to a workspace'));
  const [code = ''] =
    /access claim ([A-Z0-9-]+)/.exec((await here.run(['doctor', '--claim'])).out)?.slice(1) ?? [];
  const dee = discord.person('Dee');
  await dee.chooses('access claim', { code });
  await discord.until(() => dee.told().some((m) => wordsOf(m).includes('You are owner')));

  await ana.types('access link me');
  await slack.until(() => ana.told.some((line) => line.includes('access link ')));
  const [, own = ''] = /access link ([A-Z0-9-]+)/.exec(ana.told.at(-1) ?? '') ?? [];
  await anaThere.chooses('access link', { 'code-or-me': own });
  await discord.until(told('Ana is one person now'));

  await anaThere.chooses('research', { company: site.host });
  const asks = () =>
    discord.platform.state.messages.some((m) => buttonsOf(m).some((b) => b.label === 'Approve'));
  await discord.until(asks);
  running.child.kill('SIGKILL');
  await running.ended;

  const again = here.start(['start']);
  // What is on is named, and nothing is said to be off.
  await again.finds(/ surfaces {2}terminal, slack, discord, page at \S+\n/);
  await discord.until(() => discord.gateway.isConnected);
  await dee.presses('Approve');
  const says = (words: string) => () =>
    discord.platform.state.messages.some((m) => wordsOf(m).includes(words));
  await discord.until(says('Approved by Dee'));
  const { people } = JSON.parse((await here.run(['access', '--json'])).out) as {
    people: { name: string; role: string; accounts: string[] }[];
  };
  const found = people.find(({ name }) => name === 'Ana');
  expect(found).toMatchObject({ role: 'owner' });
  expect(found?.accounts.map((account) => account.split(':', 1)[0])).toEqual(['slack', 'discord']);
  expect([slack.platform.mistakes, discord.platform.mistakes]).toEqual([[], []]);
  again.child.kill('SIGTERM');
  expect((await again.ended).exit).toBe(0);
});

test('the terminal makes codes for its workspace, and nobody there is linked with an account', async () => {
  const made = await here.run(['access', 'link']);
  expect(made.exit).toBe(0);
  expect(made.out).toMatch(/\/crew access link [0-9A-Z]{4}-[0-9A-Z]{4}/);
  const me = await here.run(['access', 'link', 'me']);
  expect(me.exit).not.toBe(0);
  expect(me.err).toContain('nobody elsewhere');
  const own = JSON.parse((await here.run(['access', 'link', '--json'])).out) as { code: string };
  const same = await here.run(['access', 'link', own.code]);
  expect(same.err).toContain('made in this very workspace');
});

test('"Link Slack and Discord" of the README has three steps, and they name what is typed', () => {
  const [, section = ''] = readText('README.md').split('## Link Slack and Discord\n');
  const steps =
    section
      .split('\n\n', 1)[0]
      ?.split('\n')
      .filter((line) => /^\d/.test(line)) ?? [];
  expect(steps.map((line) => line.slice(0, 3))).toEqual(['1. ', '2. ', '3. ']);
  const named = ['doctor --claim', '/crew access link CODE', '/crew access link me'];
  for (const [i, what] of named.entries()) expect(steps[i]).toContain(what);
});
