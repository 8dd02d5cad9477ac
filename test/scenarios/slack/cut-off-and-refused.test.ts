import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../support/clock.ts';
import { createSlow } from '../../support/scripted.ts';
import { buttonsOf, type SlackPerson, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

// Nothing comes from Slack for a while, or it will not have what is sent: the run goes on, and people see how it stands.
let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

beforeEach(async () => {
  const clock = createVirtualClock();
  slack = await openSlackStand({ clock, house: { providers: [createSlow(clock, 5_000)] } });
});
afterEach(async () => {
  expect((await slack.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([slack.platform.mistakes, slack.chat.errors]).toEqual([[], []]);
  await slack.end();
});

const statuses = async () => (await slack.house.rows('runs')).map((run) => run.status);
const own = () => slack.platform.state.messages.filter((m) => m.isBot);
const words = (of: { blocks: Parameters<typeof wordsOf>[0] } | undefined) => wordsOf(of?.blocks ?? []);

describe('nothing comes from Slack for a whole minute of a run', () => {
  test('the run goes on and shows it; mentions come afterwards, once; a press that was lost is pressed again', async () => {
    await slack.ana.types('note tea');
    await slack.pass(2_000);
    slack.deliveries.cut();
    await slack.bo.mentions('note coffee');
    await slack.pass(30_000);
    // What we send takes another way.
    expect(words(own()[0])).toMatch(/^Note · tea ◆ waiting for approval/);
    const lost = await slack.ana.presses('Approve');
    expect(lost.ackedAfter).toBeNull();
    await slack.pass(30_000);
    expect(await statuses()).toEqual(['waiting']);
    await slack.deliveries.mend();
    await slack.pass(20_000);
    expect(await statuses()).toEqual(['waiting', 'waiting']);
    await slack.ana.presses('Approve', slack.message('Note: tea'));
    await slack.pass(5_000);
    expect(await statuses()).toEqual(['completed', 'waiting']);
    expect(await slack.house.rows('decisions')).toHaveLength(1);
  });

  test('and Slack itself is not reached either: every card arrives when it is, once and in order', async () => {
    await slack.ana.types('note tea');
    await slack.pass(2_000);
    for (const method of [
      'chat.postMessage',
      'chat.update',
      'conversations.history',
      'conversations.replies',
    ])
      slack.platform.fail(method, 'no answer', 40);
    await slack.pass(60_000);
    for (const method of [
      'chat.postMessage',
      'chat.update',
      'conversations.history',
      'conversations.replies',
    ])
      slack.platform.fail(method, 'no answer', 0);
    await slack.pass(120_000);
    expect(own().map((m) => /^Note · tea|^Draft|^Polish|^Note: tea/.exec(words(m))?.[0])).toEqual([
      'Note · tea',
      'Draft',
      'Polish',
      'Note: tea',
    ]);
    expect(words(own()[0])).toMatch(/^Note · tea ◆ waiting for approval/);
  });
});

describe('stop', () => {
  test('ends a run at once while Slack lets nothing be posted, a call in flight too, and its card says so later', async () => {
    await slack.ana.types('note tea');
    await slack.pass(1_000);
    slack.platform.fail('chat.update', '429', 3);
    const card = { ...slack.message('Note · tea') };
    await slack.ana.presses('Stop', card);
    expect(await statuses()).toEqual(['canceled']);
    await slack.pass(60_000);
    expect(words(own()[0])).toMatch(/^Note · tea canceled/);
    expect((await slack.house.rows('attempts')).map((row) => row.state)).not.toContain('held');
  });
});

describe('a modal', () => {
  beforeEach(async () => {
    await slack.ana.types('note tea');
    await slack.pass(15_000);
  });

  test('closed while its form is looked up stays closed, and nothing is decided', async () => {
    const go = slack.platform.hold('views.update');
    const pressed = slack.ana.presses('Request changes');
    await slack.pass(100);
    await pressed;
    slack.ana.closes();
    go();
    await slack.pass(5_000);
    expect(slack.ana.form).toBeUndefined();
    expect(await statuses()).toEqual(['waiting']);
    await slack.ana.presses('Request changes');
    expect(slack.ana.form?.view.submit).toBeDefined();
  });

  test('sent by two people for the same draft: one is applied, the other keeps the text and is told who was first', async () => {
    await slack.bo.types('version');
    await slack.ana.types('access grant @bo approver');
    await slack.ana.presses('Request changes');
    await slack.bo.presses('Request changes');
    const forms = [slack.ana.form, slack.bo.form];
    const values = { 'What should change?': 'shorter' };
    const sent = await Promise.all([
      slack.ana.sends(values, forms[0]),
      slack.bo.sends({ 'What should change?': 'longer, and greener' }, forms[1]),
    ]);
    expect(await slack.house.rows('decisions')).toHaveLength(1);
    const refused = sent.filter(({ answer }) => JSON.stringify(answer ?? '').includes('errors'));
    expect(refused).toHaveLength(1);
    expect(JSON.stringify(refused[0]?.answer)).toMatch(/by (?:Ana|Bo)/);
  });
});

describe('what Slack will not show', () => {
  test.each(['invalid_blocks', 'msg_too_long', 'msg_blocks_too_long'])(
    '%s at an edit: the card becomes plain text with its buttons, within what an edit may hold',
    async (error) => {
      await slack.ana.types('note tea');
      await slack.pass(1_000);
      slack.platform.fail('chat.update', error, 2);
      await slack.pass(7_000);
      expect(own()[0]?.text).toContain('Asked by Ana');
      expect(own()[0]?.text.length).toBeLessThanOrEqual(4_000);
      expect(buttonsOf(own()[0]?.blocks ?? []).map((b) => b.label)).toEqual(['Stop']);
      expect(slack.logged.join()).toContain('Slack refused the blocks of a card');
      await slack.pass(60_000);
      // The next edit is drawn as ever.
      expect(words(own()[0])).toMatch(/^Note · tea ◆ waiting for approval/);
      expect(buttonsOf(own()[0]?.blocks ?? []).map((b) => b.label)).toEqual(['Stop']);
    },
  );
});

describe('what is typed', () => {
  test('40,000 characters are more than an input takes, which who asked is told; what fits is taken whole', async () => {
    await slack.ana.types(`note ${'t'.repeat(40_000)}`);
    expect(slack.ana.told.at(-1)).toContain('it has 40000 characters; 20000 are possible');
    expect(await statuses()).toEqual([]);
    await slack.ana.types(`note ${'t'.repeat(3_000)}`);
    await slack.pass(20_000);
    const [run] = await slack.house.rows('runs');
    expect(JSON.parse(run?.input ?? '{}').topic).toHaveLength(3_000);
    expect(words(own()[0])).toMatch(/^Note · t+…/);
    expect((await slack.house.rows('outbox')).filter((row) => row.state !== 'sent')).toEqual([]);
  });

  test('emoji and right-to-left text stand in title and thread as they were typed, whole', async () => {
    const typed = `${'🫖'.repeat(500)} مرحبا بالعالم`;
    await slack.ana.types(`note ${typed}`);
    await slack.pass(20_000);
    const [run] = await slack.house.rows('runs');
    expect(JSON.parse(run?.input ?? '{}').topic).toBe(typed);
    for (const { blocks, text } of own())
      expect(JSON.stringify([blocks, text])).not.toMatch(/\\ud[89a-f][0-9a-f]{2}/i);
  });
});
