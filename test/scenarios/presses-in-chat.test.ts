import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { noteCrew } from '../support/crews.ts';
import { button, createFakeChat, type FakeChat, type FakePerson, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted } from '../support/scripted.ts';

let house: House;
let chat: FakeChat;
let ana: FakePerson;
let bo: FakePerson;

beforeEach(async () => {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'web' }) });
  chat = createFakeChat(house, [noteCrew]);
  ana = chat.person('Ana');
  bo = chat.person('Bo');
  await bo.becomes('approver');
  await ana.types('note tea');
});
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

const cards = () => house.recorder.messages().map((seen) => seen.card);
const gate = (nth = -1) =>
  cards()
    .filter((card) => card.title.startsWith('Note: tea'))
    .at(nth);
const parent = () => cards()[0];
const status = async () => (await house.rows('runs'))[0]?.status;

describe('a press', () => {
  test('approves: the card names who and when and has no buttons, the draft goes out', async () => {
    expect(gate()?.actions.map((action) => action.label)).toEqual([
      'Approve',
      'Edit',
      'Request changes',
      'Reject',
    ]);
    expect(wordsOf(gate())).toContain('Decides: local or Bo');
    const shown = gate();
    await bo.presses(button(shown, 'Approve'));
    expect(await status()).toBe('completed');
    expect(wordsOf(gate(0))).toMatch(/✔ Approved by Bo, \d+:\d\d · published in #sales/);
    expect(gate(0)?.actions).toEqual([]);
    expect([bo.told, ana.told]).toEqual([[], []]);
    expect(cards().at(-1)?.title).toBe('Note: tea');

    await bo.presses(button(shown, 'Reject'));
    await ana.presses(button(shown, 'Request changes'));
    expect(bo.told.map(wordsOf).join()).toContain('This was decided already: approved by Bo.');
    expect(ana.told.map(wordsOf).join()).toContain('This was decided already: approved by Bo.');
  });

  test('of somebody who may not is told why, to them alone', async () => {
    await ana.presses(button(gate(), 'Approve'));
    expect(wordsOf(ana.told[0])).toContain(
      'local or Bo decide here. You asked for this run; you may request changes.',
    );
    const guest = chat.person('Gil', { standing: 'guest' });
    await guest.presses(button(gate(), 'Approve'));
    expect(wordsOf(guest.told[0])).toContain('Guests cannot');
    expect(await status()).toBe('waiting');
  });

  test('that is delivered again does nothing twice, two at once decide once', async () => {
    const approve = button(gate(), 'Approve');
    await Promise.all([
      bo.presses(approve, { dedupe: 'p1' }),
      bo.presses(approve, { dedupe: 'p1' }),
      chat.person('local').presses(button(gate(), 'Reject'), { dedupe: 'p2' }),
    ]);
    expect(await house.rows('decisions')).toHaveLength(1);
  });

  test('of somebody who was removed meanwhile decides nothing', async () => {
    const approve = button(gate(), 'Approve');
    await bo.becomes(null);
    await bo.presses(approve);
    expect(wordsOf(bo.told[0])).toContain('local decides here.');
    expect(await status()).toBe('waiting');
  });

  test('stops a run, and retries it; the thread says who did', async () => {
    await bo.presses(button(parent(), 'Stop'));
    expect(await status()).toBe('canceled');
    expect(cards().map((card) => card.title)).toContain('Stopped by Bo');
    await house.pass(1_000);
    await ana.presses(button(parent(), 'Retry'));
    expect(await status()).toBe('waiting');
    expect(cards().map((card) => card.title)).toContain('Retry by Ana');
    await bo.presses({ do: 'retry', run: 'run_unknown' });
    expect(wordsOf(bo.told[0])).toContain('There is no run run_unknown here.');
  });

  test('from another channel reaches no run of this one, unless it is one’s own', async () => {
    const elsewhere = { spot: { channel: 'private', channelName: 'private' } };
    await bo.presses(button(parent(), 'Stop'), elsewhere);
    expect(wordsOf(bo.told[0])).toContain('There is no run');
    expect(await status()).toBe('waiting');
    await ana.presses(button(parent(), 'Stop'), elsewhere);
    expect(await status()).toBe('canceled');
  });

  test('asks again when nobody decided in time: the same draft, nothing is paid', async () => {
    await house.pass(2 * 24 * 3_600_000);
    expect(wordsOf(gate())).toContain('Expired: nobody decided in time');
    await ana.presses(button(gate(), 'Ask again'));
    expect(wordsOf(gate())).toContain('ready for your decision');
    expect(gate()?.foot).toContain('draft 1');
    expect(await house.rows('attempts')).toHaveLength(2);
  });
});

describe('the edit form', () => {
  test('has a field for each section; saving approves what was saved, and the card says how much changed', async () => {
    await bo.presses(button(gate(), 'Edit'));
    expect(bo.forms[0]).toMatchObject({
      submit: 'Save and approve',
      fields: [{ name: 'section-1', value: 'words 2', input: { type: 'lines' } }],
    });
    expect(await bo.sends({ 'section-1': 'words of Bo' })).toEqual({ form: 'closes' });
    expect(await status()).toBe('completed');
    expect(wordsOf(gate(0))).toContain('✎ Edited by Bo (+2 −1 words, see the difference below) and approved');
    expect(JSON.stringify(cards().at(-1)?.body)).toContain('words of Bo');
  });

  test('that is sent twice saves once', async () => {
    await bo.presses(button(gate(), 'Edit'));
    const outcomes = await Promise.all([
      bo.sends({ 'section-1': 'words of Bo' }, { dedupe: 'view-1' }),
      bo.sends({ 'section-1': 'words of Bo' }, { dedupe: 'view-1' }),
    ]);
    expect(await bo.sends({ 'section-1': 'words of Bo' }, { dedupe: 'view-1' })).toEqual({ form: 'closes' });
    expect(outcomes).toEqual([{ form: 'closes' }, { form: 'closes' }]);
    expect(await house.rows('decisions')).toHaveLength(1);
    expect(bo.told).toEqual([]);
  });

  test('that comes too late stays open with the sentence, and its author gets their words back (rule S1)', async () => {
    await bo.presses(button(gate(), 'Edit'));
    await ana.presses(button(gate(), 'Request changes'));
    await ana.sends({ comment: 'shorter' });
    const outcome = await bo.sends({ 'section-1': 'long words of Bo' }, { dedupe: 'view-1' });
    expect(outcome).toMatchObject({
      form: 'stays',
      says: expect.stringContaining('There is a newer draft: number 2.'),
    });
    expect(wordsOf(bo.told[0])).toContain('long words of Bo');
    expect(await house.rows('decisions')).toHaveLength(1);
  });

  test('is not opened for who may not, and not applied for who may no longer (rule S4)', async () => {
    await ana.presses(button(gate(), 'Edit'));
    expect([ana.forms, ana.told.length]).toEqual([[], 1]);
    await bo.presses(button(gate(), 'Edit'));
    await bo.becomes(null);
    expect(await bo.sends({ 'section-1': 'words of Bo' })).toMatchObject({
      form: 'stays',
      says: 'local decides here.',
    });
    expect(wordsOf(bo.told[0])).toContain('words of Bo');
  });

  test('with a key in it stays open, and the key is repeated nowhere', async () => {
    const key = `sk-proj-${'abc1def2'.repeat(3)}`;
    await bo.presses(button(gate(), 'Edit'));
    const outcome = await bo.sends({ 'section-1': `use ${key}` }, { dedupe: 'view-1' });
    expect(outcome).toMatchObject({ form: 'stays', says: expect.stringContaining('looks like a key') });
    expect(JSON.stringify([outcome, bo.told, await house.rows('requests')])).not.toContain(key);
    expect(await bo.sends({ 'section-1': 'use nothing' }, { dedupe: 'view-1' })).toEqual({ form: 'closes' });
  });
});

describe('the form for changes', () => {
  test('names the price of doing it again, and the card says who asked for what', async () => {
    await ana.presses(button(gate(), 'Request changes'));
    const [form] = ana.forms;
    expect(form?.says[0]).toMatch(/^1 step is done again, at most \$0\.\d+ more\.$/);
    expect(form?.submit).toMatch(/^Request changes, at most \$0\.\d+$/);
    const cap = (await house.rows('runs'))[0]?.cap_nano ?? 0;
    expect(await ana.sends({ comment: '  ' })).toMatchObject({
      form: 'stays',
      fields: { comment: expect.any(String) },
    });
    expect(await ana.sends({ comment: 'shorter, lead with pricing' })).toEqual({ form: 'closes' });
    expect((await house.rows('runs'))[0]?.cap_nano).toBeGreaterThan(cap);
    expect(wordsOf(gate(0))).toMatch(
      /↺ Changes requested by Ana, \d+:\d\d: "shorter, lead with pricing" · redo of 1 step, at most \$0\.\d+/,
    );
    expect(gate()?.foot).toContain('draft 2');
  });
});
