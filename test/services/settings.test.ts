import { describe, expect, test } from 'vitest';
import { type ErrorCode, isCrewsmithError } from '../../src/errors.ts';
import { newestAudit } from '../../src/store/audit.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const failsWith = (code: ErrorCode) => expect.toSatisfy((error: unknown) => isCrewsmithError(error, code));
const get = (t: TestWorkspace, workspace = t.home.workspace) =>
  t.store.read((tx) => t.settings.get(tx, workspace));
const set = (t: TestWorkspace, name: string, value: string) =>
  t.store.transact((tx) =>
    t.settings.set(tx, { workspace: t.home.workspace, actor: t.home.member, name, value }),
  );
const defaults = { zone: 'UTC', askAboveNano: 5_000_000_000n, digestChannel: null, keyForm: true };

describe('settings', () => {
  test('have defaults', async () => {
    await using t = await testWorkspace();
    expect(await get(t)).toEqual(defaults);
  });

  test('are kept as they were meant, in this workspace alone', async () => {
    await using t = await testWorkspace();
    await set(t, 'zone', ' europe/berlin ');
    await set(t, 'ask-above', '$0.50');
    await set(t, 'key-form', ' Off ');
    const after = await set(t, 'digest-channel', t.home.channel);
    expect(after).toEqual({
      zone: 'Europe/Berlin',
      askAboveNano: 500_000_000n,
      digestChannel: t.home.channel,
      keyForm: false,
    });
    expect(await get(t)).toEqual(after);
    expect(await get(t, t.other)).toEqual(defaults);
  });

  test('say who changed them, from what to what; what stays the same leaves no row', async () => {
    await using t = await testWorkspace();
    await set(t, 'zone', 'Asia/Kathmandu');
    await set(t, 'zone', 'Asia/Kathmandu');
    const [row, before] = await t.store.read((tx) => newestAudit(tx, t.home.workspace, 2));
    expect(row).toMatchObject({ actor: t.home.member, action: 'settings.set', target: 'zone' });
    expect(JSON.parse(row?.detail ?? '')).toEqual({ before: 'UTC', after: 'Asia/Kathmandu' });
    expect(before?.action).not.toBe('settings.set');
  });

  test('turn the digest off', async () => {
    await using t = await testWorkspace();
    await set(t, 'digest-channel', t.home.channel);
    expect(await set(t, 'digest-channel', 'off')).toEqual(defaults);
  });

  test.each([
    ['zone', 'Berlin', 'settings.zone-unknown', 'Europe/Berlin'],
    ['zone', 'new york', 'settings.zone-unknown', 'America/New_York'],
    ['zone', 'Europe/Berln', 'settings.zone-unknown', 'Europe/Berlin'],
    ['zone', '', 'settings.zone-unknown', 'Europe/Berlin'],
    ['zon', 'UTC', 'settings.unknown', 'zone'],
    ['ask-above', 'five', 'money.invalid', 'five'],
    ['ask-above', '-1', 'money.invalid', '-1'],
    ['key-form', 'maybe', 'settings.on-off', 'maybe'],
    ['digest-channel', 'channel_9', 'channel.unknown', 'channel_9'],
  ] as const)('%s "%s" is refused with %s, and helps: %s', async (name, value, code, says) => {
    await using t = await testWorkspace();
    const refused = set(t, name, value);
    await expect(refused).rejects.toEqual(failsWith(code));
    await expect(refused).rejects.toThrow(says);
    expect(await get(t)).toEqual(defaults);
  });

  test('do not name a channel of another workspace', async () => {
    await using t = await testWorkspace();
    const theirs = t.store.transact((tx) =>
      t.settings.set(tx, {
        workspace: t.other,
        actor: 'system',
        name: 'digest-channel',
        value: t.home.channel,
      }),
    );
    await expect(theirs).rejects.toEqual(failsWith('channel.unknown'));
  });
});
