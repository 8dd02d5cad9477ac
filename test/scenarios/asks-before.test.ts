import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noteCrew } from '../support/crews.ts';
import { button, createFakeChat, type FakeChat, type FakePerson, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted, type ScriptedProvider } from '../support/scripted.ts';

let provider: ScriptedProvider;
let house: House;
let chat: FakeChat;
let ana: FakePerson;
let dee: FakePerson;

beforeEach(async () => {
  provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'web' }) });
  chat = createFakeChat(house, [noteCrew]);
  ana = chat.person('Ana');
  dee = chat.person('Dee');
  await dee.becomes('admin');
});
afterEach(async () => {
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

const runs = async () => (await house.rows('runs')).map((run) => JSON.parse(run.input));

describe('a crew that is asked for without what it needs', () => {
  test('opens a form that says what it is and costs, and runs on what is sent', async () => {
    await ana.types('note --client Acme');
    expect(ana.forms[0]).toMatchObject({
      title: 'Note',
      says: ['A short note, approved, then shared.', expect.stringMatching(/^Price: at most \$0\.\d+\.$/)],
      fields: [{ name: 'topic', label: 'Topic', required: true, value: '', input: { type: 'lines' } }],
      submit: 'Start',
    });
    expect(await ana.sends({ topic: ' ' })).toMatchObject({
      form: 'stays',
      says: expect.stringContaining('needs: Topic'),
    });
    const sent = { topic: 'green tea\nand "black" --too' };
    expect(await ana.sends(sent, { dedupe: 'view-1' })).toEqual({ form: 'closes' });
    expect(await ana.sends(sent, { dedupe: 'view-1' })).toEqual({ form: 'closes' });
    expect(await runs()).toEqual([sent]);
    expect((await house.rows('runs'))[0]?.client).toBe('Acme');
  });

  test('is refused where a key was typed, and to whom the form does not belong', async () => {
    const key = `sk-proj-${'abc1def2'.repeat(3)}`;
    await ana.types('note');
    expect(await ana.sends({ topic: `use ${key}` })).toMatchObject({
      form: 'stays',
      says: expect.stringContaining('looks like a key'),
    });
    const [form] = ana.forms;
    if (form === undefined) throw new Error('no form');
    expect(await dee.sends({ topic: 'tea' }, { form })).toMatchObject({
      form: 'stays',
      says: expect.stringContaining('Only who typed this'),
    });
    expect(JSON.stringify(await house.rows('requests'))).not.toContain(key);
    expect(await runs()).toEqual([]);
  });
});

describe('a run that may cost more than the workspace lets pass', () => {
  beforeEach(() => dee.types('settings ask-above $0.01'));

  test('starts when its author presses the button that names the price, and once', async () => {
    await ana.types('note tea');
    expect(await runs()).toEqual([]);
    const asks = ana.told[0];
    expect(asks?.actions.map((a) => a.label)).toEqual([
      expect.stringMatching(/^Start, at most \$0\.\d+$/),
      'Cancel',
    ]);
    await dee.presses(button(asks, 'Start'));
    expect(wordsOf(dee.told.at(-1))).toContain('Only who typed this can go on with it.');
    await ana.presses(button(asks, 'Cancel'));
    expect(wordsOf(ana.told[1])).toContain('Nothing was done.');
    expect(await runs()).toEqual([]);
    await ana.presses(button(asks, 'Start'));
    await ana.presses(button(asks, 'Start'));
    expect(await runs()).toEqual([{ topic: 'tea' }]);
    expect(wordsOf(ana.told[2])).toContain('Nothing was started a second time.');
  });

  test('asks again where the price is another by now', async () => {
    await ana.types('note tea');
    const press = button(ana.told[0], 'Start');
    await ana.presses({ ...press, ...(press.do === 'confirm' ? { mark: '1' } : {}) });
    expect(await runs()).toEqual([]);
    expect(ana.told[1]?.actions[0]?.label).toMatch(/^Start, at most/);
  });

  test('with --max needs no button, and a form’s own says the price', async () => {
    await ana.types('note tea --max $0.02');
    expect(await runs()).toEqual([{ topic: 'tea' }]);
    await ana.types('note');
    expect(ana.forms[0]?.submit).toBe('Start at this price');
    expect(await ana.sends({ topic: 'coffee' })).toEqual({ form: 'closes' });
    expect(await runs()).toEqual([{ topic: 'tea' }, { topic: 'coffee' }]);
  });
});

describe('revoking a key', () => {
  test('says what it touches and does it when that is pressed', async () => {
    await ana.types('note tea');
    await ana.types('note coffee');
    await dee.types('keys revoke openai');
    const asks = dee.told.at(-1);
    expect(wordsOf(asks)).toContain('Revoke openai/production/main ••••cdef?');
    expect(wordsOf(asks)).toContain('Uses it now: no run, 1 crew (note).');
    expect((await house.rows('keys'))[0]?.state).toBe('live');
    await dee.presses(button(asks, 'Revoke now'));
    expect(dee.told.at(-1)?.title).toContain('Revoked openai/production/main');
    expect((await house.rows('keys'))[0]?.state).toBe('revoked');
    await dee.presses(button(asks, 'Revoke now'));
    expect(wordsOf(dee.told.at(-1))).toContain('There is no live key "openai" here.');
  });
});
