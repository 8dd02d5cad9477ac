import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Linked, Typist } from '../../src/services/linking.ts';
import { insertBudget } from '../../src/store/budgets.ts';
import { insertKey } from '../../src/store/keys.ts';
import { changeStanding, findWorkspace, lockWorkspace, revisionOf } from '../../src/store/people.ts';
import type { Store } from '../../src/store/port.ts';
import { insertRun } from '../../src/store/runs.ts';
import { putSetting } from '../../src/store/settings.ts';
import { createVirtualClock } from '../support/clock.ts';
import { type LinkingStand, openLinking } from '../support/linking-stand.ts';
import { rows } from '../support/rows.ts';

const minutes = 60_000;
const refused = (code: string) => ({ code });

/** Rule K8 on any store: teams that join a workspace by codes. */
export function linkingContract(
  name: string,
  open: () => Promise<{ fresh(): Promise<Store>; end(): Promise<void> }>,
) {
  describe(`access link on ${name}`, () => {
    let source: Awaited<ReturnType<typeof open>>;
    let store: Store;
    let t: LinkingStand;
    /** Owner of Slack's T1, which is of the workspace `default`; that has a Discord server, too. */
    let ana: Typist;
    /** Owner of a Discord server with a workspace of its own. */
    let dee: Typist;

    beforeAll(async () => {
      source = await open();
    });
    afterAll(() => source.end());
    beforeEach(async () => {
      store = await source.fresh();
      t = await openLinking(store, createVirtualClock());
      ana = await t.team('slack', 'T1', 'ana');
      await t.team('discord', 'G0', 'zoe');
      dee = await t.team('discord', 'G1', 'dee');
      expect(ana.workspace).toBe(t.home.workspace);
      expect(dee.workspace).not.toBe(t.home.workspace);
      return async () => {
        for (const { id } of await t.rows('workspaces'))
          expect(await store.read((tx) => t.audit.verify(tx, id))).toMatchObject({ ok: true });
        await store.close();
      };
    });

    const codeFor = async (by: Typist, joins: 'team' | 'person' = 'team') =>
      (await t.linking.offer(by, joins)).code;
    const join = async (by = dee): Promise<Linked> => await t.linking.use(by, await codeFor(ana));
    const workspaceOf = async (team: string) =>
      (await t.rows('installations')).find((row) => row.team === team)?.workspace_id;
    const audited = async (workspace: string) =>
      (await t.rows('audit')).filter((row) => row.workspace_id === workspace).map((row) => row.action);

    describe('a team', () => {
      test('joins with its channels and people; roles, settings and digests of there end, and both workspaces tell of it', async () => {
        const bo = await t.arrive(dee.workspace, 'discord', 'bo', 'Bo', 'approver');
        const raids = await t.channel(dee.workspace, 'discord', 'c1', 'raids');
        await store.transact(async (tx) => {
          await putSetting(tx, dee.workspace, 'zone', '"Europe/Berlin"', 1);
        });
        expect(await join()).toEqual({
          joined: 'team',
          teams: ['G1 (discord)'],
          to: ['T1 (slack)', 'G0 (discord)'],
          by: 'ana',
          role: 'member',
          channels: 1,
          people: 2,
          ended: { roles: 2, settings: 1, digests: 0 },
        });
        expect(await workspaceOf('G1')).toBe(ana.workspace);
        const channel = (await t.rows('channels')).find((row) => row.id === raids);
        expect(channel?.workspace_id).toBe(ana.workspace);
        const there = await t.arrive(ana.workspace, 'discord', 'bo', 'Bo');
        expect(await t.role(there)).toBe('member');
        expect([await t.role(bo), await t.role(dee)]).toEqual([null, null]);
        expect(await audited(dee.workspace)).toContain('workspace.join');
        expect(await audited(ana.workspace)).toContain('workspace.link');
        expect(t.told.map(({ workspace, place, card }) => [workspace, place.channel, card?.title])).toEqual([
          [ana.workspace, '@T1:UANA', 'G1 (discord) joined your workspace'],
        ]);
      });

      test('is of people who look on, where a role was given to somebody who is no owner', async () => {
        await t.arrive(ana.workspace, 'slack', 'T1:UCHI', 'Chi', 'approver');
        expect(await join()).toMatchObject({ role: 'viewer' });
      });

      test('is begun nothing in any more where it was, in any process', async () => {
        await join();
        for (const door of [lockWorkspace, changeStanding, revisionOf])
          await expect(store.transact<unknown>((tx) => door(tx, dee.workspace))).rejects.toMatchObject(
            refused('join.gone'),
          );
        await expect(t.linking.offer(dee, 'team')).rejects.toMatchObject(refused('join.gone'));
      });

      test('brings nobody twice: who is in both servers is one person there, and keeps what they are', async () => {
        const here = await t.arrive(ana.workspace, 'discord', 'bo', 'Bo', 'approver');
        await t.arrive(dee.workspace, 'discord', 'bo', 'Bo', 'admin');
        const direct = await t.channel(ana.workspace, 'discord', 'dm-bo', 'bo');
        await t.channel(dee.workspace, 'discord', 'dm-bo', 'bo');
        expect(await join()).toMatchObject({ channels: 0, people: 2 });
        expect((await t.arrive(ana.workspace, 'discord', 'bo', 'Bo')).member).toBe(here.member);
        expect(await t.role(here)).toBe('approver');
        const kept = (await t.rows('channels')).filter((row) => row.workspace_id === ana.workspace);
        expect(kept.filter((row) => row.native === 'dm-bo').map((row) => row.id)).toEqual([direct]);
      });

      test.each<[string, (workspace: string) => Promise<unknown>]>([
        [
          'join.has-runs',
          (w) => store.transact((tx) => insertRun(tx, rows.runs({ workspace_id: w, status: 'completed' }))),
        ],
        ['join.has-keys', (w) => store.transact((tx) => insertKey(tx, rows.keys({ workspace_id: w })))],
        [
          'join.has-budgets',
          (w) => store.transact((tx) => insertBudget(tx, rows.budgets({ workspace_id: w }))),
        ],
      ])('%s: it stays as it is, and the code still holds', async (code, fill) => {
        await fill(dee.workspace);
        const typed = await codeFor(ana);
        const before = await t.everything();
        await expect(t.linking.use(dee, typed)).rejects.toMatchObject(refused(code));
        expect(await t.everything()).toBe(before);
        const eve = await t.team('discord', 'G2', 'eve');
        expect(await t.linking.use(eve, typed)).toMatchObject({ teams: ['G2 (discord)'] });
      });

      test('`default` joins nothing, since page and terminal are of it; the other way it goes', async () => {
        await expect(t.linking.use(ana, await codeFor(dee))).rejects.toMatchObject(refused('join.default'));
        await join();
      });

      test('is joined by admins of both sides alone, as they are when it is', async () => {
        const bo = await t.arrive(dee.workspace, 'discord', 'bo', 'Bo', 'approver');
        const chi = await t.arrive(ana.workspace, 'slack', 'T1:UCHI', 'Chi', 'admin');
        const gus = await t.arrive(ana.workspace, 'slack', 'T1:UGUS', 'Gus', 'approver');
        await expect(t.linking.offer(gus, 'team')).rejects.toMatchObject(refused('access.forbidden'));
        const typed = await codeFor(chi);
        await expect(t.linking.use(bo, typed)).rejects.toMatchObject(refused('access.forbidden'));
        await expect(t.linking.use(gus, typed)).rejects.toMatchObject(refused('join.same'));
        await store.transact((tx) =>
          t.people.setRole(tx, {
            ...{ workspace: chi.workspace, actor: 'system', member: chi.member },
            ...{ channel: '', role: null },
          }),
        );
        await expect(t.linking.use(dee, typed)).rejects.toMatchObject(refused('join.wrong'));
        expect(await workspaceOf('G1')).toBe(dee.workspace);
      });
    });

    describe('a code', () => {
      test('holds 10 minutes and once; a new one ends the one before', async () => {
        const { code, until } = await t.linking.offer(ana, 'team');
        expect(until - t.clock.now()).toBe(10 * minutes);
        await t.clock.advance(10 * minutes);
        await expect(t.linking.use(dee, code)).rejects.toMatchObject(refused('join.wrong'));
        const first = await codeFor(ana);
        const second = await codeFor(ana);
        await expect(t.linking.use(dee, first)).rejects.toMatchObject(refused('join.wrong'));
        await t.clock.advance(10 * minutes - 1);
        await t.linking.use(dee, second.toLowerCase().replace('-', ' '));
        const eve = await t.team('discord', 'G2', 'eve');
        await expect(t.linking.use(eve, second)).rejects.toMatchObject(refused('join.wrong'));
      });

      test('is stored as a hash alone, and told of in the audit', async () => {
        const code = await codeFor(ana);
        const stored = JSON.stringify(await t.rows('link_codes')) + JSON.stringify(await t.rows('audit'));
        expect(stored).not.toContain(code);
        expect(stored).not.toContain(code.replace('-', ''));
        expect(await audited(ana.workspace)).toContain('access.link-code');
      });

      test('is not guessed: after 5 wrong ones no more are looked at for as long as one lasts, of who typed them alone', async () => {
        const code = await codeFor(ana);
        const bo = await t.arrive(dee.workspace, 'discord', 'bo', 'Bo', 'admin');
        for (let i = 0; i < 5; i++)
          await expect(t.linking.use(dee, '0000-0000')).rejects.toMatchObject(refused('join.wrong'));
        await expect(t.linking.use(dee, code)).rejects.toMatchObject(refused('join.tries'));
        expect((await audited(dee.workspace)).filter((one) => one === 'access.link-wrong')).toHaveLength(5);
        await t.clock.advance(10 * minutes);
        await expect(t.linking.use(dee, '0000-0000')).rejects.toMatchObject(refused('join.wrong'));
        await t.linking.use(bo, await codeFor(ana));
      });

      test('of a person is a wrong one in another workspace', async () => {
        const code = await codeFor(ana, 'person');
        await expect(t.linking.use(dee, code)).rejects.toMatchObject(refused('join.wrong'));
        expect(await audited(dee.workspace)).toContain('access.link-wrong');
      });
    });

    describe('at once', () => {
      const outcomes = (work: readonly Promise<unknown>[]) =>
        Promise.allSettled(work).then((all) =>
          all.map((one) => (one.status === 'fulfilled' ? 'done' : (one.reason as { code: string }).code)),
        );

      test('two teams by one code: one joins', async () => {
        const eve = await t.team('discord', 'G2', 'eve');
        const code = await codeFor(ana);
        const all = await outcomes([t.linking.use(dee, code), t.linking.use(eve, code)]);
        expect(all.sort()).toEqual(['done', 'join.wrong']);
        const moved = [await workspaceOf('G1'), await workspaceOf('G2')].filter((w) => w === ana.workspace);
        expect(moved).toHaveLength(1);
      });

      test('two workspaces that join each other: one stays, with both teams', async () => {
        const eve = await t.team('discord', 'G2', 'eve');
        const [ofDee, ofEve] = [await codeFor(dee), await codeFor(eve)];
        const all = await outcomes([t.linking.use(dee, ofEve), t.linking.use(eve, ofDee)]);
        expect(all.filter((one) => one === 'done')).toHaveLength(1);
        const left = await store.read(async (tx) => [
          (await findWorkspace(tx, dee.workspace))?.joined_into ?? null,
          (await findWorkspace(tx, eve.workspace))?.joined_into ?? null,
        ]);
        expect(left.filter((into) => into === null)).toHaveLength(1);
        expect(await workspaceOf('G1')).toBe(await workspaceOf('G2'));
      });

      test('one workspace by two codes joins one of them', async () => {
        const eve = await t.team('discord', 'G2', 'eve');
        const [ofAna, ofEve] = [await codeFor(ana), await codeFor(eve)];
        const all = await outcomes([t.linking.use(dee, ofAna), t.linking.use(dee, ofEve)]);
        expect(all.filter((one) => one === 'done')).toHaveLength(1);
      });

      test('a run that starts while its team joins: one of both is refused, and no run is left behind', async () => {
        const start = store.transact(async (tx) => {
          await revisionOf(tx, dee.workspace);
          await insertRun(tx, rows.runs({ workspace_id: dee.workspace }));
        });
        const all = await outcomes([start, join()]);
        expect(all.filter((one) => one === 'done')).toHaveLength(1);
        const isJoined = (await workspaceOf('G1')) === ana.workspace;
        expect(await t.rows('runs')).toHaveLength(isJoined ? 0 : 1);
        expect(all).toContain(isJoined ? 'join.gone' : 'join.has-runs');
      });
    });
  });
}
