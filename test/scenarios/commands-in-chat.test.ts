import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noteCrew } from '../support/crews.ts';
import { button, createFakeChat, type FakeChat, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted, type ScriptedProvider } from '../support/scripted.ts';

let house: House;
let provider: ScriptedProvider;
let chat: FakeChat;

beforeEach(async () => {
  provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'web' }) });
  chat = createFakeChat(house, [noteCrew]);
});
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

const titles = () => house.recorder.messages().map((seen) => seen.card.title);

describe('a command', () => {
  test('runs a crew in the channel where it was typed: one card there, the rest in its thread', async () => {
    const ana = chat.person('Ana');
    await ana.types('note "green tea"');
    expect(ana.told).toEqual([]);
    const [parent, ...thread] = house.recorder.messages();
    expect(parent).toMatchObject({
      place: { channel: 'sales', thread: null },
      card: { title: 'Note · green tea' },
    });
    expect(thread.every((seen) => seen.place.thread === parent?.address)).toBe(true);
    expect(titles().at(-1)).toBe('Note: green tea · ready for your decision');
    expect(await house.rows('requests')).toMatchObject([
      { surface: 'web', kind: 'command', state: 'done', run_id: expect.stringMatching(/^run_/) },
    ]);
  });

  test('that is delivered again does nothing twice and is answered once', async () => {
    const ana = chat.person('Ana');
    await ana.types('note tea', { dedupe: 'trigger-1' });
    await ana.types('note tea', { dedupe: 'trigger-1' });
    await ana.types('list', { dedupe: 'trigger-2' });
    await ana.types('list', { dedupe: 'trigger-2' });
    expect(await house.rows('runs')).toHaveLength(1);
    expect(ana.told).toHaveLength(1);
  });

  test.each([
    ['nte tea', 'Did you mean "note"?'],
    ['keys ad openai', 'Did you mean "keys add"?'],
    ['note tea --mx $1', 'Did you mean "--max"?'],
    ['note "tea', 'A quote is open'],
    ['stop', 'RUN is missing'],
    ['version now', '"now" is one word too many.'],
    ['note tea --approve', 'knows no --approve'],
    ['decide run_1 approve', 'is of the terminal'],
    ['crews check /etc/hosts', 'is of the terminal'],
  ])('"%s" is answered to its author alone, with what is right', async (text, says) => {
    const ana = chat.person('Ana');
    await ana.types(text);
    expect(ana.told.map(wordsOf).join()).toContain(says);
    expect(titles()).toEqual([]);
    expect(await house.rows('runs')).toEqual([]);
  });

  test('with a key in it is refused, and the key stands nowhere', async () => {
    const ana = chat.person('Ana');
    const key = `sk-proj-${'abc1def2'.repeat(3)}`;
    await ana.types(`keys add openai ${key}`);
    expect(wordsOf(ana.told[0])).toContain('Revoke that key at its provider');
    expect(wordsOf(ana.told[0])).not.toContain(key);
    expect(JSON.stringify(await house.rows('requests'))).not.toContain(key);
  });

  test('of somebody who may not is refused with who may', async () => {
    const ana = chat.person('Ana');
    await ana.types('keys');
    expect(wordsOf(ana.told[0])).toContain(
      '"keys" is for those who are admin of the whole workspace or more',
    );
    await chat.person('local').types('keys');
  });

  test('of a bot is not even saved, of a guest refused, of a team that nobody claimed too', async () => {
    const bot = chat.person('Bot', { standing: 'bot' });
    const guest = chat.person('Gil', { standing: 'guest' });
    const stranger = chat.person('Sue', { surface: 'slack', team: 'T9', native: 'T9:U1' });
    for (const person of [bot, guest, stranger]) await person.types('note tea');
    expect(bot.told).toEqual([]);
    expect(wordsOf(guest.told[0])).toContain('Guests cannot use Crewsmith');
    expect(wordsOf(stranger.told[0])).toContain('access claim');
    expect(await house.rows('requests')).toEqual([]);
    expect((await house.rows('members')).map((m) => m.name)).toEqual(['local']);
  });
});

