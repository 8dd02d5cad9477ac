import { describe, expect, test } from 'vitest';
import type { SurfaceName } from '../../src/chat/port.ts';
import { type Claimer, createClaims } from '../../src/services/claims.ts';
import { findWorkspace } from '../../src/store/people.ts';
import { countedRandom, type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const minutes = 60_000;

const claimsOf = (t: TestWorkspace, surfaces: readonly SurfaceName[] = ['terminal', 'slack', 'discord']) =>
  createClaims({ ...t, random: countedRandom('claims'), surfaces: () => surfaces });

const claimer = (more: Partial<Claimer> = {}): Claimer => ({
  surface: 'slack',
  team: { id: 'T1', name: 'Acme' },
  native: 'T1:UANA',
  name: 'Ana',
  standing: 'member',
  ...more,
});

const roleOf = (t: TestWorkspace, workspace: string, member: string) =>
  t.store.read((tx) => t.people.roleOf(tx, workspace, member, ''));

describe('the code of rule K9', () => {
  test('is wanted while a connected surface has no owner, and not for page and terminal', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    expect(await claims.ownerless()).toEqual(['slack', 'discord']);
    expect(await claimsOf(t, ['terminal', 'web']).ownerless()).toEqual([]);
    const { code } = await claims.renew();
    await claims.claimTeam(claimer(), code);
    expect(await claims.ownerless()).toEqual(['discord']);
  });

  test('holds for 30 minutes and once', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    const { code, until } = await claims.renew();
    expect(until - t.clock.now()).toBe(30 * minutes);
    await t.clock.advance(30 * minutes);
    await expect(claims.claimTeam(claimer(), code)).rejects.toMatchObject({ code: 'claim.wrong' });

    const fresh = await claims.renew();
    await t.clock.advance(30 * minutes - 1);
    await claims.claimTeam(claimer(), fresh.code);
    const other = claimer({ team: { id: 'T2', name: 'Other' }, native: 'T2:UBO', name: 'Bo' });
    await expect(claims.claimTeam(other, fresh.code)).rejects.toMatchObject({ code: 'claim.wrong' });
  });

  test('ends the one before, and is stored as a hash alone', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    const { code: first } = await claims.renew();
    const { code } = await claims.renew();
    await expect(claims.claimTeam(claimer(), first)).rejects.toMatchObject({ code: 'claim.wrong' });
    expect(JSON.stringify(t.raw.prepare('select * from meta').all())).not.toContain(code.replace('-', ''));
    await claims.claimTeam(claimer(), code.toLowerCase().replace('-', ''));
  });

  test('ends after 20 wrong ones', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    const { code } = await claims.renew();
    const wrong = () =>
      expect(claims.claimTeam(claimer(), '0000-0000')).rejects.toMatchObject({ code: 'claim.wrong' });
    for (let i = 0; i < 19; i++) await wrong();
    await claims.claimTeam(claimer(), code);
    const { code: next } = await claims.renew();
    for (let i = 0; i < 20; i++) await wrong();
    const guild = claimer({ surface: 'discord', team: { id: '9', name: 'Guild' }, native: '1' });
    await expect(claims.claimTeam(guild, next)).rejects.toMatchObject({ code: 'claim.wrong' });
  });

  test('of two who claim at once makes one owner', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    const { code } = await claims.renew();
    const both = await Promise.allSettled([
      claims.claimTeam(claimer(), code),
      claims.claimTeam(claimer({ native: 'T1:UBO', name: 'Bo' }), code),
    ]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(t.raw.prepare("select count(*) as n from roles where role = 'owner'").get()).toEqual({ n: 2 });
  });

  test('makes no owner of a guest, nor where there is one; it still holds then', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    const { code } = await claims.renew();
    for (const standing of ['guest', 'bot'] as const)
      await expect(claims.claimTeam(claimer({ standing }), code)).rejects.toMatchObject({
        code: 'claim.guest',
      });
    const { workspace } = await claims.claimTeam(claimer(), code);
    const { code: next } = await claims.renew();
    const bo = claimer({ native: 'T1:UBO', name: 'Bo' });
    await expect(claims.claimTeam(bo, next)).rejects.toMatchObject({
      code: 'claim.owned',
      message: expect.stringContaining('Ana'),
    });
    const guild = claimer({ surface: 'discord', team: { id: '9', name: 'Guild' }, native: '1', name: 'Chi' });
    expect(await claims.claimTeam(guild, next)).toMatchObject({
      workspace,
      team: 'default',
      everybodyRuns: true,
    });
  });

  test('serves again when the last owner of a surface has left', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t, ['slack']);
    const { workspace, member } = await claims.claimTeam(claimer(), (await claims.renew()).code);
    await t.store.transact((tx) => t.people.leave(tx, { workspace, actor: 'system', member }));
    expect(await claims.ownerless()).toEqual(['slack']);
    const bo = await t.store.transact((tx) =>
      t.people.arrive(tx, { ...claimer({ native: 'T1:UBO', name: 'Bo' }), workspace, role: null }),
    );
    const here = { workspace, surface: 'slack' as const, member: bo };
    await claims.claim(here, (await claims.renew()).code);
    expect(await roleOf(t, workspace, bo)).toBe('owner');
    await expect(claims.claim(here, (await claims.renew()).code)).rejects.toMatchObject({
      code: 'claim.owned',
    });
  });
});

describe('a team that nobody has claimed (rule K8)', () => {
  test('joins default if that has none of its surface, else gets a workspace of its own, without keys', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    const first = await claims.claimTeam(claimer(), (await claims.renew()).code);
    expect(first).toMatchObject({ workspace: t.home.workspace, team: 'default', everybodyRuns: false });
    expect(await roleOf(t, first.workspace, first.member)).toBe('owner');

    const other = claimer({ team: { id: 'T2', name: 'Other' }, native: 'T2:UBO', name: 'Bo' });
    const second = await claims.claimTeam(other, (await claims.renew()).code);
    expect(second.team).toBe('own');
    expect(second.workspace).not.toBe(t.home.workspace);
    expect(await t.store.read((tx) => findWorkspace(tx, second.workspace))).toMatchObject({
      slug: 'slack-t2',
      name: 'Other',
      had_key: 0,
    });
    expect(await t.store.read((tx) => t.keys.list(tx, second.workspace))).toEqual([]);
    expect(await roleOf(t, second.workspace, second.member)).toBe('owner');
    expect(await roleOf(t, t.home.workspace, second.member)).toBeNull();
    for (const workspace of [t.home.workspace, second.workspace])
      expect(await t.store.read((tx) => t.audit.verify(tx, workspace))).toMatchObject({ ok: true });
  });

  test('that was here before gets back what was its own', async () => {
    await using t = await testWorkspace();
    const claims = claimsOf(t);
    await claims.claimTeam(claimer(), (await claims.renew()).code);
    const other = claimer({ team: { id: 'T2', name: 'Other' }, native: 'T2:UBO', name: 'Bo' });
    const { workspace, member } = await claims.claimTeam(other, (await claims.renew()).code);
    t.raw.prepare("update installations set removed_at = 1 where team = 'T2'").run();
    await expect(claims.claimTeam(other, (await claims.renew()).code)).rejects.toMatchObject({
      code: 'claim.owned',
    });
    await t.store.transact((tx) => t.people.leave(tx, { workspace, actor: 'system', member }));
    const chi = claimer({ team: { id: 'T2', name: 'Other' }, native: 'T2:UCHI', name: 'Chi' });
    expect(await claims.claimTeam(chi, (await claims.renew()).code)).toMatchObject({
      workspace,
      team: 'own',
    });
  });
});
