import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Notice } from '../../src/chat/card.ts';
import { directTo } from '../../src/chat/port.ts';
import type { Role } from '../../src/core/access.ts';
import type { Crew } from '../../src/core/crew.ts';
import { noteCrew } from '../support/crews.ts';
import { button, createFakeChat, type FakeChat, type FakePerson, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted } from '../support/scripted.ts';

type Gate = Extract<Crew['steps'][number], { kind: 'gate' }>;

let house: House;
let chat: FakeChat;

beforeEach(() => open());
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

/** A Slack team of which nobody was given a role, and the crew `note` with these words in its gate. */
async function open(gate: Partial<Gate> = {}): Promise<void> {
  await house?.end();
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'slack' }) });
  const steps = noteCrew.steps.map((step) => (step.kind === 'gate' ? { ...step, ...gate } : step));
  chat = createFakeChat(house, [{ ...noteCrew, steps }]);
  const { workspaces } = house.services;
  await house.store.transact((tx) => workspaces.claim(tx, 'slack', { id: 'T1', name: 'Acme' }));
}

const slack = (name: string, more: Partial<FakePerson['sender']> = {}) =>
  chat.person(name, { surface: 'slack', team: 'T1', native: `T1:U${name.toUpperCase()}`, ...more });

async function memberOf({ sender }: FakePerson): Promise<string> {
  const accounts = await house.rows('accounts');
  const { member_id } =
    accounts.find((a) => a.native === sender.native && a.surface === sender.surface) ?? {};
  if (member_id === undefined) throw new Error(`${sender.name} was never here`);
  return member_id;
}

/** Somebody who has used Crewsmith, with a role in the workspace. */
async function here(name: string, role: Role | null = null, more: Partial<FakePerson['sender']> = {}) {
  const person = slack(name, more);
  await person.types('help');
  if (role !== null) await give(person, role);
  return person;
}

async function give(person: FakePerson, role: Role | null, channel = '') {
  const change = { workspace: house.services.home.workspace, actor: 'system', channel, role };
  const member = await memberOf(person);
  await house.store.transact((tx) => house.services.people.setRole(tx, { ...change, member }));
}

async function leave(person: FakePerson) {
  const gone = { workspace: house.services.home.workspace, actor: 'system', member: await memberOf(person) };
  await house.store.transact((tx) => house.services.people.leave(tx, gone));
}

const sales = async () => (await house.rows('channels')).find((c) => c.name === 'sales')?.id ?? '';

/** A run that waits at its gate. */
async function asks(person: FakePerson, spot = {}): Promise<string> {
  const before = (await house.rows('runs')).map((run) => run.id);
  await person.types('note tea', { spot });
  const run = (await house.rows('runs')).find(({ id }) => !before.includes(id));
  if (run === undefined) throw new Error('no run was started');
  expect((await house.view(run.id)).status).toBe('waiting');
  return run.id;
}

/** Null: it was decided; else what the presser alone is told. */
async function press(person: FakePerson, run: string, decision: 'approve' | 'reject' = 'approve') {
  const member = await memberOf(person);
  try {
    await house.decide(run, decision, { member, surface: person.sender.surface });
    return null;
  } catch (error) {
    expect(error).toMatchObject({ code: 'gate.forbidden' });
    return (error as Error).message.trim();
  }
}

const own = 'You asked for this run; you may request changes.';
const status = async (run: string) => (await house.view(run)).status;

