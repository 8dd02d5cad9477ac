import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SharedFile } from '../../src/chat/port.ts';
import { crewOf } from '../support/crew-text.ts';
import { button, createFakeChat, type FakePerson, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder, type Recorder } from '../support/recorder.ts';
import { createScripted, type ScriptedProvider } from '../support/scripted.ts';

const minutesCrew = crewOf(`
name: minutes
summary: Minutes from notes.
input:
  title: { type: text, label: Title }
  notes: { type: file, label: Notes }
agents: { clerk: { model: smart, instructions: Write., limits: { input: 4000, output: 500 } } }
steps:
  - write: { agent: clerk, prompt: "{{ input.title }} {{ input.notes }}" }
`);

const shared: SharedFile = { field: null, name: 'notes.md', from: { address: 'shared' } };

let recorder: Recorder;
let provider: ScriptedProvider;
let house: House;
let ana: FakePerson;

beforeEach(async () => {
  recorder = createRecorder({ name: 'web' });
  recorder.files.set('shared', Buffer.from('Buy tea.'));
  provider = createScripted(() => ({ text: 'Minutes.' }));
  house = await openHouse({ providers: [provider], recorder });
  ana = createFakeChat(house, [minutesCrew]).person('local');
});
afterEach(async () => await house.end());

const prompt = () => JSON.stringify(provider.requests.at(-1)?.conversation);

test('what is shared with a command is there when the question about its price is answered', async () => {
  await ana.types('settings ask-above $0.00001');
  await ana.types('minutes Monday', { files: [shared] });
  expect(provider.requests).toEqual([]);
  await ana.presses(button(ana.told.at(-1), 'Start'));
  expect(prompt()).toContain('Buy tea.');
});

test('and when it is gone by then, nothing is started and the person is told', async () => {
  await ana.types('settings ask-above $0.00001');
  await ana.types('minutes Monday', { files: [shared] });
  recorder.files.delete('shared');
  await ana.presses(button(ana.told.at(-1), 'Start'));
  expect(wordsOf(ana.told.at(-1))).toContain('The file "notes.md" could not be read: it is gone.');
  expect(await house.rows('runs')).toEqual([]);
});

test('the form that asks for the rest has it, and another that is chosen there takes its place', async () => {
  await ana.types('minutes', { files: [shared] });
  const form = ana.forms.at(-1);
  expect(form?.fields.map(({ name, required, hint }) => [name, required, hint])).toEqual([
    ['title', true, ''],
    ['notes', false, 'notes.md was shared; another takes its place'],
  ]);
  await ana.sends({ title: 'Monday' });
  expect(prompt()).toContain('Buy tea.');
  await ana.types('minutes', { files: [shared] });
  const bytes = new TextEncoder().encode('Buy cups.');
  await ana.sends({ title: 'Tuesday' }, { files: [{ field: 'notes', name: 'other.md', from: { bytes } }] });
  expect(prompt()).toContain('<file name=\\"other.md\\">\\nBuy cups.');
});

test('a command that was saved before a kill has its file at the next start', async () => {
  await house.services.visits.arrive(
    {
      sender: ana.sender,
      spot: { channel: 'sales', channelName: 'sales', thread: null, direct: false },
      dedupe: 'saved',
    },
    { kind: 'command', text: 'minutes Monday', files: [shared] },
  );
  house = await openHouse(await house.crash());
  await createFakeChat(house, [minutesCrew]).desk.takeUp();
  await house.rest();
  expect(prompt()).toContain('Buy tea.');
  expect((await house.rows('runs')).map((run) => run.status)).toEqual(['completed']);
});

test('a file is no word of a chat: one that is typed opens nothing', async () => {
  await ana.types('minutes Monday --notes=/etc/passwd');
  expect(wordsOf(ana.told.at(-1))).toContain('"minutes" knows no --notes.');
  await ana.types('minutes Monday');
  await ana.sends({ title: 'Monday', notes: '/etc/passwd' });
  expect([await house.rows('runs'), provider.requests]).toEqual([[], []]);
});

test('the room that is told is what the step takes, to the byte (M2)', async () => {
  const give = async (size: number) => {
    recorder.files.set('shared', Buffer.alloc(size, 'a'));
    await ana.types('minutes Monday', { files: [shared] });
    return wordsOf(ana.told.at(-1));
  };
  const [, has = '', room = ''] =
    /it has ([\d,]+) bytes.* has room for ([\d,]+)/.exec(await give(5_000)) ?? [];
  const number = (words: string) => Number(words.replaceAll(',', ''));
  const most = 5_000 - (number(has) - number(room));
  expect(await give(most + 1)).toContain('has room for');
  expect(await house.rows('runs')).toEqual([]);
  await give(most);
  expect((await house.rows('runs')).map((run) => run.status)).toEqual(['completed']);
});
