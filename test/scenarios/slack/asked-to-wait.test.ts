import { afterEach, expect, test } from 'vitest';
import { crewOf } from '../../support/crew-text.ts';
import { noteCrew } from '../../support/crews.ts';
import { createScripted } from '../../support/scripted.ts';
import { methods } from '../../support/slack/methods.ts';
import { buttonsOf, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';

const longCrew = crewOf(`
name: long
summary: A long text, approved.
input: { topic: { type: text, label: Topic } }
types: { Text: { text: text } }
agents: { writer: { model: smart, instructions: Write., limits: { input: 4000, output: 20000 } } }
steps:
  - write: { agent: writer, prompt: "About {{ input.topic }}", output: Text }
  - approve: { gate: { shows: write, expires: 2d } }
  - publish: { deliver: channel, approved: approve }
`);

const longText = Array.from({ length: 400 }, (_, i) => `${i} ${'tea '.repeat(25)}`).join('\n\n');
/** What takes part only where a crew has inputs of those types. */
const ofInputs = ['conversations.info', 'files.info'];

let slack: SlackStand;
afterEach(async () => {
  await slack.end();
});

const own = () => slack.platform.state.messages.filter((m) => m.isBot);
const gateIn = (channel: string) =>
  own().findLast((m) => m.channel === channel && buttonsOf(m.blocks).some((b) => b.label === 'Approve'));

/** A conversation in which every method of the Web API has its part; `before` says what goes wrong in it. */
async function conversation(before: () => void) {
  const provider = createScripted((_, call) => ({ json: { text: call === 1 ? longText : `words ${call}` } }));
  const opened = await openSlackStand({ crews: [longCrew, noteCrew], house: { providers: [provider] } });
  slack = opened;
  const { ana, bo, platform } = opened;
  const cy = slack.person('Cy');
  await cy.types('version');
  await ana.types('access grant @cy approver');
  // Cy decides, and does not see the channel.
  platform.state.channels.get('C1')?.members.delete('UCY');
  // Somebody whom Crewsmith has not looked up lately, and a post whose answer is lost.
  await slack.pass(10 * 60_000);
  before();
  platform.fail('chat.postMessage', 'lost', 1);
  await bo.types('long tea');
  await slack.pass(60_000);
  // The same in a thread.
  platform.fail('chat.postMessage', 'lost', 1);
  const { body } = await bo.mentions('note milk');
  const { ts } = body.event as { ts: string };
  platform.fail('chat.postMessage', 'lost', 1);
  await bo.mentions('note coffee', { thread: ts });
  await slack.pass(60_000);
  await ana.mentions('keys');
  const home = ana.goesHome();
  await slack.pass(10_000);
  await home;
  const gate = gateIn('C1');
  if (gate === undefined) throw new Error('no gate');
  await cy.presses('Request changes', gate);
  await slack.pass(10_000);
  // Slack's leave to open a form is over by then, so it is offered by a button.
  if (cy.form === undefined) await cy.presses('Open the form');
  await slack.pass(10_000);
  await cy.sends({ 'What should change?': 'shorter' });
  await slack.pass(60_000);
  return { ana, cy };
}

test.each(Object.keys(methods).filter((name) => !ofInputs.includes(name)))(
  '%s: asked to wait once, everything still arrives, once each',
  async (method) => {
    const { ana, cy } = await conversation(() => slack.platform.fail(method, '429', 1));
    const { calls, mistakes, state } = slack.platform;
    expect(calls.map((call) => call.method)).toContain(method);
    expect([mistakes, slack.chat.errors, slack.logged]).toEqual([[], [], []]);
    expect((await slack.house.rows('runs')).map((run) => run.status)).toEqual([
      'waiting',
      'waiting',
      'waiting',
    ]);
    expect((await slack.house.rows('decisions')).map((row) => row.decision)).toEqual(['changes']);
    // Nothing stands twice, nothing is missing.
    const marks = own().flatMap((m) => {
      const { event_payload: mark } = (m.metadata ?? {}) as { event_payload?: unknown };
      return mark === undefined ? [] : [JSON.stringify(mark)];
    });
    expect(new Set(marks).size).toBe(marks.length);
    expect((await slack.house.rows('outbox')).filter((row) => row.state !== 'sent')).toEqual([]);
    expect(await slack.house.services.outbox.state(slack.house.services.home.workspace)).toMatchObject({
      failed: 0,
      duplicatesPossible: 0,
    });
    expect(state.files.filter((file) => file.shared !== null).length).toBeGreaterThanOrEqual(1);
    // What was asked for alone was told alone: in the thread, or in their own messages.
    expect([...ana.told, ...slack.reads('DANA')].join()).toContain('Keys');
    expect(wordsOf(state.homes.get('UANA')?.blocks ?? [])).toContain('tea');
    expect(cy.form).toBeUndefined();
    expect(gateIn('DCY')).toBeDefined();
  },
);
