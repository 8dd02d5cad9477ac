import { afterEach, beforeEach, expect, test } from 'vitest';
import { buttonsOf, type SlackPerson, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };
let cy: SlackPerson;

beforeEach(async () => {
  slack = await openSlackStand();
  cy = slack.person('Cy');
  await slack.bo.types('version');
  await cy.types('version');
  await slack.ana.types('access grant @bo approver');
  await slack.ana.types('access grant @cy approver');
  // Cy decides, too, and is not in the channel.
  slack.platform.state.channels.get('C1')?.members.delete('UCY');
});
afterEach(async () => {
  expect([slack.platform.mistakes, slack.logged, slack.chat.errors]).toEqual([[], [], []]);
  await slack.end();
});

const gate = () => slack.message('Note: tea');

test('rule G5: a mention in the thread, a card of their own for who does not see the channel, and no draft in a push', async () => {
  await slack.bo.types('note tea');
  await slack.pass(5_000);
  const inThread = slack.platform.state.messages.find(
    (m) => m.channel === 'C1' && buttonsOf(m.blocks).some((b) => b.label === 'Approve'),
  );
  expect(wordsOf(inThread?.blocks ?? [])).toContain('<@UANA>');
  const direct = slack.platform.state.messages.filter((m) => m.channel === 'DCY');
  expect(direct).toHaveLength(1);
  expect(wordsOf(direct[0]?.blocks ?? [])).toContain('You are asked here because you do not see #sales.');
  for (const { text } of [inThread, direct[0]].flatMap((one) => one ?? [])) {
    expect(text).toMatch(/^Note · tea waits for your decision in #sales until/);
    expect(text).not.toContain('words');
  }
  // Who is in the channel is not written to.
  expect(slack.platform.state.channels.has('DANA')).toBe(false);

  await cy.presses('Approve', direct[0]);
  await slack.pass(5_000);
  expect((await slack.house.rows('runs'))[0]?.status).toBe('completed');
  for (const message of [gate(), direct[0]]) expect(buttonsOf(message?.blocks ?? [])).toEqual([]);
  expect(wordsOf(direct[0]?.blocks ?? [])).toContain('✔ Approved by Cy');
  // The thread hears of what was decided elsewhere.
  expect(wordsOf(inThread?.blocks ?? [])).toContain('✔ Approved by Cy');
});
