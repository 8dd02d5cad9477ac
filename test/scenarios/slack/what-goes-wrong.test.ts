import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { crewOf } from '../../support/crew-text.ts';
import { noteCrew } from '../../support/crews.ts';
import { createScripted } from '../../support/scripted.ts';
import { buttonsOf, type SlackPerson, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';
import { botUser, type FakeMessage } from '../../support/slack/state.ts';

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

let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };
/** What the models write. */
let words = (call: number): string => `words ${call}`;

beforeEach(async () => {
  words = (call) => `words ${call}`;
  const provider = createScripted((_, call) => ({ json: { text: words(call) } }));
  slack = await openSlackStand({ crews: [noteCrew, longCrew], house: { providers: [provider] } });
});
afterEach(async () => {
  expect((await slack.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect(slack.chat.errors).toEqual([]);
  await slack.end();
});

const statuses = async () => (await slack.house.rows('runs')).map((run) => run.status);
const own = () => slack.platform.state.messages.filter((m) => m.isBot);
const parent = () => own()[0];
const thread = () => slack.reads('C1', parent()?.ts);
const gates = () => own().filter((m) => buttonsOf(m.blocks).some((b) => b.label === 'Approve'));
const titles = (of: readonly FakeMessage[]) =>
  of.map(({ blocks: [first] }) => (first?.type === 'header' ? first.text.text : ''));
describe('the token', () => {
  test('revoked in the middle of a run: the run goes on, its cards are given up, and nothing is taken from there any more', async () => {
    await slack.ana.types('note tea');
    await slack.pass(3_000);
    slack.platform.state.tokenIs = 'token_revoked';
    await slack.event({
      type: 'event_callback',
      team_id: 'T1',
      event_id: 'EvRevoked',
      event: { type: 'tokens_revoked', tokens: { oauth: [], bot: [botUser] } },
    });
    await slack.ana.presses('Approve', gates()[0]);
    expect(await statuses()).toEqual(['waiting']);
    expect(await slack.house.rows('decisions')).toEqual([]);
    const [installation] = (await slack.house.rows('installations')).filter((row) => row.surface === 'slack');
    expect(installation?.removed_at).not.toBeNull();
    const audited = (await slack.house.rows('audit')).map((row) => row.action);
    expect(audited).toContain('workspace.disconnect');
  });

  test('the app uninstalled: it is as if nobody had claimed the team', async () => {
    await slack.event({
      type: 'event_callback',
      team_id: 'T1',
      event_id: 'EvGone',
      event: { type: 'app_uninstalled' },
    });
    await slack.ana.types('keys');
    expect(slack.ana.told.at(-1)).toContain('not linked to a workspace');
  });
});

describe('rule S3: a post whose answer is lost', () => {
  test('is looked for and found, and stands once', async () => {
    slack.platform.fail('chat.postMessage', 'lost', 1);
    await slack.ana.types('note tea');
    await slack.pass(10_000);
    expect(new Set(titles(own())).size).toBe(own().length);
    expect(own()).toHaveLength(4);
    expect(await slack.house.services.engine.outbox.duplicatesPossible()).toBe(0);
    expect(slack.platform.calls.map((call) => call.method)).toContain('conversations.history');
  });

  test('that never arrived is sent again; where history may not be read it may stand twice, and that is counted', async () => {
    slack.platform.fail('chat.postMessage', 'no answer', 1);
    await slack.ana.types('note tea');
    await slack.pass(10_000);
    expect(own()).toHaveLength(4);
    expect(await slack.house.services.engine.outbox.duplicatesPossible()).toBe(0);
    slack.platform.state.lacks.add('conversations.history');
    slack.platform.fail('chat.postMessage', 'lost', 1);
    await slack.ana.types('note coffee');
    await slack.pass(10_000);
    expect(own()).toHaveLength(9);
    expect(await slack.house.services.engine.outbox.duplicatesPossible()).toBe(1);
  });
});

describe('Slack says to wait', () => {
  test.each(['429', 'ratelimited'])(
    '%s on every post and edit for a while: everything arrives once and in order',
    async (error) => {
      slack.platform.fail('chat.postMessage', error, 3);
      slack.platform.fail('chat.update', error, 3);
      await slack.ana.types('note tea');
      await slack.pass(90_000);
      expect(titles(own())).toEqual(['Note · tea', 'Draft', 'Polish', 'Note: tea · ready for your decision']);
      expect(wordsOf(parent()?.blocks ?? [])).toContain('waiting for approval');
    },
  );

  test('429 on what is private: the answer takes another way', async () => {
    slack.platform.fail('chat.postEphemeral', '429', 1);
    await slack.ana.mentions('keys');
    await slack.pass(5_000);
    expect(slack.reads('DANA').join()).toContain('Keys');
  });
});

describe('what Slack will not show', () => {
  test('invalid_blocks: the card goes out as plain text with its buttons, and the block is logged', async () => {
    slack.platform.fail('chat.postMessage', 'invalid_blocks', 2);
    await slack.ana.types('note tea');
    await slack.pass(200);
    expect(parent()?.text).toContain('Asked by Ana');
    expect(buttonsOf(parent()?.blocks ?? []).map((b) => b.label)).toEqual(['Stop']);
    expect(slack.logged.join()).toContain('Slack refused the blocks of a card');
  });

  test('msg_too_long and msg_blocks_too_long count the same', async () => {
    for (const error of ['msg_too_long', 'msg_blocks_too_long']) {
      slack.platform.fail('chat.postMessage', error, 1);
      await slack.ana.types('note tea');
      await slack.pass(5_000);
    }
    expect(own()).toHaveLength(8);
    expect((await slack.house.rows('outbox')).filter((row) => row.state === 'failed')).toEqual([]);
  });

  test('plan blocks where they are not known: done without, once, with one line (rule S6)', async () => {
    slack.platform.state.plan = false;
    await slack.ana.types('note tea');
    await slack.pass(5_000);
    await slack.ana.types('note coffee');
    await slack.pass(5_000);
    expect(slack.logged.filter((line) => line.includes('plan blocks'))).toHaveLength(1);
    expect(slack.platform.calls.filter((call) => call.error === 'invalid_blocks')).toHaveLength(1);
    expect(wordsOf(parent()?.blocks ?? [])).toContain('✔ *Draft*');
  });

  test('tables likewise: lines of one width stand instead (rule S6)', async () => {
    slack.platform.state.tables = false;
    words = () => 'Prices:\n| Plan | A month |\n|---|---|\n| Starter | €19 |';
    for (const topic of ['tea', 'coffee']) {
      await slack.ana.types(`note ${topic}`);
      await slack.pass(5_000);
    }
    expect(thread().join()).toContain('Plan A month');
    expect(slack.logged.filter((line) => line.includes('no tables'))).toHaveLength(1);
    expect(slack.platform.calls.filter((call) => call.error === 'invalid_blocks')).toHaveLength(1);
  });

  test('40,000 characters from a model: one message, shortened, with its buttons, and the whole as a file in the thread', async () => {
    words = () => Array.from({ length: 400 }, (_, i) => `${i} ${'tea '.repeat(25)}`).join('\n\n');
    await slack.ana.types('long tea');
    await slack.pass(10_000);
    const [file] = slack.platform.state.files;
    expect(file?.shared).toEqual({ channel: 'C1', thread: parent()?.ts });
    expect(file?.bytes?.toString()).toContain('399 tea tea');
    await slack.ana.presses('Approve');
    expect(await statuses()).toEqual(['completed']);
  });

  test('the same where there are no uploads: over several messages, said once in the log (rule S6)', async () => {
    slack.platform.state.lacks.add('files.getUploadURLExternal');
    words = () => Array.from({ length: 400 }, (_, i) => `${i} ${'tea '.repeat(25)}`).join('\n\n');
    await slack.ana.types('long tea');
    await slack.pass(60_000);
    expect(thread().join()).toContain('399 tea tea');
    expect(slack.logged.filter((line) => line.includes('file uploads'))).toHaveLength(1);
    const [gate] = gates();
    await slack.ana.presses('Approve', gate);
    await slack.pass(60_000);
    expect(await statuses()).toEqual(['completed']);
    expect(thread().join()).toContain('✔ Approved by Ana');
    expect(gates()).toEqual([]);
  });

  test('a file that Slack fails to take: all of its text stands in the thread, and the next card has a file again', async () => {
    slack.platform.fail('files.getUploadURLExternal', 'internal_error', 1);
    words = () => Array.from({ length: 400 }, (_, i) => `${i} ${'tea '.repeat(25)}`).join('\n\n');
    await slack.ana.types('long tea');
    await slack.pass(60_000);
    expect(thread().join()).toContain('399 tea tea');
    expect(titles(own()).filter((title) => title.endsWith('· the whole text')).length).toBeGreaterThan(0);
    expect(slack.logged.filter((line) => line.includes('could not be put beside its card'))).toHaveLength(1);
    await slack.ana.types('long coffee');
    await slack.pass(60_000);
    expect(slack.platform.state.files.some((file) => file.shared !== null)).toBe(true);
  });

  test('500 emoji, right to left, and 40,000 characters of input are shown, and call nobody', async () => {
    words = () => `${'🫖'.repeat(500)} مرحبا بالعالم <!channel> <@UBO> <https://evil.example|acme.com>`;
    await slack.ana.types(`note ${'t'.repeat(40_000)}`);
    await slack.ana.types('note tea');
    await slack.pass(10_000);
    expect(slack.message('مرحبا').blocks.length).toBeGreaterThan(0);
    for (const message of own())
      expect(JSON.stringify(message.blocks)).not.toMatch(/<!channel>|<@UBO>|<https/);
    for (const call of slack.platform.calls.filter(({ method }) => method === 'chat.postMessage')) {
      expect(call.args).toMatchObject({
        unfurl_links: false,
        unfurl_media: false,
        parse: 'none',
        link_names: false,
      });
    }
  });
});

describe('a form', () => {
  test('whose section is longer than Slack’s field says where to edit it, and saving leaves it as it was', async () => {
    words = () => 'x'.repeat(3_001);
    await slack.ana.types('note tea');
    await slack.pass(3_000);
    await slack.ana.presses('Edit');
    expect(wordsOf(slack.ana.form?.view.blocks ?? [])).toContain('Edit it on the page instead');
    expect(slack.ana.form?.view.blocks.some((b) => b.type === 'input')).toBe(false);
    // It has no field at which a sentence could stand.
    await slack.ana.presses('Reject');
    await slack.pass(3_000);
    const { answer } = await slack.ana.sends({});
    expect(answer).toMatchObject({ response_action: 'update' });
    expect(JSON.stringify(answer)).toContain('This was decided already');
  });

  test('that takes longer than Slack waits says what came of it where it stood', async () => {
    await slack.ana.types('note tea');
    await slack.pass(3_000);
    await slack.ana.presses('Request changes');
    const form = slack.ana.form;
    // Who it is takes long to look up.
    await slack.pass(6 * 60_000);
    const go = slack.platform.hold('users.info');
    const sent = slack.ana.sends({ 'What should change?': 'shorter' });
    await slack.pass(2_000);
    const { ackedAfter } = await sent;
    expect(ackedAfter).toBeLessThan(3_000);
    go();
    await slack.pass(1_000);
    expect(wordsOf(form?.view.blocks ?? [])).toContain('Done. You can close this.');
    expect(await slack.house.rows('decisions')).toHaveLength(1);
  });
});