describe('a run of one’s own (rule G3)', () => {
  test('in a team of one is approved by who asked, without a role being granted, and published', async () => {
    const ana = slack('Ana');
    const run = await asks(ana);
    expect(await press(ana, run)).toBeNull();
    expect(await status(run)).toBe('completed');
    expect(house.messages(run).filter((seen) => seen.dedupe.includes(':delivery:'))).toHaveLength(1);
    // Only `local`, of page and terminal, has one.
    expect(await house.rows('roles')).toHaveLength(1);
  });

  test('is approved by who asked while colleagues have no role, and not once one of them may', async () => {
    const ana = slack('Ana');
    const bo = await here('Bo');
    const alone = await asks(ana);
    expect(await press(bo, alone)).toContain('Ana decides here.');
    expect(await press(ana, alone)).toBeNull();

    const opened = await asks(ana);
    await give(bo, 'approver');
    const later = await asks(ana);
    // Who might when the gate opened still may: what comes later only widens.
    expect(await press(ana, opened)).toBeNull();
    expect(await press(ana, later)).toBe(`Bo decides here. ${own}`);
    expect(await press(bo, later)).toBeNull();
    expect(await status(later)).toBe('completed');
  });

  test('may be approved again when the only other approver lost the role, or left', async () => {
    for (const goes of [(bo: FakePerson) => give(bo, null), leave]) {
      await open();
      const ana = slack('Ana');
      const bo = await here('Bo', 'approver');
      const run = await asks(ana);
      expect(await press(ana, run)).toBe(`Bo decides here. ${own}`);
      await goes(bo);
      expect(await press(bo, run)).toContain('Ana decides here.');
      expect(await press(ana, run)).toBeNull();
    }
  });

  test('is not approved by who asked and left', async () => {
    const ana = slack('Ana');
    const run = await asks(ana);
    await leave(ana);
    expect(await press(ana, run)).toContain('Nobody can decide here yet');
    await give(await here('Bo'), 'approver');
    expect(await press(slack('Bo'), run)).toBeNull();
  });

  test('is not approved even by an owner who asked, while another may', async () => {
    const dee = await here('Dee', 'owner');
    await here('Bo', 'approver');
    expect(await press(dee, await asks(dee))).toBe(`Bo decides here. ${own}`);
  });

  test('in a direct message is approved by who asked, whoever else there is', async () => {
    await here('Bo', 'approver');
    const ana = slack('Ana');
    const run = await asks(ana, { channel: 'D1', channelName: 'Ana', direct: true });
    expect(await press(ana, run)).toBeNull();
  });

  test.each([
    ['may', true],
    ['if-alone', false],
    ['never', false],
  ] as const)(
    'with an approver beside them and requester: %s is approved by them: %s',
    async (requester, may) => {
      await open({ requester });
      await here('Bo', 'approver');
      const ana = slack('Ana');
      expect((await press(ana, await asks(ana))) === null).toBe(may);
    },
  );

  test('that nobody could decide on says so before anything is paid, and starts by a press; then it waits for somebody', async () => {
    await open({ requester: 'never' });
    const ana = slack('Ana');
    const bo = await here('Bo');
    await ana.types('note tea');
    expect(await house.rows('runs')).toEqual([]);
    expect(wordsOf(ana.told.at(-1))).toContain('access grant @NAME approver');
    await ana.presses(button(ana.told.at(-1), 'Start anyway'));
    const [{ id: run = '' } = {}] = await house.rows('runs');
    expect(await press(ana, run)).toBe(`Nobody can decide here yet; an admin can name somebody. ${own}`);
    // Who exists on page and terminal alone is nobody here, owner or not.
    const local = { member: house.services.home.member, surface: 'slack' as const };
    await expect(house.decide(run, 'approve', local)).rejects.toMatchObject({ code: 'gate.forbidden' });
    await give(bo, 'approver', await sales());
    expect(await press(ana, run)).toBe(`Bo decides here. ${own}`);
    expect(await press(bo, run)).toBeNull();
  });
});

describe('who decides (rule G3)', () => {
  test('are the approvers of the channel: by a role in it, or in the workspace', async () => {
    const ana = slack('Ana');
    const [bo, chi, eve] = [await here('Bo'), await here('Chi', 'admin'), await here('Eve')];
    await give(bo, 'approver', await sales());
    const run = await asks(ana);
    expect(await press(eve, run)).toBe('Bo or Chi decide here.');
    expect(await press(bo, run)).toBeNull();
    const elsewhere = await asks(ana, { channel: 'C2', channelName: 'ops' });
    expect(await press(bo, elsewhere)).toBe('Chi decides here.');
    expect(await press(chi, elsewhere)).toBeNull();
  });

  test('is anyone in the channel where the crew says so, and then who asked is not alone', async () => {
    await open({ approvers: { who: 'anyone-in-channel' } });
    const ana = slack('Ana');
    expect(await press(ana, await asks(ana))).toBeNull();
    const bo = await here('Bo');
    const run = await asks(ana);
    expect(await press(ana, run)).toBe(`Bo decides here. ${own}`);
    expect(await press(bo, run)).toBeNull();
  });

  test('is who the crew names by account, whatever their role; and nobody who merely has the name', async () => {
    await open({ approvers: { who: 'named', accounts: ['slack:UBO'] } });
    const ana = slack('Ana');
    const bo = await here('Bo');
    const false_ = await here('slack:UBO', 'owner', { native: 'T1:UEVE' });
    const run = await asks(ana);
    expect(await press(false_, run)).toBe('Bo decides here.');
    expect(await press(bo, run)).toBeNull();
  });

  test.each(['member', 'approver', 'admin', 'owner'] as const)('is role %s and more', async (role) => {
    await open({ approvers: { who: 'role', role } });
    const ana = slack('Ana');
    const ranks: readonly Role[] = ['member', 'approver', 'admin', 'owner'];
    const people: FakePerson[] = [];
    for (const each of ranks) people.push(await here(`Is-${each}`, each));
    for (const [i, person] of people.entries()) {
      const may = i >= ranks.indexOf(role);
      expect((await press(person, await asks(ana))) === null, `${ranks[i]}`).toBe(may);
    }
  });

  test('is no guest, whatever was granted before', async () => {
    const ana = slack('Ana');
    const bo = await here('Bo', 'approver');
    const { people, home } = house.services;
    await house.store.transact((tx) =>
      people.arrive(tx, { ...bo.sender, workspace: home.workspace, standing: 'guest', role: null }),
    );
    const run = await asks(ana);
    expect(await press(bo, run)).toContain('Ana decides here.');
  });
});

