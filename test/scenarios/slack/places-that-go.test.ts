import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createVirtualClock } from '../../support/clock.ts';
import { createSlow } from '../../support/scripted.ts';
import { buttonsOf, type SlackPerson, wordsOf } from '../../support/slack/people.ts';
import { openSlackStand, type SlackStand } from '../../support/slack/stand.ts';
import { botUser, type FakeChannel, type FakeMessage } from '../../support/slack/state.ts';

// Channels, threads and messages that are not there, or are there no longer: the run goes on, and who decides is reached.
let slack: SlackStand & { ana: SlackPerson; bo: SlackPerson };

beforeEach(async () => {
  const clock = createVirtualClock();
  // A call takes two seconds, so that there is a middle of a run.
  slack = await openSlackStand({ clock, house: { providers: [createSlow(clock, 2_000)] } });
});
afterEach(async () => {
  expect((await slack.house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([slack.platform.mistakes, slack.chat.errors]).toEqual([[], []]);
  await slack.end();
});

const statuses = async () => (await slack.house.rows('runs')).map((run) => run.status);
const own = () => slack.platform.state.messages.filter((m) => m.isBot);
const parent = () => own()[0];
const channel = (id: string): FakeChannel => {
  const found = slack.platform.state.channels.get(id);
  if (found === undefined) throw new Error(`no channel ${id}`);
  return found;
};
const deleted = (message: FakeMessage | undefined) => {
  const { messages } = slack.platform.state;
  if (message !== undefined) messages.splice(messages.indexOf(message), 1);
};
const gates = (where: string) =>
  own().filter((m) => m.channel === where && buttonsOf(m.blocks).some((b) => b.label === 'Approve'));
const invited = async (id: string) => {
  channel(id).members.add(botUser);
  await slack.event({
    type: 'event_callback',
    team_id: 'T1',
    event_id: `EvJoin${slack.clock.now()}`,
    event: { type: 'member_joined_channel', user: botUser, channel: id, team: 'T1' },
  });
};
const toldToInvite = (person: SlackPerson) =>
  person.told.filter((line) => line.includes('/invite @Crewsmith'));

describe('a channel that Crewsmith is not in', () => {
  beforeEach(() => {
    channel('C2').members.add('UANA');
    slack.platform.state.channels.set('G7', {
      ...{ id: 'G7', name: 'deals', members: new Set(['UANA']), archived: false, hidden: true },
    });
  });

  test.each([
    ['C2', 'public: Slack says that we are not in it'],
    ['G7', 'private: Slack says that there is none'],
  ])('%s, %s: who asks is told to invite it, once, and it goes on at once when it was', async (id) => {
    await slack.ana.types('note tea', { channel: id });
    await slack.pass(20_000);
    expect(toldToInvite(slack.ana)).toHaveLength(1);
    expect(slack.reads(id)).toEqual([]);
    await invited(id);
    await slack.pass(1_000);
    expect(slack.reads(id)).toHaveLength(1);
    expect(slack.reads(id)[0]).toMatch(/^Note · tea ◆ waiting for approval/);
    await slack.pass(3_000);
    await slack.ana.presses('Approve', gates(id)[0]);
    await slack.pass(5_000);
    expect(await statuses()).toEqual(['completed']);
  });

  test('invited a day later: what could not be said is said then, as it is by then', async () => {
    await slack.ana.types('note tea', { channel: 'C2' });
    await slack.pass(10_000);
    // Given up there; who decides was asked by a message of their own.
    expect(slack.house.warnings.join()).toContain('a card could not be sent');
    expect(wordsOf(gates('DANA')[0]?.blocks ?? [])).toContain('could not be shown in #empty');
    await slack.pass(24 * 3_600_000);
    await invited('C2');
    await slack.pass(10_000);
    expect(slack.reads('C2')).toHaveLength(1);
    expect(slack.reads('C2')[0]).toMatch(/^Note · tea ◆ waiting for approval/);
    await slack.ana.presses('Approve', gates('C2')[0]);
    await slack.pass(10_000);
    expect(await statuses()).toEqual(['completed']);
    expect([gates('C2'), gates('DANA')]).toEqual([[], []]);
  });

  test('who asks a second time without having invited it is told a second time', async () => {
    for (const topic of ['tea', 'coffee']) {
      await slack.ana.types(`note ${topic}`, { channel: 'C2' });
      await slack.pass(5_000);
    }
    expect(toldToInvite(slack.ana)).toHaveLength(2);
  });

  test('that it was invited is never told: the first card that is taken brings the others', async () => {
    await slack.ana.types('note tea', { channel: 'C2' });
    await slack.pass(10_000);
    channel('C2').members.add(botUser);
    await slack.ana.types('note coffee', { channel: 'C2' });
    await slack.pass(20_000);
    expect(
      slack
        .reads('C2')
        .map((line) => /^Note · \w+/.exec(line)?.[0])
        .sort(),
    ).toEqual(['Note · coffee', 'Note · tea']);
  });
});

describe('a conversation between two people, which takes no app in', () => {
  beforeEach(() => {
    const between = { id: 'DTWO', name: 'directmessage', members: new Set(['UANA', 'UBO']), archived: false };
    slack.platform.state.channels.set('DTWO', { ...between, hidden: true });
  });

  test('who asks there for a run is told where to ask, and nothing is started; what answers them alone does', async () => {
    await slack.ana.types('note tea', { channel: 'DTWO' });
    await slack.pass(5_000);
    expect(slack.ana.told.at(-1)).toContain('Nothing was started and nothing paid.');
    expect(slack.ana.told.at(-1)).toContain('Ask in a channel, or in a direct message to @Crewsmith.');
    expect(await slack.house.rows('runs')).toEqual([]);
    expect(toldToInvite(slack.ana)).toEqual([]);
    await slack.ana.types('spend', { channel: 'DTWO' });
    expect(slack.ana.told.at(-1)).toContain('this week');
  });

  test('their own conversation with Crewsmith is open', async () => {
    await slack.ana.types('note tea', { channel: 'DANA' });
    await slack.pass(5_000);
    expect(slack.reads('DANA')[0]).toMatch(/^Note · tea ◆ waiting for approval/);
  });

  test('a Slack that does not say which conversation is ours: the run begins, and who asks is told where to ask', async () => {
    slack.platform.state.scopes.delete('im:write');
    await slack.ana.types('note tea', { channel: 'DTWO' });
    await slack.pass(5_000);
    expect(await slack.house.rows('runs')).toHaveLength(1);
    expect(slack.ana.told.at(-1)).toContain('Ask in a channel, or in a direct message to @Crewsmith.');
  });
});

describe('in the middle of a run', () => {
  beforeEach(async () => {
    await slack.ana.types('note tea');
    await slack.pass(100);
    expect(slack.reads()[0]).toMatch(/^Note · tea ●/);
  });

  test('thrown out of the channel: who asked is told, and invited again it says how things stand', async () => {
    channel('C1').members.delete(botUser);
    await slack.pass(30_000);
    expect(await statuses()).toEqual(['waiting']);
    expect(toldToInvite(slack.ana)).toHaveLength(1);
    await invited('C1');
    await slack.pass(10_000);
    expect(slack.reads()[0]).toMatch(/^Note · tea ◆ waiting for approval/);
    const thread = slack.reads('C1', parent()?.ts);
    expect(thread.map((line) => /^Draft|^Polish|ready for your decision/.exec(line)?.[0])).toEqual([
      'Draft',
      'Polish',
      'ready for your decision',
    ]);
    await slack.ana.presses('Approve', gates('C1')[0]);
    await slack.pass(10_000);
    expect(slack.reads()[0]).toMatch(/^Note · tea ✔ completed/);
  });

  test.each([
    ['archived', (where: FakeChannel) => Object.assign(where, { archived: true })],
    ['deleted', () => slack.platform.state.channels.delete('C1')],
  ])(
    'the channel is %s: who decides is asked by a message of their own, and nothing is lost',
    async (_, gone) => {
      gone(channel('C1'));
      await slack.pass(10_000);
      expect(await statuses()).toEqual(['waiting']);
      expect(gates('DANA')).toHaveLength(1);
      await slack.ana.presses('Approve', gates('DANA')[0]);
      await slack.pass(15 * 60_000);
      // What was approved has nowhere to go; that is said, and it can be sent again.
      expect(await statuses()).toEqual(['failed']);
      expect(wordsOf(own().findLast((m) => m.channel === 'DANA')?.blocks ?? [])).toContain(
        '✔ Approved by Ana',
      );
      expect((await slack.house.rows('outbox')).filter((row) => row.state === 'sending')).toEqual([]);
    },
  );

  test('an archived channel that is opened again gets what was approved, by Retry, and nothing is paid anew', async () => {
    channel('C1').archived = true;
    await slack.pass(60_000);
    await slack.ana.presses('Approve', gates('DANA')[0]);
    await slack.pass(60_000);
    expect(await statuses()).toEqual(['failed']);
    const paid = (await slack.house.rows('attempts')).length;
    channel('C1').archived = false;
    const [run] = await slack.house.rows('runs');
    await slack.ana.types(`retry ${run?.id}`);
    await slack.pass(10_000);
    expect(await statuses()).toEqual(['completed']);
    expect(slack.reads().at(-1)).toContain('words 2');
    expect(await slack.house.rows('attempts')).toHaveLength(paid);
  });

  test('its parent message is deleted: who decides is asked by a message of their own; the channel gets what was approved', async () => {
    deleted(parent());
    await slack.pass(10_000);
    expect(gates('C1')).toEqual([]);
    await slack.ana.presses('Approve', gates('DANA')[0]);
    await slack.pass(10_000);
    expect(await statuses()).toEqual(['completed']);
    expect(slack.reads().filter((line) => line.includes('words 2'))).toHaveLength(1);
  });

  test('the card of its gate is deleted: the home and a command still show what waits', async () => {
    await slack.pass(6_000);
    deleted(gates('C1')[0]);
    await slack.ana.goesHome();
    expect(wordsOf(slack.platform.state.homes.get('UANA')?.blocks ?? [])).toContain('tea');
    const [run] = await slack.house.rows('runs');
    await slack.ana.types(`runs ${run?.id}`);
    expect(slack.ana.told.at(-1)).toContain('waiting');
  });

  test('what asked for it is edited or deleted: nothing begins anew, and the run goes on', async () => {
    const { body } = await slack.bo.mentions('note coffee');
    await slack.pass(6_000);
    const { ts } = body.event as { ts: string };
    const asked = slack.platform.state.messages.find((m) => m.ts === ts);
    if (asked !== undefined) asked.text = '<@UBOT> note milk';
    const event = body.event as object;
    const changed = { type: 'message', channel_type: 'channel', channel: 'C1' };
    await slack.event({ ...body, event_id: 'EvEdit1', event: { ...event, text: '<@UBOT> note milk' } });
    await slack.event({ ...body, event_id: 'EvEdit2', event: { ...changed, subtype: 'message_changed' } });
    deleted(asked);
    await slack.event({ ...body, event_id: 'EvEdit3', event: { ...changed, subtype: 'message_deleted' } });
    expect((await slack.house.rows('runs')).map((run) => JSON.parse(run.input).topic)).toEqual([
      'tea',
      'coffee',
    ]);
    expect(await statuses()).toEqual(['waiting', 'waiting']);
  });
});
