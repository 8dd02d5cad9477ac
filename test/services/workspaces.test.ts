import { describe, expect, test } from 'vitest';
import { clockBehind } from '../../src/services/workspaces.ts';
import { auditAfter } from '../../src/store/audit.ts';
import { testWorkspace } from '../support/workspace.ts';

describe('workspace default', () => {
  test('is made by the first start and found by the next', async () => {
    await using t = await testWorkspace();
    const again = await t.store.transact((tx) => t.workspaces.ensureDefault(tx));
    expect(again).toEqual(t.home);
    expect(t.raw.prepare(`select count(*) as n from workspaces where slug = 'default'`).get()).toEqual({
      n: 1,
    });
    expect(t.raw.prepare('select surface, team from installations').all()).toEqual([
      { surface: 'terminal', team: 'local' },
      { surface: 'web', team: 'local' },
    ]);
  });

  test('has member local as its owner, in the terminal and on the page only', async () => {
    await using t = await testWorkspace();
    const role = await t.store.read((tx) => t.people.roleOf(tx, t.home.workspace, t.home.member, ''));
    expect(role).toBe('owner');
    expect(t.raw.prepare('select surface, native from accounts').all()).toEqual([
      { surface: 'terminal', native: 'local' },
      { surface: 'web', native: 'local' },
    ]);
  });

  test('writes down that it was made, by whom nobody asked', async () => {
    await using t = await testWorkspace();
    const rows = await t.store.read((tx) => auditAfter(tx, t.home.workspace, 0, 10));
    expect(rows.map((row) => [row.seq, row.actor, row.action, row.target])).toEqual([
      [1, 'system', 'workspace.create', t.home.workspace],
      [2, 'system', 'access.arrive', t.home.member],
      [3, 'system', 'access.link', t.home.member],
    ]);
  });

  test('leaves nothing behind when its making is rolled back, and is made whole the next time', async () => {
    await using t = await testWorkspace();
    t.raw.exec(`update workspaces set slug = 'elsewhere' where slug = 'default'`);
    t.raw.exec(`update installations set team = surface || ' elsewhere'`);
    const failing = t.store.transact(async (tx) => {
      await t.workspaces.ensureDefault(tx);
      throw new Error('the disk went away');
    });
    await expect(failing).rejects.toThrow('the disk went away');
    expect(t.raw.prepare(`select count(*) as n from workspaces where slug = 'default'`).get()).toEqual({
      n: 0,
    });
    const home = await t.store.transact((tx) => t.workspaces.ensureDefault(tx));
    expect(await t.store.read((tx) => t.audit.verify(tx, home.workspace))).toMatchObject({
      ok: true,
      rows: 3,
    });
  });
});

test('a clock that was set back is told of at each start, until it is right again or the time has passed (rule Q2)', async () => {
  await using t = await testWorkspace();
  const start = () => t.store.transact((tx) => clockBehind(tx, t, t.home.workspace));
  expect(await start()).toBeNull();
  t.clock.step(-3_600_000);
  expect(await start()).toBe(3_600_000);
  expect(await start()).toBe(3_600_000);
  t.clock.step(3_600_000 - 5 * 60_000);
  expect(await start()).toBeNull();
});
