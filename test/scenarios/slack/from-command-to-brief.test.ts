import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { buttonsOf, type SlackPerson } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

beforeEach(async () => {
  slack = await openSlackStand();
});
afterEach(async () => {
  expect((await slack.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([slack.platform.mistakes, slack.logged, slack.chat.errors]).toEqual([[], [], []]);
  expect(slack.deliveries.all.filter(({ ackedAfter }) => ackedAfter === null)).toEqual([]);
  await slack.end();
});

const status = async () => (await slack.house.rows('runs')).map((run) => run.status);

/** The card of the gate that opened last. */
const gate = () => slack.message('Note: tea');
const thread = () => slack.reads('C1', slack.platform.state.messages.find((m) => m.isBot)?.ts);

describe('a run that is asked for in a channel', () => {
  beforeEach(async () => {
    await slack.ana.types('note tea');
    await slack.pass(3_000);
  });

  test('has one card there and the rest in its thread; approved, it goes out', async () => {
    expect(slack.reads()).toHaveLength(1);
    expect(slack.reads()[0]).toMatch(/^Note · tea ◆ waiting for approval/);
    expect(thread()[0]).toContain('words 1');
    expect(thread().at(-1)).toContain('Note: tea · ready for your decision');
    expect(buttonsOf(gate().blocks).map((b) => b.label)).toEqual([
      'Approve',
      'Edit',
      'Request changes',
      'Reject',
    ]);
    await slack.ana.presses('Approve');
    expect(await status()).toEqual(['completed']);
    await slack.pass(5_000);
    expect(thread().join()).toMatch(/✔ Approved by Ana, \d+:\d\d/);
    expect(buttonsOf(slack.message('Approved by Ana').blocks)).toEqual([]);
    expect(slack.reads()[0]).toMatch(/^Note · tea ✔ completed/);
    expect(slack.reads()[1]).toContain('words 2');
    expect(slack.platform.state.privates.filter((one) => one.user === 'UBO')).toEqual([]);
  });

  test('is edited in a form: what was typed is what goes out, and the card says by whom', async () => {
    await slack.ana.presses('Edit');
    expect(slack.ana.form?.view).toMatchObject({
      title: { text: 'Edit the draft' },
      submit: { text: 'Save and approve' },
    });
    const field = slack.ana.form?.view.blocks.find((block) => block.type === 'input');
    const label = field?.type === 'input' ? field.label.text : '';
    const sent = await slack.ana.sends({ [label]: 'Green tea & <b>black</b> tea' });
    expect(sent.answer).toBeUndefined();
    expect(slack.ana.form).toBeUndefined();
    expect(await status()).toEqual(['completed']);
    await slack.pass(5_000);
    expect(thread().join()).toContain('✎ Edited by Ana');
    // Escaped once: people read what was typed.
    expect(slack.reads()[1]).toContain('Green tea &amp; &lt;b&gt;black&lt;/b&gt; tea');
  });

  test('is done again by what somebody wishes to change', async () => {
    await slack.ana.presses('Request changes');
    const form = slack.ana.form;
    expect(JSON.stringify(form?.view.blocks)).toContain('at most $');
    const empty = await slack.ana.sends({ 'What should change?': '' });
    expect(empty.answer).toMatchObject({ response_action: 'errors' });
    expect(slack.ana.form).toBe(form);
    await slack.ana.sends({ 'What should change?': 'shorter' });
    expect(slack.ana.form).toBeUndefined();
    await slack.pass(10_000);
    expect(thread().join()).toContain('↺ Changes requested by Ana');
    // Rule G5: the push text names what waits and where, never the draft.
    expect(gate().text).toMatch(/^Note · tea waits for your decision in #sales until/);
    expect(gate().text).not.toContain('words');
    await slack.ana.presses('Approve');
    expect(await status()).toEqual(['completed']);
  });

  test('is rejected, and nothing goes out', async () => {
    await slack.ana.presses('Reject');
    await slack.pass(5_000);
    expect(await status()).toEqual(['rejected']);
    expect(slack.reads()).toHaveLength(1);
    expect(thread().join()).toContain('✖ Rejected by Ana');
  });

  test('a press of somebody who may not decide is told why, to them alone', async () => {
    await slack.bo.presses('Approve');
    expect(await status()).toEqual(['waiting']);
    expect(slack.bo.told.at(-1)).toContain('Ana decides here.');
    expect(slack.ana.told.join()).not.toContain('decides here');
  });

  test('two decide at the same instant: one does, the other hears who was first', async () => {
    const open = gate();
    const before = { ...open };
    await Promise.all([slack.ana.presses('Approve', before), slack.ana.presses('Reject', before)]);
    expect(await slack.house.rows('decisions')).toHaveLength(1);
    expect(slack.ana.told.at(-1)).toContain('decided already: approved by Ana');
  });

  test('a button of a month ago says why it no longer works', async () => {
    const old = { ...gate(), blocks: gate().blocks };
    await slack.ana.presses('Approve');
    await slack.pass(31 * 24 * 3_600_000);
    await slack.ana.presses('Approve', old);
    expect(slack.ana.told.at(-1)).toContain('This was decided already: approved by Ana.');
  });

  test('the Edit button of a draft that is decided opens a form that says so', async () => {
    const old = { ...gate(), blocks: gate().blocks };
    await slack.ana.presses('Approve');
    await slack.ana.presses('Edit', old);
    expect(JSON.stringify(slack.ana.form?.view)).toContain('decided already');
    expect(slack.ana.form?.view.submit).toBeUndefined();
  });

  test('a form that is sent twice counts once; one that was closed leaves everything as it is', async () => {
    await slack.ana.presses('Request changes');
    slack.ana.closes();
    await slack.pass(1_000);
    expect(await status()).toEqual(['waiting']);
    await slack.ana.presses('Request changes');
    const form = slack.ana.form;
    const values = { 'What should change?': 'shorter' };
    await Promise.all([slack.ana.sends(values, form), slack.ana.sends(values, form)]);
    await slack.ana.sends(values, form);
    expect(await slack.house.rows('decisions')).toHaveLength(1);
  });

  test('stops at its button, and goes on at Retry', async () => {
    await slack.ana.presses('Stop');
    expect(await status()).toEqual(['canceled']);
    await slack.pass(5_000);
    expect(slack.reads()[0]).toMatch(/^Note · tea canceled/);
    expect(thread().join()).toContain('Stopped by Ana');
    await slack.ana.presses('Retry');
    expect(await status()).toEqual(['waiting']);
  });
});

describe('what Slack delivers again', () => {
  test('a command, a mention and a press each count once', async () => {
    const command = await slack.ana.types('note tea');
    await slack.again(command);
    const mention = await slack.ana.mentions('note coffee');
    await slack.again(mention);
    // The same message under another event id.
    await slack.event({ ...mention.body, event_id: 'EvOther' });
    expect(await status()).toHaveLength(2);
    await slack.pass(3_000);
    const press = await slack.ana.presses('Reject', slack.message('Note: tea'));
    await slack.again(press);
    expect(await slack.house.rows('decisions')).toHaveLength(1);
    expect(slack.ana.told.join()).not.toContain('decided already');
  });
});
