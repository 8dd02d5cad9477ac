import { describe, expect, test } from 'vitest';
import type { Role } from '../../src/core/access.ts';
import { parseFirstOwners } from '../../src/core/admins.ts';
import { type ErrorCode, isCrewsmithError } from '../../src/errors.ts';
import { auditAfter } from '../../src/store/audit.ts';
import { insertInstallation } from '../../src/store/people.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const failsWith = (code: ErrorCode) => expect.toSatisfy((error: unknown) => isCrewsmithError(error, code));

const arrive = (t: TestWorkspace, user: string, role: Role | null = 'member', workspace = t.home.workspace) =>
  t.store.transact((tx) =>
    t.people.arrive(tx, { workspace, surface: 'slack', native: `T1:${user}`, name: user, role }),
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
    expect(await arrive(t, 'UBO', 'owner')).toBe(bo);
    expect(await roleOf(t, bo)).toBe('member');
    expect(await roleOf(t, await arrive(t, 'UGUEST', null))).toBeNull();
  });

  test('is somebody else in another workspace, with nothing of this one’s', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', 'admin');
    const there = await arrive(t, 'UBO', 'member', t.other);
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
    const bo = await arrive(t, 'UBO');
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

  test('of a channel do not reach beyond it', async () => {
    await using t = await testWorkspace();
    const [bo, chi] = [await arrive(t, 'UBO'), await arrive(t, 'UCHI')];
    await set(t, t.home.member, bo, 'admin', t.home.channel);
    await expect(set(t, bo, chi, 'admin')).rejects.toEqual(failsWith('access.too-high'));
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
    const stranger = await arrive(t, 'UEVE', 'member', t.other);
    await expect(set(t, t.home.member, stranger, 'admin')).rejects.toEqual(
      failsWith('access.member-unknown'),
    );
    await expect(set(t, t.home.member, bo, 'admin', 'channel_9')).rejects.toEqual(
      failsWith('channel.unknown'),
    );
  });

  test('of who left are none', async () => {
    await using t = await testWorkspace();
    const bo = await arrive(t, 'UBO', 'admin');
    t.raw.prepare('update members set removed_at = 1 where id = ?').run(bo);
    expect(await roleOf(t, bo)).toBeNull();
  });
});
