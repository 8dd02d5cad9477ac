import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Card } from '../../src/chat/card.ts';
import { readDirectory } from '../../src/services/directory.ts';
import { createInputs } from '../../src/services/inputs.ts';
import type { Typist } from '../../src/services/linking.ts';
import { createRooms } from '../../src/services/rooms.ts';
import { insertKeyLink } from '../../src/store/key-links.ts';
import { mergeMember } from '../../src/store/linked.ts';
import type { Store } from '../../src/store/port.ts';
import { insertSession } from '../../src/store/web-sessions.ts';
import { createVirtualClock } from '../support/clock.ts';
import { crewOf } from '../support/crew-text.ts';
import { type LinkingStand, openLinking } from '../support/linking-stand.ts';
import { rowFor } from '../support/tenant-rows.ts';

const ownedCrew = crewOf(`
name: owned
summary: Asks for somebody.
input: { owner: { type: user, label: Owner } }
agents: { writer: { model: smart, instructions: Write. } }
steps:
  - write: { agent: writer, prompt: "For {{ input.owner }}" }
`);

const refused = (code: string) => ({ code });

/** Rule K8 on any store: accounts on two surfaces that become one person. */
export function linkingPeopleContract(
  name: string,
  open: () => Promise<{ fresh(): Promise<Store>; end(): Promise<void> }>,
) {
  describe(`access link me on ${name}`, () => {
    let source: Awaited<ReturnType<typeof open>>;
    let store: Store;
    let t: LinkingStand;
    /** Owner of Slack's T1, which is of the workspace `default`. */
    let ana: Typist;
    let anaOnDiscord: Typist;

    beforeAll(async () => {
      source = await open();
    });
    afterAll(() => source.end());
    beforeEach(async () => {
      store = await source.fresh();
      t = await openLinking(store, createVirtualClock());
      ana = await t.team('slack', 'T1', 'ana');
      anaOnDiscord = await t.arrive(ana.workspace, 'discord', 'ana', 'ana in Discord');
      return async () => {
        expect(await store.read((tx) => t.audit.verify(tx, ana.workspace))).toMatchObject({ ok: true });
        await store.close();
      };
    });

    const codeFor = async (by: Typist, joins: 'team' | 'person') => (await t.linking.offer(by, joins)).code;
    const audited = async () => (await t.rows('audit')).map((row) => row.action);

    const grant = (who: Typist, role: 'approver' | 'admin' | 'viewer', channel: string) =>
      store.transact((tx) =>
        t.people.setRole(tx, {
          ...{ workspace: who.workspace, actor: 'system', member: who.member },
          ...{ channel, role },
        }),
      );

    test('is one member on both surfaces, with the higher of the roles of each', async () => {
      const [sales, raids] = [
        await t.channel(ana.workspace, 'slack', 'C1', 'sales'),
        await t.channel(ana.workspace, 'discord', 'c2', 'raids'),
      ];
      const bo = await t.arrive(ana.workspace, 'slack', 'T1:UBO', 'Bo');
      const boOnDiscord = await t.arrive(ana.workspace, 'discord', 'bo', 'bo the bold');
      await grant(bo, 'approver', sales);
      await grant(boOnDiscord, 'admin', raids);
      await grant(boOnDiscord, 'viewer', sales);
      const linked = await t.linking.use(boOnDiscord, await codeFor(bo, 'person'));
      expect(linked).toMatchObject({ joined: 'person', accounts: ['slack:T1:UBO', 'discord:bo'] });
      expect((await t.arrive(bo.workspace, 'discord', 'bo', 'bo the bold')).member).toBe(bo.member);
      expect([await t.role(bo, sales), await t.role(bo, raids), await t.role(bo)]).toEqual([
        'approver',
        'admin',
        'member',
      ]);
      expect(await t.role(boOnDiscord, raids)).toBeNull();
      expect(await audited()).toContain('access.link');
      expect(t.told.map(({ place }) => place.channel)).toEqual(['@T1:UBO']);
    });

    test('keeps an owner’s role, whichever account has it', async () => {
      await t.linking.use(ana, await codeFor(anaOnDiscord, 'person'));
      expect(await t.role(anaOnDiscord)).toBe('owner');
      expect(await t.role(ana)).toBeNull();
    });

    test('has one account on a surface, and is linked with themselves no second time', async () => {
      const bo = await t.arrive(ana.workspace, 'slack', 'T1:UBO', 'Bo');
      const code = await codeFor(ana, 'person');
      await expect(t.linking.use(bo, code)).rejects.toMatchObject(refused('join.surface'));
      await expect(t.linking.use(ana, code)).rejects.toMatchObject(refused('join.self'));
      await t.linking.use(anaOnDiscord, code);
      const zoe = await t.arrive(ana.workspace, 'discord', 'zoe', 'zoe');
      await expect(t.linking.use(zoe, await codeFor(ana, 'person'))).rejects.toMatchObject(
        refused('join.surface'),
      );
    });

    test('is nobody who sits at this machine (rule G3)', async () => {
      const local: Typist = { workspace: ana.workspace, member: t.home.member, surface: 'terminal' };
      await expect(t.linking.offer(local, 'person')).rejects.toMatchObject(refused('join.local'));
      await expect(t.linking.use(local, await codeFor(ana, 'person'))).rejects.toMatchObject(
        refused('join.local'),
      );
      expect(await codeFor(local, 'team')).toMatch(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
    });

    test('who is no full member of one team any more is in the other what anybody is there (rule K8)', async () => {
      await t.linking.use(anaOnDiscord, await codeFor(ana, 'person'));
      const left = { workspace: ana.workspace, surface: 'slack', native: 'T1:UANA', name: 'ana' } as const;
      const seen = (standing: 'guest' | 'member') =>
        store.transact((tx) => t.people.arrive(tx, { ...left, standing, role: null }));
      await seen('guest');
      expect(await t.role(ana)).toBe('member');
      await seen('member');
      expect(await t.role(ana)).toBe('owner');
    });

    test('is found in a form by the name of either account', async () => {
      await t.linking.use(anaOnDiscord, await codeFor(ana, 'person'));
      const inputs = createInputs({ store, surfaces: new Map(), tools: new Map() });
      const { typed } = await inputs.forForm({
        ...{ workspace: ana.workspace, surface: 'slack', channel: 'C1', crew: ownedCrew },
        ...{ typed: { owner: '@ana in Discord' }, seesAll: false },
      });
      expect(typed).toEqual({ owner: '<@UANA>' });
    });

    test('two codes that cross: one holds, and nobody is lost', async () => {
      const [first, second] = [await codeFor(ana, 'person'), await codeFor(anaOnDiscord, 'person')];
      const all = await Promise.allSettled([t.linking.use(anaOnDiscord, first), t.linking.use(ana, second)]);
      expect(all.filter((one) => one.status === 'fulfilled')).toHaveLength(1);
      const here = await t.arrive(ana.workspace, 'slack', 'T1:UANA', 'ana');
      const there = await t.arrive(ana.workspace, 'discord', 'ana', 'ana in Discord');
      expect(here.member).toBe(there.member);
      expect(await t.role(here)).toBe('owner');
    });

    test('has what was open in the name of either: links to a key, and who is signed in', async () => {
      const of = { workspace_id: ana.workspace, member_id: anaOnDiscord.member };
      await store.transact(async (tx) => {
        await insertKeyLink(tx, { ...rowFor('key_links', ana.workspace), ...of });
        await insertSession(tx, { ...rowFor('web_sessions', ana.workspace), ...of });
      });
      await t.linking.use(anaOnDiscord, await codeFor(ana, 'person'));
      const all = [...(await t.rows('key_links')), ...(await t.rows('web_sessions'))];
      expect(all.map((row) => row.member_id)).toEqual([ana.member, ana.member]);
    });

    test('takes it back where it was somebody else: both are as before, but for what admins changed since', async () => {
      const places = [];
      for (const name of ['sales', 'ops', 'news'])
        places.push(await t.channel(ana.workspace, 'slack', name, name));
      const [sales = '', ops = '', news = ''] = places;
      const bo = await t.arrive(ana.workspace, 'slack', 'T1:UBO', 'Bo');
      const eve = await t.arrive(ana.workspace, 'discord', 'eve', 'Eve');
      await grant(bo, 'admin', '');
      await grant(bo, 'viewer', sales);
      await grant(eve, 'approver', sales);
      await grant(eve, 'approver', ops);
      await grant(eve, 'approver', news);
      const of = { workspace_id: ana.workspace, member_id: eve.member };
      await store.transact(async (tx) => {
        await insertKeyLink(tx, { ...rowFor('key_links', ana.workspace), ...of });
        await insertSession(tx, { ...rowFor('web_sessions', ana.workspace), ...of });
      });
      await t.linking.use(eve, await codeFor(bo, 'person'));
      expect((await t.arrive(ana.workspace, 'discord', 'eve', 'Eve')).member).toBe(bo.member);
      await store.transact((tx) =>
        t.people.setRole(tx, {
          ...{ workspace: bo.workspace, actor: 'system', member: bo.member },
          ...{ channel: news, role: null },
        }),
      );

      const [press] = t.told.at(-1)?.card?.actions ?? [];
      const code = press?.press.do === 'undo' ? press.press.link : '';
      const undo = (by: Typist) => t.linking.undo({ ...by, code });
      await expect(undo(ana)).rejects.toMatchObject(refused('join.over'));
      expect(await undo(bo)).toEqual(['Bo', 'Eve']);
      await expect(undo(bo)).rejects.toMatchObject(refused('join.over'));

      expect((await t.arrive(ana.workspace, 'discord', 'eve', 'Eve')).member).toBe(eve.member);
      const granted = (await t.rows('roles')).map((row) => [row.member_id, row.channel_id, row.role]);
      const ofBoth = granted.filter(([member]) => member === bo.member || member === eve.member);
      expect(ofBoth.sort()).toEqual(
        [
          [bo.member, '', 'admin'],
          [bo.member, sales, 'viewer'],
          [eve.member, sales, 'approver'],
          [eve.member, ops, 'approver'],
        ].sort(),
      );
      // What was open in one name may be the other's: it ends.
      expect((await t.rows('key_links')).map(({ state }) => state)).toEqual(['void']);
      expect((await t.rows('web_sessions')).map((row) => row.ended_at === null)).toEqual([false]);
      expect(await audited()).toContain('access.unlink');
    });

    test('reads on the page what was said to either alone, and after undoing it each their own', async () => {
      const eve = await t.arrive(ana.workspace, 'discord', 'eve', 'Eve');
      const rooms = createRooms({ ...t, workspace: ana.workspace });
      const { id: channel } = await rooms.addChannel('demo');
      const cardOf = (title: string): Card => ({
        ...{ v: 1, title, tone: 'neutral', status: '', body: [], actions: [], foot: '' },
      });
      const tell = ({ member }: Typist, title: string) =>
        rooms.tell({ channel, thread: null, member, asked: null, card: cardOf(title), dedupe: title });
      await tell(ana, 'To Ana');
      await tell(eve, 'To Eve');
      const read = async ({ member }: Typist) =>
        (await rooms.page(member, { channel, thread: null, before: null })).messages.map(({ content }) =>
          content.kind === 'card' ? content.card.title : content.text,
        );
      await t.linking.use(ana, await codeFor(eve, 'person'));
      expect(await read(eve)).toEqual(['To Ana', 'To Eve']);
      const [press] = t.told.at(-1)?.card?.actions ?? [];
      await t.linking.undo({ ...eve, code: press?.press.do === 'undo' ? press.press.link : '' });
      expect([await read(ana), await read(eve)]).toEqual([['To Ana'], ['To Eve']]);
    });

    test('what one of the two gave themselves as the other does not outlast it', async () => {
      const eve = await t.arrive(ana.workspace, 'discord', 'eve', 'Eve');
      const bo = await t.arrive(ana.workspace, 'slack', 'T1:UBO', 'Bo', 'owner');
      const sales = await t.channel(ana.workspace, 'discord', 'c1', 'sales');
      await t.linking.use(bo, await codeFor(eve, 'person'));
      const by = { workspace: eve.workspace, actor: eve.member, member: eve.member };
      const set = (channel: string, role: 'admin') =>
        store.transact((tx) => t.people.setRole(tx, { ...by, channel, role }));
      await set(sales, 'admin');
      await set('', 'admin');
      const [press] = t.told.at(-1)?.card?.actions ?? [];
      const code = press?.press.do === 'undo' ? press.press.link : '';
      await t.linking.undo({ ...eve, code });
      expect([await t.role(eve), await t.role(eve, sales)]).toEqual(['viewer', 'viewer']);
      // As much as was left of it: the other owners know, and the audit says who took it.
      expect(await t.role(bo)).toBe('admin');
    });

    test('is found under the member they are now, and counted once; of one who is merged later, too', async () => {
      const bo = await t.arrive(ana.workspace, 'slack', 'T1:UBO', 'Bo');
      const boThere = await t.arrive(ana.workspace, 'discord', 'bo', 'bo');
      await t.linking.use(bo, await codeFor(boThere, 'person'));
      const read = () => store.read((tx) => readDirectory(tx, ana.workspace, t.clock.now()));
      const before = await read();
      expect(before.memberNow(bo.member)).toBe(boThere.member);
      expect(before.people.map(({ memberId }) => memberId)).not.toContain(bo.member);
      await store.transact((tx) => mergeMember(tx, ana.workspace, boThere.member, ana.member, 9));
      const after = await read();
      expect([bo, boThere, ana].map(({ member }) => after.memberNow(member))).toEqual(
        Array.from({ length: 3 }, () => ana.member),
      );
    });

    test('who left meanwhile is nobody to become', async () => {
      const code = await codeFor(anaOnDiscord, 'person');
      const { workspace, member } = anaOnDiscord;
      await store.transact((tx) => t.people.leave(tx, { workspace, actor: 'system', member }));
      await expect(t.linking.use(ana, code)).rejects.toMatchObject(refused('join.wrong'));
    });
  });
}
