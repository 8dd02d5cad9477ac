import { afterEach, beforeEach, expect, test } from 'vitest';
import { type SlackPerson, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

beforeEach(async () => {
  slack = await openSlackStand();
});
afterEach(async () => {
  expect([slack.platform.mistakes, slack.chat.errors]).toEqual([[], []]);
  await slack.end();
});

const home = (user: string) => wordsOf(slack.platform.state.homes.get(user)?.blocks ?? []);

test('the app’s home shows what waits, one’s runs, what can be done, the month’s spend and the keys', async () => {
  await slack.ana.types('note tea');
  await slack.pass(3_000);
  await slack.ana.goesHome();
  expect(home('UANA')).toContain('tea');
  expect(home('UANA')).toContain('note');
  expect(home('UANA')).toContain('openai');
  expect(home('UANA')).toContain('$0.0060');
  expect(
    slack.platform.state.privates.filter((one) => one.user === 'UANA' && one.channel === 'DANA'),
  ).toEqual([]);
});

test('who is no admin sees neither keys nor the spend of other channels there; guests have none', async () => {
  await slack.bo.goesHome();
  expect(home('UBO')).toContain('note');
  expect(home('UBO')).not.toContain('openai');
  const gil = slack.person('Gil', { standing: 'guest' });
  await gil.goesHome();
  expect(slack.platform.state.homes.has('UGIL')).toBe(false);
});

test('its buttons work, and answer where the person is written to alone', async () => {
  await slack.ana.types('note tea');
  await slack.pass(3_000);
  await slack.ana.goesHome();
  await slack.ana.pressesAtHome('Decide on Note: tea');
  const told = slack.platform.state.privates.at(-1);
  expect(told).toMatchObject({ channel: 'DANA', user: 'UANA' });
  expect(wordsOf(told?.blocks ?? [])).toContain('Draft 1, as it will go out');
  await slack.ana.pressesAtHome('Note …');
  expect(JSON.stringify(slack.ana.form?.view)).toContain('Topic');
});

test('a Slack without homes is left alone, with one line', async () => {
  slack.platform.state.lacks.add('views.publish');
  await slack.ana.goesHome();
  await slack.ana.goesHome();
  expect(slack.logged.filter((line) => line.includes('home'))).toHaveLength(1);
});
