import { describe, expect, test } from 'vitest';
import type { Role } from '../../src/core/access.ts';
import { parseFirstOwners } from '../../src/core/admins.ts';
import { type ErrorCode, isCrewsmithError } from '../../src/errors.ts';
import type { Arrival } from '../../src/services/people.ts';
import { auditAfter } from '../../src/store/audit.ts';
import { insertInstallation } from '../../src/store/installations.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const failsWith = (code: ErrorCode) => expect.toSatisfy((error: unknown) => isCrewsmithError(error, code));

const arrive = (t: TestWorkspace, user: string, more: Partial<Arrival> = {}) =>
  t.store.transact((tx) =>
    t.people.arrive(tx, {
      workspace: t.home.workspace,
      surface: 'slack',
      native: `T1:${user}`,
      name: user,
      standing: 'member',
      role: null,
      ...more,
    }),
  );
const roleOf = (t: TestWorkspace, member: string, channel = '', workspace = t.home.workspace) =>
  t.store.read((tx) => t.people.roleOf(tx, workspace, member, channel));
const set = (t: TestWorkspace, actor: string, member: string, role: Role | null, channel = '') =>
  t.store.transact((tx) =>
    t.people.setRole(tx, { workspace: t.home.workspace, actor, member, channel, role }),
  );
const install = (t: TestWorkspace, team: string) =>
  t.store.transact((tx) =>
    insertInstallation(tx, {
      id: t.ids.next('installation'),
      workspace_id: t.home.workspace,
      surface: 'slack',
      team,
      name: team,
      created_at: t.clock.now(),
      removed_at: null,
    }),
  );

describe('who arrives', () => {
  test('is made once, with the role that the surface’s people have', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO');
    expect(await arrive(t, 'UBO', { role: 'owner' })).toBe(bo);
    expect(await roleOf(t, bo)).toBe('member');
    expect(await roleOf(t, await arrive(t, 'UGUEST', { standing: 'guest' }))).toBeNull();
  });

  test('has no role as a guest or bot, whatever was granted before (rule K8)', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', { role: 'admin' });
    for (const standing of ['guest', 'bot'] as const) {
      expect(await arrive(t, 'UBO', { standing })).toBe(bo);
      expect(await roleOf(t, bo)).toBeNull();
      await expect(set(t, t.home.member, bo, 'approver')).rejects.toEqual(failsWith('access.guest-role'));
    }
    await arrive(t, 'UBO', { name: 'Bo' });
    expect(await roleOf(t, bo)).toBe('admin');
    expect(t.raw.prepare('select name from members where id = ?').get(bo)).toEqual({ name: 'Bo' });
  });

  test('looks on in a guild once somebody other than an owner has a role, and may run before (rule K8)', async () => {
    await using t = await testWorkspace();
    const guild = { surface: 'discord' } as const;
    const [ana, bo] = [await arrive(t, '1', guild), await arrive(t, '2', guild)];
    await set(t, t.home.member, ana, 'owner');
    expect(await roleOf(t, bo)).toBe('member');
    await set(t, ana, bo, 'approver', t.home.channel);
    expect(await roleOf(t, bo, t.home.channel)).toBe('approver');
    expect(await roleOf(t, bo)).toBe('viewer');
    expect(await roleOf(t, await arrive(t, '3', guild))).toBe('viewer');
    expect(await roleOf(t, await arrive(t, 'UCHI'))).toBe('member');
    await set(t, ana, bo, null, t.home.channel);
    expect(await roleOf(t, bo)).toBe('member');
  });

  test('and leaves loses every role; who comes back begins anew', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', { role: 'admin' });
    await set(t, t.home.member, bo, 'approver', t.home.channel);
    const gone = { workspace: t.home.workspace, actor: 'system', member: bo };
    await t.store.transact((tx) => t.people.leave(tx, gone));
    await t.store.transact((tx) => t.people.leave(tx, gone));
    expect(await roleOf(t, bo)).toBeNull();
    await expect(set(t, t.home.member, bo, 'admin')).rejects.toEqual(failsWith('access.member-unknown'));
    expect(await arrive(t, 'UBO')).toBe(bo);
    expect(await roleOf(t, bo)).toBe('member');
    const rows = await t.store.read((tx) => auditAfter(tx, t.home.workspace, 5, 10));
    expect(rows.map((row) => [row.actor, row.action])).toEqual([
      ['system', 'access.leave'],
      ['system', 'access.return'],
    ]);
    expect(JSON.parse(rows[0]?.detail ?? '')).toMatchObject({
      before: { roles: [{ role: 'admin' }, { role: 'approver' }] },
    });
  });

  test('is somebody else in another workspace, with nothing of this one’s', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', { role: 'admin' });
    const there = await arrive(t, 'UBO', { workspace: t.other });
    expect(there).not.toBe(bo);
    expect(await roleOf(t, bo, '', t.other)).toBeNull();
    expect(await roleOf(t, there, '', t.home.workspace)).toBeNull();
  });

  test('is owner when CREWSMITH_ADMINS names the account, and that is written down (rule K9)', async () => {
    await using t = await testWorkspace({ firstOwners: parseFirstOwners('slack:UBO') });
    await install(t, 'T1');
    const bo = await arrive(t, 'UBO');
    expect(await roleOf(t, bo)).toBe('owner');
    expect(await roleOf(t, await arrive(t, 'UCHI'))).toBe('member');
    const rows = await t.store.read((tx) => auditAfter(tx, t.home.workspace, 3, 10));
    expect(JSON.parse(rows[0]?.detail ?? '')).toMatchObject({
      after: { account: 'slack:T1:UBO', role: 'owner' },
    });
  });

  test('is not owner by a bare user id where two teams are installed (rule K9)', async () => {
    await using t = await testWorkspace({ firstOwners: parseFirstOwners('slack:UBO') });
    await install(t, 'T1');
    await install(t, 'T2');
    expect(await roleOf(t, await arrive(t, 'UBO'))).toBe('member');
  });
});

