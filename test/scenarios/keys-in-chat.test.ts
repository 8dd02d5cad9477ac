import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { noteCrew } from '../support/crews.ts';
import type { FakePerson } from '../support/fake-chat.ts';
import {
  type KeyChat,
  lastCard,
  lastTold,
  openKeyChat,
  page,
  pressLast,
  tokenIn,
} from '../support/key-chat.ts';

const typedKey = `sk-proj-${'typed4key'.repeat(4)}`;
const otherKey = `sk-proj-${'other5key'.repeat(4)}`;
const minutes = 60_000;

let team: KeyChat;
let house: KeyChat['house'];
let ana: FakePerson;

async function open(...how: Parameters<typeof openKeyChat>): Promise<void> {
  await team?.house.end();
  team = await openKeyChat(...how);
  ({ house, ana } = team);
}

const keys = () => house.store.read((tx) => house.services.keys.list(tx, house.services.home.workspace));
const direct = () => house.recorder.messages().filter((seen) => seen.place.channel === '@T1:UANA');
const everything = async () =>
  JSON.stringify([
    ...(await Promise.all(
      (['requests', 'key_links', 'audit', 'outbox', 'settings'] as const).map(house.rows),
    )),
    house.recorder.messages(),
    ana.told,
    ana.forms,
  ]);

beforeEach(() => open(page));
afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, team.chat.errors]).toEqual([[], []]);
  await house.end();
});

