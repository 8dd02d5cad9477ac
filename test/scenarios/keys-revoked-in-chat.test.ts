import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
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

let team: KeyChat;
let house: KeyChat['house'];
let ana: FakePerson;

async function open(...how: Parameters<typeof openKeyChat>): Promise<void> {
  await team?.house.end();
  team = await openKeyChat(...how);
  ({ house, ana } = team);
}

const keys = () => house.store.read((tx) => house.services.keys.list(tx, house.services.home.workspace));

afterEach(async () => {
  expect((await house.verify()).checks.filter((check) => !check.ok)).toEqual([]);
  expect([house.recorder.mistakes, team.chat.errors]).toEqual([[], []]);
  await house.end();
});

describe('keys revoke', () => {
  beforeEach(async () => {
    await open(page, ['openai', 'anthropic']);
    const { aliases, home } = house.services;
    const only = { workspace: home.workspace, actor: home.member, scope: '', name: 'fast' };
    await house.store.transact((tx) =>
      aliases.set(tx, { ...only, entries: [{ provider: 'openai', model: 'gpt-6-luna' }] }),
    );
  });

  test('asks first, with what it touches; then says how long the cut took, what was stopped and what becomes of the runs', async () => {
    team.silence();
    await ana.types('note tea');
    await ana.types('plain tea');
    const before = team.openai.requests.length;
    expect(before).toBe(2);

    await ana.types('keys revoke openai');
    expect(lastCard(ana)?.title).toMatch(/^Revoke openai\/production\/main ••••\w{4}\?$/);
    expect(lastTold(ana)).toContain(
      'Uses it now: 2 runs (1 continues on anthropic, 1 will wait for a key), 2 crews (note, plain).',
    );
    expect(await keys()).toHaveLength(2);

    await pressLast(ana, 'Revoke now');
    await house.rest();
    expect(lastTold(ana)).toMatch(
      /Revoked by Ana at \d\d:\d\d:\d\d\. 2 calls were stopped, \d+ ms after the revocation was stored\./,
    );
    expect(lastTold(ana)).toContain('Of the runs that used it, 1 moves to anthropic, 1 waits for a key.');
    expect((await keys()).map((key) => key.provider)).toEqual(['anthropic']);
    expect(team.openai.requests).toHaveLength(before);
    const statuses = await Promise.all(
      (await house.rows('runs')).map(async ({ id, crew_name }) => [
        crew_name,
        (await house.view(id)).waiting?.for,
      ]),
    );
    expect(Object.fromEntries(statuses)).toEqual({ note: 'approval', plain: 'key' });
  });

  test('does nothing when it is left, or when somebody else presses, or when the key is another one by now', async () => {
    await ana.types('keys revoke openai');
    const question = lastCard(ana);
    await pressLast(ana, 'Cancel');
    expect(lastTold(ana)).toContain('Nothing was done.');
    const bo = team.person('Bo');
    await bo.types('help');
    await ana.types('access grant @bo admin');
    const confirm = question?.actions[0]?.press ?? { do: 'cancel' };
    await bo.presses(confirm);
    expect(await keys()).toHaveLength(2);

    await ana.types('keys rotate openai');
    await (await house.services.keyLinks()).use(tokenIn(ana), new Secret(typedKey));
    await ana.presses(confirm);
    expect(lastCard(ana)?.title).toContain(`••••${typedKey.slice(-4)}?`);
    expect(await keys()).toHaveLength(2);
    await pressLast(ana, 'Revoke now');
    expect(await keys()).toHaveLength(1);
  });

  test('asks which where several are meant, and takes all of them with --now, without asking', async () => {
    const { home } = house.services;
    await house.services.keys.add({
      ...{ workspace: home.workspace, actor: home.member, provider: 'openai', label: 'second' },
      ...{ environment: 'production', baseUrl: null, scope: {}, secret: new Secret(typedKey) },
    });
    await ana.types('keys revoke openai');
    expect(lastCard(ana)?.actions).toHaveLength(2);
    await ana.types('keys revoke');
    expect(lastCard(ana)?.actions).toHaveLength(3);
    await ana.types('keys revoke openai --now');
    expect(lastTold(ana)).toContain('Revoked openai/production/main');
    expect((await keys()).map((key) => key.provider)).toEqual(['anthropic']);
    await ana.types('keys revoke google');
    expect(lastTold(ana)).toContain('There is no live key "google" here');
  });

  test('of a key that was chosen by its button asks, and revokes it by the next one', async () => {
    await ana.types('keys revoke');
    const chosen = lastCard(ana)?.actions.find((action) => action.label.startsWith('anthropic/'));
    await pressLast(ana, chosen?.label ?? '');
    expect(lastCard(ana)?.title).toMatch(/^Revoke anthropic\/production\/main/);
    const bo = team.person('Bo');
    await bo.becomes('admin');
    await bo.presses(lastCard(ana)?.actions[0]?.press ?? { do: 'cancel' });
    expect(await keys()).toHaveLength(2);
    await pressLast(ana, 'Revoke now');
    expect(lastTold(ana)).toContain('Revoked anthropic/production/main');
    expect((await keys()).map((key) => key.provider)).toEqual(['openai']);
  });

  test('says that another key of the same provider goes on', async () => {
    const { home } = house.services;
    await house.services.keys.add({
      ...{ workspace: home.workspace, actor: home.member, provider: 'openai', label: 'second' },
      ...{ environment: 'production', baseUrl: null, scope: {}, secret: new Secret(typedKey) },
    });
    team.silence();
    await ana.types('plain tea');
    await ana.types('keys revoke openai main');
    expect(lastTold(ana)).toContain('1 run (1 continues on openai)');
    await ana.types('keys revoke openai second');
    expect(lastTold(ana)).toContain('Uses it now: no run, 0 crews.');
  });
});