describe('/crew alone', () => {
  test('shows what can be done here, by you, now: crews, your runs, what waits for you', async () => {
    const [ana, bo] = [chat.person('Ana'), chat.person('Bo')];
    await bo.becomes('approver');
    await ana.types('');
    const words = wordsOf(ana.told[0]);
    expect(words).toContain('/crew note TOPIC');
    expect(words).toContain('A short note, approved, then shared.');
    expect(words).not.toContain('/crew keys');
    expect(words).not.toContain('Your runs');
    expect(ana.told[0]?.actions.map((action) => action.label)).toEqual(['Note …', 'All commands']);
    await ana.presses(button(ana.told[0], 'Note'));
    expect(ana.forms[0]?.title).toBe('Note');

    await ana.types('note tea');
    await ana.types('');
    expect(wordsOf(ana.told[1])).toContain('note tea · waiting for approval');
    expect(wordsOf(ana.told[1])).not.toContain('Waits for your decision');
    await bo.types('  ');
    expect(wordsOf(bo.told[0])).toContain('Note: tea · 2 days left');
    await bo.presses(button(bo.told[0], 'Decide on Note: tea'));
    expect(wordsOf(bo.told[1])).toContain('words 2');
    await bo.presses(button(bo.told[1], 'Approve'));
    expect((await house.rows('runs'))[0]?.status).toBe('completed');
  });

  test('offers nobody what they may not use; "help" lists the commands of this place', async () => {
    const [vic, local] = [chat.person('Vic'), chat.person('local')];
    await vic.becomes('viewer');
    await vic.types('');
    expect(wordsOf(vic.told[0])).toContain('an admin can let you run crews');
    expect(vic.told[0]?.actions.map((action) => action.label)).toEqual(['All commands']);
    await vic.types('help');
    expect(wordsOf(vic.told[1])).not.toMatch(/keys add|decide|crews check/);
    await local.types('help keys add');
    expect(wordsOf(local.told[0])).not.toContain('--json');
    await local.types('help');
    expect(wordsOf(local.told[1])).toContain('keys add');
    for (const word of ['start', 'decide']) await local.types(`help ${word}`);
    expect(wordsOf(local.told[2])).toContain('"start" is of the terminal.');
    expect(wordsOf(local.told[3])).toContain('"decide" is of the terminal.');
  });
});

describe('runs', () => {
  test('are seen where they run, by who asked, and by admins: not from other channels', async () => {
    const [ana, bo] = [chat.person('Ana'), chat.person('Bo')];
    await ana.types('note tea');
    const [run] = await house.rows('runs');
    const elsewhere = { spot: { channel: 'private', channelName: 'private' } };
    await bo.types('runs', elsewhere);
    expect(wordsOf(bo.told[0])).toContain('Nothing has run yet.');
    for (const words of ['runs', 'stop', 'retry']) await bo.types(`${words} ${run?.id}`, elsewhere);
    expect(bo.told).toHaveLength(4);
    for (const card of bo.told.slice(1)) expect(wordsOf(card)).toContain('There is no run');
    expect((await house.rows('runs'))[0]?.status).toBe('waiting');
    await ana.types('runs', elsewhere);
    await chat.person('local').types('runs', elsewhere);
    expect(wordsOf(ana.told[0])).toContain('note tea');
    await bo.types(`runs ${run?.id}`);
    expect(wordsOf(bo.told.at(-1))).toContain('Draft 1, as it will go out');
  });
});

test.each([
  ['note', true],
  ['note tea', false],
  ['note --topic tea', false],
  ['keys add openai', true],
  ['runs', false],
  ['nte', false],
])('a surface that must open a form at once hears that "%s" opens one: %s (rule S4)', async (text, opens) => {
  expect(await chat.desk.opensForm({ text })).toBe(opens);
  expect(await chat.desk.opensForm({ press: { do: 'edit', gate: 'gate_1', draft: 1 } })).toBe(true);
  expect(await chat.desk.opensForm({ press: { do: 'stop', run: 'run_1' } })).toBe(false);
});

test('the card of a run says what its crew usually costs, once five runs are known', async () => {
  const [ana, bo] = [chat.person('Ana'), chat.person('Bo')];
  await bo.becomes('approver');
  for (let i = 0; i < 5; i++) {
    await ana.types('note tea');
    const gate = house.recorder.messages().findLast((seen) => seen.card.title.endsWith('your decision'));
    await bo.presses(button(gate?.card, 'Approve'));
  }
  await house.pass(11_000);
  await ana.types('note coffee');
  const parent = house.recorder.messages().findLast((seen) => seen.card.title === 'Note · coffee');
  expect(wordsOf(parent?.card)).toMatch(/Asked by Ana · usually about \$0\.\d+, at most \$0\.\d+/);
});