describe('roles', () => {
  test('are granted and taken back for the workspace and for a channel, each with its author', async () => {
    await using t = await testWorkspace();
    const { member: local, channel } = t.home;
    const bo = await arrive(t, 'UBO');
    await set(t, local, bo, 'approver', channel);
    expect(await roleOf(t, bo, channel)).toBe('approver');
    expect(await roleOf(t, bo)).toBe('member');
    await set(t, local, bo, 'admin');
    await set(t, local, bo, null, channel);
    expect(await roleOf(t, bo, channel)).toBe('admin');
    const rows = await t.store.read((tx) => auditAfter(tx, t.home.workspace, 4, 10));
    expect(rows.map((row) => [row.actor, row.action, row.target])).toEqual([
      [local, 'access.grant', bo],
      [local, 'access.grant', bo],
      [local, 'access.revoke', bo],
    ]);
  });

  test('that stay the same leave no row', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', { role: 'member' });
    const before = await t.store.read((tx) => t.audit.head(tx, t.home.workspace));
    await set(t, t.home.member, bo, 'member');
    expect(await t.store.read((tx) => t.audit.head(tx, t.home.workspace))).toEqual(before);
  });

  test('above one’s own are neither given nor taken', async () => {
    await using t = await testWorkspace();
    const [bo, chi] = [await arrive(t, 'UBO'), await arrive(t, 'UCHI')];
    await set(t, t.home.member, bo, 'admin');
    await expect(set(t, bo, bo, 'owner')).rejects.toEqual(failsWith('access.too-high'));
    await expect(set(t, bo, t.home.member, 'viewer')).rejects.toEqual(failsWith('access.too-high'));
    await set(t, bo, chi, 'admin');
    expect(await roleOf(t, chi)).toBe('admin');
  });

  test('are changed by admins alone', async () => {
    await using t = await testWorkspace();
    const [bo, chi] = [await arrive(t, 'UBO', { role: 'approver' }), await arrive(t, 'UCHI')];
    for (const actor of [bo, chi, 'member_unknown']) {
      await expect(set(t, actor, chi, 'viewer')).rejects.toEqual(failsWith('access.forbidden'));
    }
    await expect(set(t, bo, chi, 'viewer')).rejects.toThrow(
      'you are approver of the whole workspace here. Ask local.',
    );
  });

  test('of a channel do not reach beyond it', async () => {
    await using t = await testWorkspace();
    const [bo, chi] = [await arrive(t, 'UBO'), await arrive(t, 'UCHI')];
    await set(t, t.home.member, bo, 'admin', t.home.channel);
    await expect(set(t, bo, chi, 'admin')).rejects.toEqual(failsWith('access.forbidden'));
    await set(t, bo, chi, 'approver', t.home.channel);
    expect(await roleOf(t, chi, t.home.channel)).toBe('approver');
  });

  test('of the last owner stay (rule K9)', async () => {
    await using t = await testWorkspace();
    const { member: local } = t.home;
    for (const role of [null, 'admin'] as const) {
      await expect(set(t, local, local, role)).rejects.toEqual(failsWith('access.last-owner'));
    }
    const bo = await arrive(t, 'UBO');
    await set(t, local, bo, 'owner');
    await set(t, bo, local, null);
    expect(await roleOf(t, local)).toBeNull();
    await expect(set(t, bo, bo, null)).rejects.toEqual(failsWith('access.last-owner'));
  });

  test('are of people and channels that are known here', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO');
    const stranger = await arrive(t, 'UEVE', { workspace: t.other });
    await expect(set(t, t.home.member, stranger, 'admin')).rejects.toEqual(
      failsWith('access.member-unknown'),
    );
    await expect(set(t, t.home.member, bo, 'admin', 'channel_9')).rejects.toEqual(
      failsWith('channel.unknown'),
    );
  });

  test('of who left are none', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', { role: 'admin' });
    t.raw.prepare('update members set removed_at = 1 where id = ?').run(bo);
    expect(await roleOf(t, bo)).toBeNull();
  });
});
