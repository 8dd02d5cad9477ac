import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { wordsOf as discordWords } from '../support/discord/read.ts';
import { startDiscord } from '../support/discord/server.ts';
import { type Installation, install, type Running } from '../support/program.ts';
import { wordsOf } from '../support/slack/people.ts';
import { startSlack } from '../support/slack/server.ts';

// The real program beside servers with the platforms' APIs, which keep the files, too: SLACK_API_URL and DISCORD_API_URL alone.
const crew = `
name: minutes
summary: Minutes from notes.
input:
  notes: { type: file, label: Notes }
agents: { clerk: { model: smart, instructions: Write. } }
steps:
  - write: { agent: clerk, prompt: "{{ input.notes }}" }
`;

let folder: string;
let here: Installation;
let running: Running;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  await writeFile(join(folder, 'minutes.yaml'), crew);
});
afterEach(async () => {
  running.child.kill('SIGTERM');
  expect((await running.ended).exit).toBe(0);
  await here.remove();
  await rm(folder, { recursive: true, force: true });
});

async function started(environment: Readonly<Record<string, string>>): Promise<string> {
  here = await install({ CREWSMITH_CREWS: folder, PORT: '0', ...environment });
  running = here.start(['start']);
  return await running.finds(/access claim [A-Z0-9-]+/);
}

test('a file that is shared on Slack is fetched with the token from where the API is', async () => {
  const slack = await startSlack();
  try {
    const { platform } = slack;
    const { state } = platform;
    const tokens = { SLACK_BOT_TOKEN: state.token, SLACK_APP_TOKEN: state.appToken };
    const claim = await started({ ...tokens, SLACK_API_URL: slack.apiUrl });
    await slack.connected();
    const ana = slack.person('Ana');
    await ana.types(claim);
    await slack.until(() => ana.told.some((line) => line.includes('owner')));
    await ana.mentions('minutes', { files: [ana.shares('notes.md', 'Kim buys tea on Monday.')] });
    const says = (words: string) => state.messages.some((m) => wordsOf(m.blocks).includes(words));
    await slack.until(() => says('Kim buys tea on Monday.') && says('completed'));
    expect(platform.mistakes).toEqual([]);
  } finally {
    await slack.end();
  }
});

test('a file that is uploaded on Discord is fetched without a token from where the API is', async () => {
  const discord = await startDiscord();
  try {
    const { state, mistakes, fetched } = discord.platform;
    const claim = await started({
      ...discord.settings,
    });
    await discord.until(() => discord.gateway.isConnected && state.registered === 1);
    const ana = discord.person('Ana');
    await ana.chooses('access claim', { code: claim.split(' ').at(-1) ?? '' });
    await discord.until(() => ana.told().some((m) => discordWords(m).includes('You are owner')));
    await ana.chooses('minutes', { notes: ana.uploads('notes.md', 'Kim buys tea on Monday.').id });
    const says = (words: string) => state.messages.some((m) => discordWords(m).includes(words));
    await discord.until(() => says('Kim buys tea on Monday.') && says('completed'));
    expect([mistakes, fetched.length]).toEqual([[], 1]);
  } finally {
    await discord.end();
  }
});
