import { afterEach, beforeEach, expect, test } from 'vitest';
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
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

const card = (title: string) =>
  house.recorder
    .messages()
    .map((seen) => seen.card)
    .findLast((c) => c.title.startsWith(title));
const status = async () => (await house.rows('runs'))[0]?.status;

test('a run that waits for money can be raised once by an admin alone, and goes on; the thread says by whom', async () => {
  await house.setBudget(1_000n, 'week');
  await ana.types('note tea');
  const note = card('Budget reached');
  expect(wordsOf(note)).toMatch(/the workspace has <\$0\.0001 left \(limit \$0\.000001, resets .* UTC\)/);
  expect(note?.actions.map((action) => action.label)).toEqual([
    'Raise once by $1',
    'Change the limit',
    'Stop',
  ]);

  await ana.presses(button(note, 'Raise once'));
  expect(wordsOf(ana.told[0])).toContain('"budget set" is for those who are admin of the whole workspace');
  expect(await status()).toBe('waiting');
  await dee.presses(button(note, 'Raise once'));
  expect((await house.rows('runs'))[0]?.waiting_for).toBe('approval');
  expect(card('Limit raised once by $1')?.title).toMatch(/by Dee$/);
});

test('two admins who raise it at once raise it once, and so does a press on the old card', async () => {
  await house.setBudget(1_000n, 'week');
  await ana.types('note tea');
  const raise = button(card('Budget reached'), 'Raise once');
  const fay = chat.person('Fay');
  await fay.becomes('admin');
  await Promise.all([dee.presses(raise), fay.presses(raise)]);
  await dee.presses(raise);
  expect((await house.rows('budget_periods')).map((period) => period.limit_nano)).toEqual([1_000_001_000]);
  expect([...fay.told, ...dee.told].map(wordsOf)).toEqual([
    expect.stringContaining('does not hold up this run any more'),
    expect.stringContaining('does not hold up this run any more'),
  ]);
  expect(house.recorder.messages().filter((seen) => seen.card.title.startsWith('Limit raised'))).toHaveLength(
    1,
  );
});

test('the limit itself is changed by a form, for admins', async () => {
  await house.setBudget(1_000n, 'week');
  await ana.types('note tea');
  await ana.presses(button(card('Budget reached'), 'Change the limit'));
  expect([ana.forms, ana.told.length]).toEqual([[], 1]);
  await dee.presses(button(card('Budget reached'), 'Change the limit'));
  expect(dee.forms[0]).toMatchObject({
    title: 'Change the limit',
    fields: [{ name: 'amount', input: { type: 'money' } }],
  });
  expect(await dee.sends({ amount: 'much' })).toMatchObject({
    form: 'stays',
    says: '"much" is not an amount of money.',
  });
  const key = `sk-proj-${'typed4key'.repeat(4)}`;
  const refused = await dee.sends({ amount: key });
  expect(refused).toMatchObject({ form: 'stays' });
  expect(JSON.stringify([refused, await house.rows('requests'), dee.told])).not.toContain('sk-proj');
  expect(await dee.sends({ amount: '$20' })).toEqual({ form: 'closes' });
  expect((await house.rows('runs'))[0]?.waiting_for).toBe('approval');
  expect(card('Limit of the workspace set to $20 a week by Dee')).toBeDefined();
  await dee.presses(button(card('Budget reached'), 'Change the limit'));
  expect(wordsOf(dee.told.at(-1))).toContain('This budget was changed or removed meanwhile.');
});

test('a run without a key can be sent to the sandbox, before it has called anything; it ends there, labelled', async () => {
  const { workspace, member } = house.services.home;
  await house.services.keys.revoke({ workspace, actor: member, words: 'openai', all: true });
  await ana.types('note tea');
  const note = card('Waiting for a key');
  expect(note?.actions.map((action) => action.label)).toEqual(['Add a key', 'Run on sandbox', 'Stop']);
  await ana.presses(button(note, 'Add a key'));
  expect(wordsOf(ana.told[0])).toContain('"keys add" is for those who are admin');

  await ana.presses(button(note, 'Run on sandbox'));
  expect(card('Sent to the offline sandbox by Ana')).toBeDefined();
  await house.pass(1_000);
  expect(wordsOf(card('Note · tea'))).toContain('On the offline sandbox');
  expect((await house.rows('runs'))[0]).toMatchObject({ sandbox: 1 });
  expect(provider.requests).toEqual([]);
  await ana.presses(button(note, 'Run on sandbox'));
  expect(ana.told.length).toBe(2);
});

test('a run that reaches its own limit is raised by whoever asked, once a press; others need to be admin (rule M3)', async () => {
  const bo = chat.person('Bo');
  await ana.types('note tea --max $0.009');
  const note = card('Limit of this run reached');
  expect(note?.actions.map((action) => action.label)).toEqual(['Raise by $0.01', 'Stop']);
  expect(await status()).toBe('waiting');
  await bo.presses(button(note, 'Raise by'));
  expect(wordsOf(bo.told[0])).toContain('"Raise the limit of a run" is for those who are admin');

  await ana.presses(button(note, 'Raise by'));
  expect((await house.rows('runs'))[0]).toMatchObject({ waiting_for: 'approval', cap_nano: 19_000_000 });
  expect(card('Limit of this run raised from $0.0090 to $0.0190 by Ana')).toBeDefined();
  await ana.presses(button(note, 'Raise by'));
  expect(wordsOf(ana.told.at(-1))).toContain('was raised meanwhile');
  const [row] = (await house.rows('audit')).filter((audited) => audited.action === 'run.raise');
  expect(row?.detail).toContain('19000000');

  const [run] = await house.rows('runs');
  await dee.types(`budget raise $1 ${run?.id}`);
  expect((await house.rows('runs'))[0]?.cap_nano).toBe(1_019_000_000);
  await bo.types(`budget raise $1 ${run?.id}`);
  expect((await house.rows('runs'))[0]?.cap_nano).toBe(1_019_000_000);

  // A limit below what was spent already has nothing left, not less than that.
  await dee.types('budget set 0.001 week workspace');
  expect(wordsOf(dee.told.at(-1))).toMatch(/\$0\.\d+ of \$0\.0010 · \$0\.\d+ above it/);
});
