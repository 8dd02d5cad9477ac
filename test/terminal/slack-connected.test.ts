import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Installation, install } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';
import { buttonsOf, type SlackPerson, wordsOf } from '../support/slack/people.ts';
import { type SlackServer, startSlack } from '../support/slack/server.ts';

// The real program, as somebody starts it who has followed "Connect Slack", against a Slack behind real sockets.
let slack: SlackServer;
let site: Site;
let here: Installation;
let ana: SlackPerson;

beforeEach(async () => {
  slack = await startSlack();
  site = await startSite();
  here = await install({
    SLACK_BOT_TOKEN: slack.platform.state.token,
    SLACK_APP_TOKEN: slack.platform.state.appToken,
    SLACK_API_URL: slack.apiUrl,
    CREWSMITH_FETCH_ALLOW: site.host,
    PORT: '0',
  });
  ana = slack.person('Ana');
});

afterEach(async () => {
  await here.remove();
  await slack.end();
  await site.close();
});

const messages = () => slack.platform.state.messages;
const says = (words: string) => () => messages().some((m) => wordsOf(m.blocks).includes(words));

test('two tokens connect it: the code makes the first owner, a run goes from the command to the approved brief', async () => {
  const running = here.start(['start']);
  const claim = await running.finds(/access claim [A-Z0-9-]+/);
  await slack.connected();
  await ana.types(claim);
  await slack.until(() => ana.told.some((line) => line.includes('owner')));
  await ana.types(`research ${site.host}`);
  await slack.until(() => messages().some((m) => buttonsOf(m.blocks).some((b) => b.label === 'Approve')));
  await ana.presses('Approve');
  await slack.until(says('Approved by Ana'));
  await slack.until(() => messages().filter((m) => m.thread === null).length === 2);
  await slack.until(says('completed'));
  expect(slack.platform.mistakes).toEqual([]);
  expect(slack.platform.calls.filter(({ error }) => error !== null)).toEqual([]);
  expect(slack.deliveries.map(({ ackedAfter }) => ackedAfter !== null && ackedAfter < 1_000)).not.toContain(
    false,
  );
  running.child.kill('SIGTERM');
  expect((await running.ended).exit).toBe(0);
});

test('a token that Slack does not take ends the start with what to click', async () => {
  slack.platform.state.token = 'another';
  const { exit, err } = await here.run(['start']);
  expect(exit).not.toBe(0);
  expect(err).toContain('Slack does not take SLACK_BOT_TOKEN.');
  expect(err).toContain('OAuth & Permissions');
  slack.platform.state.token = 'xoxb-of-the-fake';
  slack.platform.state.appToken = 'another';
  expect((await here.run(['start'])).err).toContain('Slack does not take SLACK_APP_TOKEN.');
});
