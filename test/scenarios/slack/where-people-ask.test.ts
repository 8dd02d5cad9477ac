import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crewOf } from '../../support/crew-text.ts';
import { noteCrew } from '../../support/crews.ts';
import { createScripted, hangs } from '../../support/scripted.ts';
import type { SlackPerson } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

const manyCrew = crewOf(`
name: many
summary: Several inputs.
input:
  topic: { type: text, label: Topic }
  count: { type: integer, label: How many }
  tone: { type: choice, choices: [plain, warm], label: Tone }
  due: { type: date, label: Due, required: false }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - write: { agent: writer, prompt: "{{ input.topic }} {{ input.count }} {{ input.tone }}" }
`);

const longPlan = `Everything ${'and more '.repeat(20)}`.trim();
const plansCrew = (name: string, plans: readonly string[]) =>
  crewOf(`
name: ${name}
summary: A choice.
input: { plan: { type: choice, choices: ${JSON.stringify(plans)}, label: Plan } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - write: { agent: writer, prompt: "{{ input.plan }}" }
`);
const manyPlans = Array.from({ length: 101 }, (_, n) => `plan ${n}`);
const planCrews = [plansCrew('plans', manyPlans), plansCrew('long-plans', ['None', longPlan])];

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };
let silent = false;

beforeEach(async () => {
  silent = false;
  const provider = createScripted((_, call) => (silent ? hangs : { json: { text: `words ${call}` } }));
  slack = await openSlackStand({
    crews: [noteCrew, manyCrew, ...planCrews],
    house: { providers: [provider] },
  });
});
afterEach(async () => {
  expect([slack.platform.mistakes, slack.logged, slack.chat.errors]).toEqual([[], [], []]);
  await slack.end();
});

const runs = () => slack.house.rows('runs');

describe('in a thread', () => {
  test('a mention asks for a run, and all of it stays in that thread', async () => {
    const { body } = await slack.bo.mentions('hello?', { channel: 'C1' });
    const thread = (body.event as { ts: string }).ts;
    await slack.ana.mentions('note tea', { thread });
    await slack.pass(5_000);
    expect(slack.reads('C1', thread).join('\n')).toMatch(
      /Note · tea ◆ waiting[\s\S]*words 1[\s\S]*ready for your decision/,
    );
    await slack.ana.presses('Reject');
    await slack.pass(5_000);
    expect(slack.reads('C1', thread).join('\n')).toContain('Note · tea ✖ rejected');
    // Nothing of it stands elsewhere.
    expect(slack.platform.state.messages.filter((m) => m.isBot && m.thread !== thread)).toEqual([]);
  });

  test('"@Crewsmith stop" ends the run of the thread at once, a call in flight too', async () => {
    silent = true;
    await slack.ana.types('note tea');
    await slack.pass(500);
    const parent = slack.message('Note · tea').ts;
    expect((await runs()).map((run) => run.status)).toEqual(['running']);
    await slack.ana.mentions('stop', { thread: parent });
    expect((await runs()).map((run) => run.status)).toEqual(['canceled']);
    await slack.pass(5_000);
    expect(slack.reads()[0]).toMatch(/^Note · tea canceled/);
    expect(slack.ana.told.at(-1)).toContain('Stopped run_');
    await slack.ana.mentions('stop', { thread: parent });
    expect(slack.ana.told.at(-1)).toContain('RUN is missing');
  });

  test('a mention that is no command is answered to its author alone, in the thread', async () => {
    const { body } = await slack.bo.mentions('nots tea');
    const thread = (body.event as { ts: string }).ts;
    await slack.bo.mentions('nots tea', { thread });
    expect(slack.bo.told.at(-1)).toContain('note');
    expect(slack.platform.state.privates.at(-1)?.thread).toBe(thread);
    expect(slack.platform.state.messages.filter((m) => m.isBot)).toEqual([]);
  });
});