describe('being told of a gate (rule G5)', () => {
  const gateOf = (run: string) => house.messages(run).find((seen) => /:gate:[^:]+:\d+$/.test(seen.dedupe));
  const directs = (run: string) => house.messages(run).filter((seen) => seen.place.channel.startsWith('@'));
  const noticeIn = (seen: ReturnType<typeof gateOf>): Notice | undefined =>
    seen?.card.body.find((block) => block.type === 'notice');

  test('mentions the approvers in its thread; the push names crew, input, channel and end, never the draft', async () => {
    await here('Bo', 'approver');
    await here('Chi', 'admin');
    await here('Eve');
    const run = await asks(slack('Ana'));
    const notice = noticeIn(gateOf(run));
    expect(notice?.people).toEqual([
      { native: 'T1:UBO', name: 'Bo' },
      { native: 'T1:UCHI', name: 'Chi' },
    ]);
    expect(notice?.push).toMatch(
      /^Note · tea waits for your decision in #sales until \w{3} \d+ \w{3} \d+:\d\d$/,
    );
    expect(JSON.stringify(gateOf(run)?.card)).toContain('words 2');
    expect(notice?.push).not.toContain('words');
    expect(directs(run)).toEqual([]);
  });

  test('mentions 5 at most', async () => {
    for (let i = 0; i < 7; i++) await here(`A${i}`, 'approver');
    const run = await asks(slack('Ana'));
    expect(noticeIn(gateOf(run))?.people).toHaveLength(5);
  });

  test('mentions who asked where they decide alone, and nobody where anyone else may', async () => {
    expect(noticeIn(gateOf(await asks(slack('Ana'))))?.people.map((p) => p.name)).toEqual(['Ana']);
    await open({ approvers: { who: 'anyone-in-channel' } });
    await here('Bo');
    expect(noticeIn(gateOf(await asks(slack('Ana'))))).toBeUndefined();
  });

  test('sends who does not see the channel a card of their own, on which they can decide, and sweeps it', async () => {
    const bo = await here('Bo', 'approver');
    await here('Chi', 'approver');
    house.recorder.outside.add(bo.sender.native);
    const run = await asks(slack('Ana'));
    expect(directs(run)).toMatchObject([
      {
        place: { channel: directTo('T1:UBO'), thread: null },
        card: { title: 'Note: tea · ready for your decision', actions: [{ label: 'Approve' }, {}, {}, {}] },
      },
    ]);
    expect(JSON.stringify(directs(run)[0]?.card.body)).toContain(
      'You are asked here because you do not see #sales.',
    );
    expect(noticeIn(directs(run)[0])?.people).toEqual([]);
    expect(noticeIn(directs(run)[0])?.push).toContain('Note · tea waits for your decision in #sales');
    expect(await press(bo, run)).toBeNull();
    await house.pass(2_000);
    expect(directs(run)).toMatchObject([{ card: { title: 'Note: tea · approved', actions: [] } }]);
    expect(noticeIn(directs(run)[0])).toBeUndefined();
    expect(noticeIn(gateOf(run))).toBeUndefined();
  });

  test('rather tells twice than not at all, where the surface cannot be asked', async () => {
    await here('Bo', 'approver');
    const sees = house.recorder.sees;
    house.recorder.sees = () => Promise.reject(new Error('it does not answer'));
    const run = await asks(slack('Ana'));
    house.recorder.sees = sees;
    expect(directs(run)).toHaveLength(1);
  });

  test('survives a crash between the gate and the cards, and sends each once', async () => {
    const bo = await here('Bo', 'approver');
    house.recorder.outside.add(bo.sender.native);
    // The look never ends: the process dies before.
    house.recorder.sees = () => new Promise(() => {});
    await slack('Ana').types('note tea');
    const [{ id: run = '' } = {}] = await house.rows('runs');
    expect(directs(run)).toEqual([]);
    const options = await house.crash();
    house = await openHouse(options);
    house.recorder.sees = async (native) => !house.recorder.outside.has(native);
    await house.rest();
    expect(directs(run)).toHaveLength(1);
  });

  test('tells nobody of a gate that was decided meanwhile', async () => {
    const bo = await here('Bo', 'approver');
    const { promise, resolve } = Promise.withResolvers<boolean>();
    house.recorder.sees = () => promise;
    const ana = slack('Ana');
    await ana.types('note tea');
    const [{ id: run = '' } = {}] = await house.rows('runs');
    expect(await press(bo, run, 'reject')).toBeNull();
    resolve(false);
    await house.rest();
    expect(directs(run)).toEqual([]);
  });

  test('reminds the same people once', async () => {
    await here('Bo', 'approver');
    const run = await asks(slack('Ana'));
    await house.pass(24 * 3_600_000);
    const reminder = house.messages(run).find((seen) => seen.card.title === 'A reminder');
    expect(noticeIn(reminder)?.people.map((p) => p.name)).toEqual(['Bo']);
  });

  test('tells nobody of a run in a direct message', async () => {
    await here('Bo', 'approver');
    const run = await asks(slack('Ana'), { channel: 'D1', channelName: 'Ana', direct: true });
    expect(noticeIn(gateOf(run))).toBeUndefined();
    expect(directs(run)).toEqual([]);
  });
});
