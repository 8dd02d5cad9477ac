import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Installation, install } from '../support/program.ts';
import { type Site, startSite } from '../support/site.ts';
import { methods } from '../support/slack/methods.ts';
import { buttonsOf, type SlackPerson, wordsOf } from '../support/slack/people.ts';
import { manifestScopes } from '../support/slack/scopes.ts';
import { type SlackServer, startSlack } from '../support/slack/server.ts';
import { signed } from '../support/slack/signed.ts';
import { readText } from '../support/tree.ts';

// The real program, as somebody starts it who has followed "Connect Slack", against a Slack behind real sockets.
let slack: SlackServer;
let site: Site;
let here: Installation;
let ana: SlackPerson;

beforeEach(async () => {
  slack = await startSlack();
  // Step 1: the app is made from the manifest, and may do what stands there.
  for (const scope of manifestScopes()) slack.platform.state.scopes.add(scope);
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

test('the manifest in the repository is the one that is printed, and asks for no more than what is used', async () => {
  const printed = await here.run(['slack', 'manifest']);
  expect(printed).toMatchObject({ exit: 0, out: readText('slack-manifest.yaml') });
  // Who sees a direct message needs no asking.
  const places = { history: ['channels', 'groups', 'im'], read: ['channels', 'groups'] };
  const used = Object.values(methods).flatMap(({ scope }) =>
    scope === 'history' || scope === 'read'
      ? places[scope].map((place) => `${place}:${scope}`)
      : (scope ?? []),
  );
  // By events and commands.
  const besides = ['app_mentions:read', 'commands'];
  expect([...manifestScopes()].sort()).toEqual([...new Set([...used, ...besides])].sort());
  const overHttp = await here.run(['slack', 'manifest', '--url', 'https://crew.example.com']);
  expect(overHttp.out.match(/https:\/\/crew\.example\.com\/slack\/events/g)).toHaveLength(3);
  expect((await here.run(['slack', 'manifesto'])).exit).toBe(2);
});

test('"Connect Slack" of the README has five steps, and they name what is needed', () => {
  const [, section = ''] = readText('README.md').split('## Connect Slack\n');
  const steps = section.split('\n\n', 1)[0]?.split('\n') ?? [];
  expect(steps.map((line) => line.slice(0, 3))).toEqual(['1. ', '2. ', '3. ', '4. ', '5. ']);
  const named = [
    'slack-manifest.yaml',
    'SLACK_BOT_TOKEN',
    'SLACK_APP_TOKEN',
    '/crew access claim CODE',
    '/crew research',
  ];
  for (const [i, what] of named.entries()) expect(steps[i]).toContain(what);
});

test('how the app differs from the manifest is said by doctor, with what to click', async () => {
  slack.platform.state.scopes.delete('files:write');
  const running = here.start(['start']);
  await slack.connected();
  const { out } = await here.run(['doctor']);
  expect(out).toContain('The Slack app lacks files:write');
  expect(out).toContain('Reinstall to Workspace');
  slack.platform.state.scopes.add('files:write');
  expect((await here.run(['doctor'])).out).not.toContain('lacks');
  slack.platform.state.scopes.add('admin.users:read');
  const { out: beyond } = await here.run(['doctor']);
  expect(beyond.replaceAll(/\s+/g, ' ')).toMatch(
    /may do more than is used: admin\.users:read\. .*install it again, and set its new SLACK_BOT_TOKEN/,
  );
  slack.platform.state.scopes.delete('admin.users:read');
  // What a bot cannot know of its app is said, too.
  expect(beyond.replaceAll(/\s+/g, ' ')).toContain('compare events, interactivity, the shortcut and /crew');
  const back = slack.goesAway();
  await slack.until(() => !slack.isConnected);
  expect((await here.run(['doctor'])).out).toContain('The socket to Slack is not connected now');
  back();
  await slack.connected();
  running.child.kill('SIGTERM');
  await running.ended;
});

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

test('with a signing secret and no app token Slack sends over HTTP, to the port of the page', async () => {
  const { token } = slack.platform.state;
  const overHttp = await install({
    SLACK_BOT_TOKEN: token,
    SLACK_SIGNING_SECRET: 'signing-secret-of-the-fake',
    SLACK_API_URL: slack.apiUrl,
    CREWSMITH_URL: 'https://crew.example.com',
    PORT: '0',
  });
  try {
    const running = overHttp.start(['start']);
    await running.finds(/ surfaces /);
    const origin = await running.finds(/http:\/\/127\.0\.0\.1:\d+/);
    const asked = JSON.stringify({ type: 'url_verification', challenge: 'words of Slack' });
    const { headers, body } = signed('signing-secret-of-the-fake', Date.now(), 'application/json', asked);
    const knocked = async (more: Record<string, string>) =>
      await fetch(`${origin}/slack/events`, { method: 'POST', body, headers: { ...headers, ...more } });
    expect(await (await knocked({})).json()).toEqual({ challenge: 'words of Slack' });
    expect((await knocked({ 'x-slack-signature': 'v0=00' })).status).toBe(401);
    running.child.kill('SIGTERM');
    expect((await running.ended).exit).toBe(0);
  } finally {
    await overHttp.remove();
  }
});