describe('a form', () => {
  test('opens for a crew whose inputs are missing, with a field for each, and starts it', async () => {
    await slack.ana.types('many');
    const blocks = slack.ana.form?.view.blocks ?? [];
    const kinds = blocks.flatMap((b) => (b.type === 'input' ? [`${b.label.text}: ${b.element.type}`] : []));
    expect(kinds).toEqual([
      'Topic: plain_text_input',
      'How many: number_input',
      'Tone: static_select',
      'Due: datepicker',
    ]);
    const wrong = await slack.ana.sends({ Topic: 'tea', 'How many': '1.5', Tone: 'warm' });
    expect(wrong.answer).toMatchObject({
      response_action: 'errors',
      errors: { 'field:count': expect.any(String) },
    });
    await slack.ana.sends({ Topic: 'tea', 'How many': '3', Tone: 'warm', Due: '2026-12-24' });
    expect((await runs()).map((run) => JSON.parse(run.input))).toEqual([
      { topic: 'tea', count: 3, tone: 'warm', due: '2026-12-24' },
    ]);
    expect(slack.reads()[0]).toMatch(/^Many · tea/);
  });

  test.each([
    ['more choices than Slack lists', 'plans', 'PLAN 100', 'plan 100'],
    ['a choice longer than Slack takes', 'long-plans', longPlan, longPlan],
  ])('with %s has a line to type it, and names them', async (_, crew, typed, plan) => {
    await slack.ana.types(crew);
    const fields = slack.ana.form?.view.blocks.filter((b) => b.type === 'input') ?? [];
    expect(JSON.stringify(fields)).toContain('plain_text_input');
    expect(JSON.stringify(fields)).toContain('One of: ');
    const wrong = await slack.ana.sends({ Plan: 'another' });
    expect(wrong.answer).toMatchObject({ response_action: 'errors' });
    await slack.ana.sends({ Plan: typed });
    expect((await runs()).map((run) => JSON.parse(run.input))).toEqual([{ plan }]);
  });

  test('opens at once after a command, also where Slack takes its time to say who typed it', async () => {
    await slack.pass(10 * 60_000);
    const letGo = slack.platform.hold('users.info');
    const typing = slack.ana.types('many');
    await slack.pass(3_100);
    letGo();
    await typing;
    expect(slack.ana.form?.view.title?.text).toBe('Many');
    expect(slack.ana.told.join()).not.toContain('Open the form');
  });

  test('that Slack would open no more is offered by a button', async () => {
    slack.platform.fail('views.open', 'expired_trigger_id');
    await slack.ana.types('many');
    expect(slack.ana.form).toBeUndefined();
    expect(slack.ana.told.at(-1)).toContain('Open the form');
    await slack.ana.presses('Open the form');
    expect(slack.ana.form?.view.title?.text).toBe('Many');
  });
});

test('a message shortcut runs a crew on what the message is about, in the thread of the message', async () => {
  const { body } = await slack.bo.mentions('look at https://acme.com/pricing please');
  const { ts } = body.event as { ts: string };
  const message = slack.platform.state.messages.find((m) => m.ts === ts);
  if (message === undefined) throw new Error('no message');
  await slack.ana.picks(message);
  const [input] = slack.ana.form?.view.blocks.filter((b) => b.type === 'input') ?? [];
  expect(JSON.stringify(input)).toContain('research https://acme.com/pricing');
  await slack.ana.sends({ 'What to run': 'note tea' });
  await slack.pass(3_000);
  expect(slack.reads('C1', ts)[0]).toMatch(/^Note · tea/);
});

test('direct messages work: the words alone, and only who writes decides there', async () => {
  await slack.ana.writes('note tea');
  await slack.pass(3_000);
  expect(slack.reads('DANA').at(-1)).toMatch(/^Note · tea ◆ waiting for approval/);
  await slack.ana.presses('Approve');
  await slack.pass(3_000);
  expect((await runs()).map((run) => run.status)).toEqual(['completed']);
});

test('what the app itself and other apps write is none of its business', async () => {
  const event = (inner: object) => ({
    type: 'event_callback',
    team_id: 'T1',
    event_id: 'Ev1',
    event: {
      type: 'message',
      channel_type: 'im',
      channel: 'DANA',
      ts: '1.000001',
      text: 'note tea',
      ...inner,
    },
  });
  await slack.event(event({ user: 'UBOT', bot_id: 'B1' }));
  await slack.event(event({ bot_id: 'B2', subtype: 'bot_message' }));
  await slack.event(event({ user: 'UANA', subtype: 'message_changed' }));
  await slack.event({
    ...event({}),
    event: {
      type: 'app_mention',
      bot_id: 'B2',
      user: 'UOTHER',
      text: '<@UBOT> note tea',
      channel: 'C1',
      ts: '2.000001',
    },
  });
  expect(await runs()).toEqual([]);
});

describe('people who may nothing here', () => {
  test.each([
    ['a guest', { standing: 'guest' as const }],
    ['somebody of another workspace', { standing: 'stranger' as const, team: 'T9' }],
  ])('%s is told so, whatever they do', async (_, more) => {
    await slack.ana.types('note tea');
    await slack.pass(3_000);
    const gil = slack.person('Gil', more);
    await gil.types('note coffee');
    await gil.presses('Approve');
    await gil.mentions('keys');
    expect(gil.told).toHaveLength(3);
    for (const line of gil.told) expect(line).toContain('Guests cannot use Crewsmith here.');
    expect((await runs()).map((run) => run.status)).toEqual(['waiting']);
  });

  test('nothing is assumed of somebody whom Slack does not vouch for now', async () => {
    slack.platform.fail('users.info', 'internal_error');
    const cy = slack.person('Cy');
    await cy.types('note tea');
    expect(cy.told.at(-1)).toContain('Slack does not say who you are');
    expect(await runs()).toEqual([]);
    await cy.types('note tea');
    expect(await runs()).toHaveLength(1);
  });
});

test('keys, spend and mistakes are told to one person; in the channel nothing is said', async () => {
  await slack.ana.types('spend');
  await slack.ana.types('keys');
  await slack.ana.types('nots');
  await slack.bo.types('keys');
  expect(slack.ana.told.length).toBeGreaterThanOrEqual(3);
  expect(slack.bo.told.at(-1)).toContain('"keys" is for those who are admin');
  expect(slack.reads()).toEqual([]);
});