describe('a key behind a one-time link (rule K4)', () => {
  test('is added in the name of who asked, who is told at once and can undo it; the key stands nowhere', async () => {
    await ana.types('keys add openai --label team');
    expect(lastTold(ana)).toContain('It is in your name, holds for 10 min and once.');
    const token = tokenIn(ana);
    const keyLinks = await house.services.keyLinks();
    expect(await keyLinks.look(token)).toMatchObject({ name: 'Ana', whose: 'openai', replaces: false });
    const key = await keyLinks.use(token, new Secret(typedKey));
    await house.rest();
    expect(key).toMatchObject({
      ...{ provider: 'openai', label: 'team', environment: 'production', health: 'healthy' },
    });
    expect(direct().map((seen) => seen.card.title)).toEqual([
      expect.stringContaining('was added in your name'),
    ]);
    const audited = (await house.rows('audit')).map((row) => [row.action, row.actor === key.createdBy]);
    expect(audited.slice(-3)).toEqual([
      ['key.link', true],
      ['key.add', true],
      ['key.link-used', true],
    ]);
    expect(await everything()).not.toContain(typedKey);
    expect(JSON.stringify(await house.rows('key_links'))).not.toContain(token);

    const undo = direct()[0]?.card.actions[0]?.press ?? { do: 'cancel' };
    await ana.presses(undo);
    expect(lastTold(ana)).toContain('is revoked: no call uses it any more');
    expect(await keys()).toEqual([]);
    await ana.presses(undo);
    expect(lastTold(ana)).toContain('This link does not hold any more');
  });

  test('is looked at as often as previewers like, and used once', async () => {
    await ana.types('keys add openai');
    const token = tokenIn(ana);
    const keyLinks = await house.services.keyLinks();
    for (let i = 0; i < 3; i++) await keyLinks.look(token);
    const both = await Promise.allSettled([
      keyLinks.use(token, new Secret(typedKey)),
      keyLinks.use(token, new Secret(otherKey)),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await keys()).toHaveLength(1);
    for (const late of [keyLinks.look(token), keyLinks.use(token, new Secret(otherKey))])
      await expect(late).rejects.toMatchObject({ code: 'link.over' });
  });

  test('ends after 10 minutes', async () => {
    await ana.types('keys add openai');
    const token = tokenIn(ana);
    await house.pass(10 * minutes);
    await expect((await house.services.keyLinks()).use(token, new Secret(typedKey))).rejects.toMatchObject({
      code: 'link.over',
    });
    expect(await keys()).toEqual([]);
  });

  test('may be tried again after a key that the provider refuses', async () => {
    await ana.types('keys add openai');
    const token = tokenIn(ana);
    const keyLinks = await house.services.keyLinks();
    await expect(keyLinks.use(token, new Secret('with space'))).rejects.toMatchObject({
      code: 'key.malformed',
    });
    await keyLinks.use(token, new Secret(typedKey));
    expect(await keys()).toHaveLength(1);
  });

  test('is void after Undo, which is of who asked alone', async () => {
    await ana.types('keys add openai');
    const token = tokenIn(ana);
    const undo = lastCard(ana)?.actions[0]?.press ?? { do: 'cancel' };
    const bo = team.person('Bo');
    await bo.types('help');
    await ana.types('access grant @bo admin');
    await bo.presses(undo);
    expect(lastTold(bo)).toContain('This link does not hold any more');
    await ana.presses(undo);
    expect(lastTold(ana)).toContain('The link is void. No key came of it.');
    await expect((await house.services.keyLinks()).look(token)).rejects.toMatchObject({ code: 'link.over' });
  });

  test('that is undone as the process ends is undone by the next: the key does not stay behind a link that is void', async () => {
    await ana.types('keys add openai');
    await (await house.services.keyLinks()).use(tokenIn(ana), new Secret(typedKey));
    await house.rest();
    const undo = direct()[0]?.card.actions[0]?.press ?? { do: 'cancel' };
    house.services.keys.revoke = () => new Promise(() => {});
    void ana.presses(undo);
    await house.clock.settle();
    team = await team.after(await house.crash());
    ({ house } = team);
    await team.chat.desk.takeUp();
    await house.rest();
    expect(await keys()).toEqual([]);
    expect(direct().at(-1)?.card.title).toBe('Undone');
  });

  test('does not add for somebody who lost the role meanwhile', async () => {
    const bo = team.person('Bo');
    await bo.types('help');
    await ana.types('access grant @bo admin');
    await bo.types('keys add openai');
    const token = tokenIn(bo);
    await ana.types('access revoke @bo');
    await expect((await house.services.keyLinks()).use(token, new Secret(typedKey))).rejects.toMatchObject({
      code: 'access.forbidden',
    });
    expect(await keys()).toEqual([]);
  });

  test('replaces a key the same way', async () => {
    await ana.types('keys add openai');
    await (await house.services.keyLinks()).use(tokenIn(ana), new Secret(typedKey));
    await ana.types('keys rotate openai');
    await (await house.services.keyLinks()).use(tokenIn(ana), new Secret(otherKey));
    await house.rest();
    expect(await keys()).toMatchObject([
      { label: 'main', hint: otherKey.slice(-4), draining: [{ hint: typedKey.slice(-4) }] },
    ]);
    expect(direct().at(-1)?.card.title).toContain('was replaced in your name');
  });

  test('does not outlive a kill while the provider was asked: the link is spent, and no key is there', async () => {
    await ana.types('keys add openai');
    const token = tokenIn(ana);
    team.openai.verify = () => new Promise(() => {});
    void (await house.services.keyLinks()).use(token, new Secret(typedKey));
    await house.clock.settle();
    const options = await house.crash();
    team = await team.after(options);
    ({ house, ana } = team);
    await expect((await house.services.keyLinks()).use(token, new Secret(otherKey))).rejects.toMatchObject({
      code: 'link.over',
    });
    expect(await keys()).toEqual([]);
  });

  test.each([
    ['keys add opnai', 'Providers:'],
    ['keys add openai --label none', 'cannot be the label of a key'],
    ['keys add openai --base-url https://user:pw@example.com', 'is no plain address'],
    ['keys rotate openai', 'There is no live key "openai" here'],
  ])('"%s" is told what is wrong before anybody types a secret', async (words, says) => {
    await ana.types(words);
    expect(lastTold(ana)).toContain(says);
    expect(await house.rows('key_links')).toEqual([]);
  });
});

describe('a key in a form, where there is no page to lead to (rule K4)', () => {
  beforeEach(() => open(null));

  test('is said to pass through the platform, added, and stands nowhere', async () => {
    await ana.types('keys add openai');
    const form = ana.forms.at(-1);
    expect(form?.says.join(' ')).toContain('slack carries what you type here');
    expect(form?.fields).toMatchObject([{ name: 'secret', input: { type: 'secret' }, value: '' }]);
    expect(await ana.sends({ secret: typedKey })).toEqual({ form: 'closes' });
    expect(lastTold(ana)).toContain('Added openai/production/main');
    expect(await keys()).toHaveLength(1);
    expect(await everything()).not.toContain(typedKey);
  });

  test('that cannot be used leaves the form open with the reason', async () => {
    await ana.types('keys add openai');
    expect(await ana.sends({ secret: 'two words' })).toMatchObject({
      form: 'stays',
      says: expect.stringContaining('does not look like a key'),
    });
    expect(await ana.sends({ secret: typedKey })).toEqual({ form: 'closes' });
    expect(await keys()).toHaveLength(1);
  });

  test('is not taken of somebody who lost the role while they typed', async () => {
    const bo = team.person('Bo');
    await bo.types('help');
    await ana.types('access grant @bo admin');
    await bo.types('keys add openai');
    await ana.types('access revoke @bo');
    expect(await bo.sends({ secret: typedKey })).toMatchObject({
      form: 'stays',
      says: expect.stringContaining('admin'),
    });
    expect(await keys()).toEqual([]);
  });

  test('is not taken by a press that says it, which no button of ours does, and stands nowhere', async () => {
    await ana.presses({ do: 'say', words: `keys add openai ${typedKey}` });
    expect(lastTold(ana)).toContain('key');
    expect(await keys()).toEqual([]);
    expect(await everything()).not.toContain(typedKey);
  });

  test('is not offered where policy forbids it', async () => {
    await ana.types('settings key-form off');
    expect(lastTold(ana)).toContain('key-form');
    await ana.types('keys add openai');
    expect(ana.forms).toEqual([]);
    expect(lastTold(ana)).toContain('npm run crew -- keys add openai');
    await ana.types('settings key-form maybe');
    expect(lastTold(ana)).toContain('neither on nor off');
  });

  test('asks whose key it is where that was not said', async () => {
    await ana.types('keys add');
    expect(lastCard(ana)?.title).toBe('Whose key is it?');
    await pressLast(ana, 'openai');
    expect(ana.forms.at(-1)?.title).toBe('Add a key of openai');
    // The form belongs to what the button said, and to whoever pressed it.
    const bo = team.person('Bo');
    await bo.becomes('admin');
    const [form] = ana.forms;
    if (form === undefined) throw new Error('no form was opened');
    expect(await bo.sends({ secret: typedKey }, { form })).toMatchObject({ form: 'stays' });
    expect(await ana.sends({ secret: typedKey })).toEqual({ form: 'closes' });
    expect(await keys()).toHaveLength(1);
    expect(await everything()).not.toContain(typedKey);
  });
});

describe('keys', () => {
  test('lists each with its health, spend, age and who added it, and buttons', async () => {
    await open(page, ['openai']);
    await house.addKey('anthropic', otherKey);
    const run = await house.ask(noteCrew, { topic: 'tea' });
    expect((await house.view(run)).status).toBe('waiting');
    const spent = (await house.rows('entries')).reduce((all, entry) => all + (entry.nano ?? 0), 0);
    expect(spent).toBeGreaterThan(0);
    await house.pass(2 * minutes);
    await ana.types('keys');
    expect(lastTold(ana)).toMatch(
      /openai\/production\/main ••••cdef +healthy · \$0\.\d+ this month · used 2 min ago · 2 min old · added by local/,
    );
    expect(lastTold(ana)).toMatch(
      /anthropic\/production\/main ••••\w{4} +healthy · \$0\.00 this month · never used/,
    );
    expect(lastCard(ana)?.actions.map((a) => a.label)).toEqual(['Add', 'Rotate', 'Revoke', 'Test all']);
    await pressLast(ana, 'Test all');
    expect(lastTold(ana)).toContain('Keys tested');
  });

  test('says since when one fails, and whom to ask', async () => {
    await open(page, ['openai']);
    await ana.types('keys add anthropic');
    await (await house.services.keyLinks()).use(tokenIn(ana), new Secret(otherKey));
    team.anthropic.verify = async () => ({ state: 'failing', status: 401, says: 'It refused the key.' });
    await ana.types('keys test anthropic');
    const since = house.clock.now();
    await house.pass(90 * minutes);
    await ana.types('keys test anthropic');
    await ana.types('keys');
    const at = new Intl.DateTimeFormat('en-GB', {
      timeZone: 'UTC',
      hour: 'numeric',
      minute: '2-digit',
    }).format(since);
    expect(lastTold(ana)).toContain(`failing since ${at}: It refused the key.`);
    expect(lastTold(ana)).toContain('ask Ana, who added it');
    expect(lastCard(ana)?.status).toBe('2 active · 1 needs care');
  });
});
