import { expect, test } from 'vitest';
import { noteCrew } from '../support/crews.ts';
import { button, createFakeChat, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted } from '../support/scripted.ts';

const minute = 60_000;

/** What Ana does is saved, and the process ends before anything is done about it; another begins after `later`. */
async function killed(
  later: number,
  does: (house: House) => { text: string } | { approve: true },
): Promise<House> {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  const first = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'web' }) });
  const chat = createFakeChat(first, [noteCrew]);
  const ana = chat.person('local');
  const what = does(first);
  if ('approve' in what) await ana.types('note tea');
  const [gate] = await first.rows('gates');
  await first.services.visits.arrive(
    {
      sender: ana.sender,
      spot: { channel: 'sales', channelName: 'sales', thread: null, direct: false },
      dedupe: 'saved',
    },
    'text' in what
      ? { kind: 'command', text: what.text, files: [] }
      : { kind: 'press', ref: { do: 'approve', gate: gate?.id ?? '', draft: 1 } },
  );
  const options = await first.crash();
  await first.clock.advance(later);
  const second = await openHouse(options);
  await createFakeChat(second, [noteCrew]).desk.takeUp();
  await second.rest();
  return second;
}

const told = (house: House) =>
  house.recorder
    .messages()
    .filter((seen) => seen.place.channel === '@local')
    .map((seen) => wordsOf(seen.card));

test('a command that was saved runs once, in its channel (rule S1)', async () => {
  const house = await killed(minute, () => ({ text: 'note tea' }));
  expect(house.recorder.messages()[0]).toMatchObject({
    place: { channel: 'sales' },
    card: { title: 'Note · tea' },
  });
  await createFakeChat(house, [noteCrew]).desk.takeUp();
  await house.rest();
  expect(await house.rows('runs')).toHaveLength(1);
  expect(told(house)).toEqual([]);
  await house.end();
});

test('a press decides, and a question is answered to its author alone', async () => {
  const pressed = await killed(minute, () => ({ approve: true }));
  expect((await pressed.rows('runs'))[0]?.status).toBe('completed');
  await pressed.end();
  const asked = await killed(minute, () => ({ text: 'nte tea' }));
  expect(told(asked).join()).toContain('Did you mean "note"?');
  await asked.end();
});

test('money is raised once, whether by a button or by words, also where the kill came right after it', async () => {
  const file = createRecorder({ name: 'web' });
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  let house = await openHouse({ providers: [provider], recorder: file });
  await house.setBudget(1_000n, 'week');
  const limits = async () => (await house.rows('budget_periods')).map((period) => period.limit_nano);
  for (const [words, limit] of [
    [null, 1_000_001_000],
    ['budget raise $2 week workspace', 3_000_001_000],
  ] as const) {
    // It ends between the commit that does it and the one after.
    house.services.visits.end = () => house.store.read(() => Promise.reject(new Error('the process ended')));
    const ana = createFakeChat(house, [noteCrew]).person('local');
    if (words === null) {
      await ana.types('note tea');
      const note = house.recorder.messages().find((seen) => seen.card.title === 'Budget reached');
      await ana.presses(button(note?.card, 'Raise once'));
    } else await ana.types(words, { dedupe: 'raise' });
    expect(await limits()).toEqual([limit]);
    house = await openHouse(await house.crash());
    await createFakeChat(house, [noteCrew]).desk.takeUp();
    await house.rest();
    expect(await limits()).toEqual([limit]);
  }
  await house.end();
});

test('what is older than a quarter of an hour is not done any more, and its author is told (rule S1)', async () => {
  const house = await killed(16 * minute, () => ({ text: 'note tea' }));
  expect(await house.rows('runs')).toEqual([]);
  expect(told(house).join()).toContain('Type it again: /crew note tea');
  expect((await house.rows('requests')).at(-1)?.state).toBe('done');
  await house.end();
});

test('a code that was typed is not kept: taken up, it only says how it is typed', async () => {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  const first = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'web' }) });
  first.services.visits.end = () => first.store.read(() => Promise.reject(new Error('the process ended')));
  await createFakeChat(first, [noteCrew]).person('local').types('access link 4F7Q-91KD');
  expect(JSON.stringify(await first.rows('requests'))).not.toContain('4F7Q');
  const house = await openHouse(await first.crash());
  await createFakeChat(house, [noteCrew]).desk.takeUp();
  await house.rest();
  expect(told(house).join()).toContain('access link [CODE-OR-ME …]');
  expect((await house.rows('link_tries')).map(({ tries }) => tries)).toEqual([1]);
  await house.end();
});
