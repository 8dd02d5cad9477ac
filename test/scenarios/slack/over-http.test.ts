import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SlackPerson } from '../../support/slack/people.ts';
import { knock, signed, signedDelivery } from '../../support/slack/signed.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

const secret = 'signing-secret-of-the-fake';
let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

beforeEach(async () => {
  slack = await openSlackStand({ signingSecret: secret });
});
afterEach(async () => {
  expect([slack.platform.mistakes, slack.logged, slack.chat.errors]).toEqual([[], [], []]);
  await slack.end();
});

const statuses = async () => (await slack.house.rows('runs')).map((run) => run.status);
const event = { type: 'event_callback', team_id: 'T1', event_id: 'Ev1', event: { type: 'app_uninstalled' } };

test('a run goes from the command to what was approved over signed requests, with forms and presses', async () => {
  await slack.ana.types('note tea');
  await slack.pass(3_000);
  await slack.ana.presses('Request changes');
  const empty = await slack.ana.sends({ 'What should change?': '' });
  expect(empty.answer).toMatchObject({ response_action: 'errors' });
  await slack.ana.sends({ 'What should change?': 'shorter' });
  await slack.pass(10_000);
  await slack.ana.mentions('runs');
  await slack.ana.presses('Approve');
  expect(await statuses()).toEqual(['completed']);
  expect(slack.deliveries.all.filter(({ ackedAfter }) => ackedAfter === null)).toEqual([]);
});

test('what is not signed by Slack, or was signed five minutes ago, does nothing', async () => {
  const now = slack.clock.now();
  const good = signedDelivery(secret, now, 'event', event);
  const bad = [
    signedDelivery('another secret', now, 'event', event),
    signedDelivery(secret, now - 5 * 60_000 - 1_000, 'event', event),
    { ...good, body: good.body.replace('Ev1', 'Ev2') },
    { ...good, headers: {} },
    { ...good, headers: { ...good.headers, 'x-slack-signature': '' } },
    { ...good, headers: { ...good.headers, 'x-slack-request-timestamp': 'soon' } },
  ];
  for (const request of bad) expect((await knock(slack.surface, request)).status).toBe(401);
  const installed = async () =>
    (await slack.house.rows('installations')).find((row) => row.surface === 'slack')?.removed_at;
  expect(await installed()).toBeNull();
  const taken = knock(slack.surface, good);
  await slack.rest();
  expect((await taken).status).toBe(200);
  expect(await installed()).not.toBeNull();
});

test('Slack’s question whether we are there is answered, and what cannot be read is refused', async () => {
  const now = slack.clock.now();
  const asked = JSON.stringify({ type: 'url_verification', challenge: 'words of Slack' });
  const answer = await knock(slack.surface, signed(secret, now, 'application/json', asked));
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { challenge: 'words of Slack' }]);
  expect((await knock(slack.surface, signed(secret, now, 'application/json', '{'))).status).toBe(400);
});

test('after the end nothing is taken, so that Slack sends it again', async () => {
  await slack.surface.close();
  const late = signedDelivery(secret, slack.clock.now(), 'event', event);
  expect((await knock(slack.surface, late)).status).toBe(503);
});
