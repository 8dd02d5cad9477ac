import { afterEach, beforeEach, expect, test } from 'vitest';
import { CrewsmithError } from '../../../src/errors.ts';
import type { Store } from '../../../src/store/port.ts';
import { noteCrew } from '../../support/crews.ts';
import { createScripted } from '../../support/scripted.ts';
import type { SlackPerson } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

// Rule S1: what people do is saved before anything is done about it. Here it cannot be.
let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };
let isFull: boolean;

const through = (store: Store): Store => ({
  ...store,
  transact: (work) =>
    isFull ? Promise.reject(new CrewsmithError('store.full', { place: 'here' })) : store.transact(work),
});

beforeEach(async () => {
  isFull = false;
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  slack = await openSlackStand({ crews: [noteCrew], house: { providers: [provider], through } });
});
afterEach(() => slack.end());

const runs = async () => (await slack.house.rows('runs')).map((run) => run.status);

test.each(['types', 'mentions'] as const)(
  'nothing is done of what somebody %s, and they alone are told so; said again, it is one run (rule S1)',
  async (does) => {
    const told = slack.ana.told.length;
    isFull = true;
    const { ackedAfter } = await slack.ana[does]('note tea');
    expect(ackedAfter).not.toBeNull();
    expect(slack.ana.told.slice(told)).toEqual([
      expect.stringContaining('The disk is full: this could not be saved'),
    ]);
    expect(slack.platform.state.messages.filter((m) => m.isBot)).toEqual([]);
    isFull = false;
    expect(await runs()).toEqual([]);
    await slack.ana[does]('note tea');
    expect(await runs()).toEqual(['waiting']);
  },
);

test('a form stays open with the sentence and what was typed; sent again, it is applied (rule S1)', async () => {
  await slack.ana.types('note tea');
  await slack.pass(3_000);
  await slack.ana.presses('Request changes');
  const { form } = slack.ana;
  isFull = true;
  const refused = await slack.ana.sends({ 'What should change?': 'shorter' });
  expect(JSON.stringify(refused.answer)).toContain('The disk is full: this could not be saved');
  expect(slack.ana.form).toBe(form);
  isFull = false;
  expect(await slack.house.rows('decisions')).toEqual([]);
  await slack.ana.sends({ 'What should change?': 'shorter' });
  expect(await slack.house.rows('decisions')).toHaveLength(1);
  expect(slack.ana.form).toBeUndefined();
});
