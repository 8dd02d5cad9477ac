import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Digests } from '../../src/services/digests.ts';
import { putRole } from '../../src/store/people.ts';
import { noteCrew } from '../support/crews.ts';
import { chartIn, fieldIn } from '../support/digest-stand.ts';
import { createFakeChat, type FakeChat, type FakePerson, wordsOf } from '../support/fake-chat.ts';
import { type House, openHouse } from '../support/house.ts';
import { createRecorder } from '../support/recorder.ts';
import { createScripted } from '../support/scripted.ts';

const dayMs = 86_400_000;

let house: House;
let chat: FakeChat;
let ana: FakePerson;
let digests: Digests;

beforeEach(async () => {
  const provider = createScripted((_, call) => ({ json: { text: `words ${call}` } }));
  house = await openHouse({ providers: [provider], recorder: createRecorder({ name: 'web' }) });
  chat = createFakeChat(house, [noteCrew]);
  ana = chat.person('Ana');
  digests = house.services.digests;
  await ana.types('list');
});
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, chat.errors]).toEqual([[], []]);
  await house.end();
});

/** Ana, who is a member since she was seen, becomes an admin. */
async function makeAdmin(): Promise<void> {
  const [account] = (await house.rows('accounts')).filter((one) => one.native === 'ana');
  if (account === undefined) throw new Error('Ana was never seen');
  const own = { workspace_id: account.workspace_id, member_id: account.member_id };
  await house.store.transact((tx) =>
    putRole(tx, { ...own, channel_id: '', role: 'admin', created_at: house.clock.now() }),
  );
}

const said = () => wordsOf(ana.told.at(-1));
const posted = () => house.recorder.messages().at(-1);

describe('the digest, set where people talk', () => {
  test('is of admins: a member sees where it goes and changes nothing', async () => {
    await ana.types('digest on');
    expect(said()).toContain('admin');
    await ana.types('digest');
    expect(said()).toContain('No digest is sent. To have one in a channel, type there: /crew digest on');
  });

  test('goes on in the channel where it is typed, says when it comes, and is audited', async () => {
    await makeAdmin();
    await ana.types('digest on');
    expect(said()).toMatch(/#sales \(web\)/);
    expect(said()).toContain('Mon 23 Nov 9:00, UTC');
    await ana.types('settings zone Asia/Kathmandu');
    await ana.types('digest');
    expect(said()).toContain('Mon 23 Nov 9:00, Asia/Kathmandu');
    await ana.types('settings');
    expect(said()).toContain('#sales · where the week’s digest goes');
    await ana.types('digest off');
    expect(said()).toContain('No digest is sent.');
    const changes = (await house.rows('audit')).filter((row) => row.target === 'digest-channel');
    expect(changes.map((row) => row.action)).toEqual(['settings.set', 'settings.set']);
  });

  test('goes to a channel that is named or mentioned; one that is not there is refused', async () => {
    await makeAdmin();
    await ana.types('list', { spot: { channel: 'C2', channelName: 'ops' } });
    for (const name of ['#ops', 'ops', '<#C2>']) {
      await ana.types(`digest on ${name}`);
      expect(said()).toContain('#ops (web)');
      await ana.types('settings digest-channel off');
    }
    await ana.types('digest on #nowhere');
    expect(said()).toContain('There is no channel #nowhere in this workspace.');
    await ana.types('list', { spot: { channel: 'C3', channelName: 'ops' } });
    await ana.types('digest on ops');
    expect(said()).toContain('"#ops" is the name of 2 channels.');
  });

  test('asked for, it comes at once with what people decided and what waits', async () => {
    await makeAdmin();
    await ana.types('note tea');
    await ana.types('note coffee');
    const runs = await house.rows('runs');
    await house.decide(runs[0]?.id ?? '', 'approve');
    house.clock.step(7 * dayMs + 3_600_000);
    await ana.types('digest now');
    expect(said()).toContain('The digest of the week of 16 November goes to #sales.');
    const card = posted()?.card;
    expect(card?.title).toBe('Week of 16 November');
    expect(card?.status).toContain('2 runs · 1 approved');
    expect(fieldIn(card, 'Waiting')).toBe('1 approval, for 7 days');
    expect(chartIn(card)?.series.map(({ name }) => name)).toEqual(['note']);
    expect(fieldIn(card, 'Crews')).toContain('note $');
    const audit = await house.rows('audit_heads');
    expect(card?.foot).toContain(`audit ${audit[0]?.seq}:${audit[0]?.mac.slice(0, 16)}`);
  });

  test('comes on Monday by itself, with the anchor that a later check takes', async () => {
    await makeAdmin();
    await ana.types('digest on');
    digests.start();
    house.clock.step(7 * dayMs - 30_000);
    await house.pass(90_000);
    await digests.stop();
    const [, seq, mac] = /audit (\d+):([0-9a-f]+)/.exec(posted()?.card.foot ?? '') ?? [];
    await ana.types('settings zone Europe/Berlin');
    const { verify } = house;
    expect((await verify()).ok).toBe(true);
    const head = { seq: Number(seq), mac: mac ?? '' };
    const { audit, home } = house.services;
    expect(await house.store.read((tx) => audit.verify(tx, home.workspace, head))).toMatchObject({
      ok: true,
      proven: head.seq,
    });
  });
});

describe('spend, asked where people talk', () => {
  test('is of that channel with a chart, of the workspace when that is said, and grouped when asked', async () => {
    await makeAdmin();
    await ana.types('note tea');
    await ana.types('note coffee', { spot: { channel: 'C2', channelName: 'ops' } });
    await ana.types('spend');
    expect(ana.told.at(-1)?.title).toBe('#sales · this week');
    expect(fieldIn(ana.told.at(-1), 'note')).toContain('1 run');
    expect(chartIn(ana.told.at(-1))).toBeDefined();
    const byMember = ana.told.at(-1)?.actions.find(({ label }) => label === 'By member');
    expect(byMember?.press).toEqual({ do: 'say', words: 'spend week here by member' });
    if (byMember !== undefined) await ana.presses(byMember.press);
    expect(ana.told.at(-1)?.title).toBe('Spend here · this week');
    expect(fieldIn(ana.told.at(-1), 'Ana')).toContain('100 % · 2 calls');
    await ana.types('spend month workspace');
    expect(ana.told.at(-1)?.title).toBe('Spend · this month');
    expect(fieldIn(ana.told.at(-1), 'note')).toContain('2 runs');
    await ana.types('spend workspace by member');
    expect(fieldIn(ana.told.at(-1), 'Ana')).toMatch(/100 % · 4 calls/);
    await ana.types('spend wek');
    expect(said()).toContain('Did you mean "week"?');
  });
});
