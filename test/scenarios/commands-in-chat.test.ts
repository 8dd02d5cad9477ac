import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noteCrew } from '../support/crews.ts';
import { createFakeChat, type FakeChat, wordsOf } from '../support/fake-chat.ts';
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
    expect(titles().at(-1)).toBe('Note: green tea: ready for your decision');
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
