import { createHash } from 'node:crypto';
import type { Card } from '../chat/card.ts';
import { directTo, type SurfaceName } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import { atLeast, type Role, rolesInUse } from '../core/access.ts';
import { claimCodeBytes, claimCodeOf, readClaimCode } from '../core/claim-code.ts';
import { CrewsmithError } from '../errors.ts';
import { installationsIn } from '../store/installations.ts';
import {
  insertLinkCode,
  type LinkCode,
  linkCodeByHash,
  lockLinkTries,
  memberNow,
  noteJoined,
  putLinkTries,
  undoLinkCode,
  useLinkCode,
  voidLinkCodes,
} from '../store/linked.ts';
import { accountsOf, findMember, lockWorkspace } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import { readDirectory } from './directory.ts';
import type { Ids } from './ids.ts';
import { type Joined, joinWorkspace, teamName } from './joining.ts';
import type { Outbox } from './outbox.ts';
import type { People } from './people.ts';
import type { Random } from './sealing.ts';
import { separate } from './separate.ts';
import { accountName, mustBeOfChat, mustFit, type United, unite } from './unite.ts';

/** Who types, and where. */
export interface Typist {
  readonly workspace: string;
  readonly member: string;
  readonly surface: SurfaceName;
}

export interface MadeCode {
  readonly code: string;
  readonly until: number;
}

export type Linked =
  | {
      readonly joined: 'person';
      readonly name: string;
      /** All that are theirs now, as `surface:native`. */
      readonly accounts: readonly string[];
      readonly role: Role | null;
      /** Id of the code, by which either takes it back. */
      readonly code: string;
    }
  | ({
      readonly joined: 'team';
      /** The teams to whose workspace it belongs now; none: only this machine's page and terminal. */
      readonly to: readonly string[];
      /** Who made the code. */
      readonly by: string;
      /** What the typist is there. */
      readonly role: Role | null;
    } & Joined);

/**
 * Rule K8: a team joins a workspace that exists on another surface, and a person's accounts on both are one member. Both by a
 * code that is made where the workspace stays, and typed on the other side: 10 minutes, one use, only its hash is kept.
 */
export interface Linking {
  /** Of a workspace, by its admins, or of the typist's own accounts. The code of this kind that they made before ends. */
  offer(typist: Typist, joins: LinkCode['joins']): Promise<MadeCode>;
  /**
   * Carries out what a code is for. Throws `join.wrong`, `join.tries`, `join.same`, `access.forbidden`, and what `joinWorkspace`
   * and `mustFit` do; but for a wrong code nothing was changed then, and the code still holds.
   */
  use(typist: Typist, code: string): Promise<Linked>;
  /**
   * Of who made the code of a person, or typed it: the other is not them. Gives the names of those who are two again, of who made
   * it first. Throws `join.over`.
   */
  undo(asked: Pick<Typist, 'workspace' | 'member'> & { readonly code: string }): Promise<readonly string[]>;
}

const lastsMs = 10 * 60_000;
/** Rule K8: more wrong codes within the time that one lasts are not looked at. */
const triesMost = 5;
const need = { name: 'access link', role: 'admin', of: 'workspace' } as const;

export function createLinking(parts: {
  store: Store;
  clock: Clock;
  ids: Ids;
  random: Random;
  audit: Audit;
  people: Pick<People, 'arrive' | 'mustBe' | 'roleOf'>;
  outbox: Pick<Outbox, 'put'>;
}): Linking {
  const { store, clock, ids, audit, people } = parts;

  /** Gives what counts a wrong code. Throws `join.tries` where somebody has typed too many. */
  async function triesOf(tx: Tx, { workspace, member }: Typist): Promise<() => Promise<void>> {
    const now = clock.now();
    const before = await lockLinkTries(tx, workspace, member);
    const counts = before !== undefined && now - before.since < lastsMs;
    const { tries, since } = counts ? before : { tries: 0, since: now };
    if (tries >= triesMost) throw new CrewsmithError('join.tries', { ms: since + lastsMs - now });
    return async () => {
      const own = { workspace_id: workspace, member_id: member };
      await putLinkTries(tx, { ...own, tries: tries + 1, since });
      const written = { before: null, after: { tries: tries + 1 } };
      await audit.write(tx, {
        ...{ workspace, actor: member, action: 'access.link-wrong', target: member },
        ...written,
      });
    };
  }

  /** The code, where it holds for this typist: one of a person is of no use to another workspace. */
  async function holding(tx: Tx, { workspace }: Typist, typed: string): Promise<LinkCode | null> {
    const code = await linkCodeByHash(tx, hashOf(typed));
    if (code === undefined || clock.now() >= code.expires_at) return null;
    if (code.joins === 'person' && code.workspace_id !== workspace) return null;
    // Who made it may have lost since what it takes to make one (rule R7).
    const role = await people.roleOf(tx, code.workspace_id, code.member_id, '');
    return atLeast(role, code.joins === 'team' ? need.role : 'viewer') ? code : null;
  }

  async function joinPerson(tx: Tx, { workspace, member }: Typist, code: LinkCode): Promise<Linked | null> {
    const into = code.member_id;
    // One after the other: who becomes somebody else in this moment is nobody to become.
    await lockWorkspace(tx, workspace);
    const { people: all } = await readDirectory(tx, workspace, clock.now());
    const isHere = (id: string) => all.some((person) => person.memberId === id && person.active);
    if (!isHere(into) || !isHere(member)) return null;
    await mustFit(tx, workspace, member, into);
    if (!(await useLinkCode(tx, code, clock.now()))) return null;
    const united = await unite(tx, audit, { workspace, actor: member, from: member, into, at: clock.now() });
    await noteJoined(tx, code, JSON.stringify(united));
    const name = (await findMember(tx, workspace, into))?.name ?? '';
    const accounts = (await accountsOf(tx, workspace, into)).map(accountName);
    await tell(tx, code, personCard(code.id, name, accounts));
    const role = await people.roleOf(tx, workspace, into, '');
    return { joined: 'person', name, accounts, role, code: code.id };
  }

  async function joinTeam(tx: Tx, typist: Typist, code: LinkCode): Promise<Linked | null> {
    const { workspace: from, member: actor } = typist;
    const { workspace_id: into, member_id: by } = code;
    if (from === into) throw new CrewsmithError('join.same', {});
    await people.mustBe(tx, { workspace: from, member: actor, channel: '', command: need });
    const to = (await installationsIn(tx, into)).filter(({ surface }) => isChat(surface)).map(teamName);
    const own = (await accountsOf(tx, from, actor)).find(({ surface }) => surface === typist.surface);
    if (!(await useLinkCode(tx, code, clock.now()))) return null;
    const joined = await joinWorkspace(tx, parts, { from, into, actor, by, code: code.id });
    const { people: all, grants, roleIn } = await readDirectory(tx, into, clock.now());
    await tell(tx, code, teamCard(joined, typist.surface === 'discord', !rolesInUse(grants)));
    const now = all.find((person) =>
      person.accounts.some((a) => a.surface === own?.surface && a.native === own.native),
    );
    const role = now === undefined ? null : roleIn(now, '');
    return { joined: 'team', to, by: (await findMember(tx, into, by))?.name ?? '', role, ...joined };
  }

  /** To who made the code, alone: somebody else may have had it. */
  async function tell(tx: Tx, { id, workspace_id: workspace, member_id, surface }: LinkCode, card: Card) {
    const member = await memberNow(tx, workspace, member_id);
    const account = (await accountsOf(tx, workspace, member)).find((a) => a.surface === surface);
    if (account === undefined || surface === 'terminal') return;
    const message = `link-code:${id}`;
    await parts.outbox.put(tx, {
      ...{ workspace, surface: surface as SurfaceName, run: null, order: 0, kind: 'post', card },
      ...{ message, dedupe: message, place: { channel: directTo(account.native), thread: null } },
    });
  }

  return {
    offer: ({ workspace, member, surface }, joins) =>
      store.transact(async (tx) => {
        if (joins === 'team') await people.mustBe(tx, { workspace, member, channel: '', command: need });
        // A code that nobody could use is not worth making.
        else await mustBeOfChat(tx, workspace, member);
        const now = clock.now();
        const code = claimCodeOf(parts.random(claimCodeBytes));
        const until = now + lastsMs;
        const own = { id: ids.next('code'), workspace_id: workspace, member_id: member, joins };
        await voidLinkCodes(tx, own);
        await insertLinkCode(tx, {
          ...{ ...own, surface, code_hash: hashOf(code), state: 'open' },
          ...{ joined: null, created_at: now, expires_at: until, used_at: null },
        });
        await audit.write(tx, {
          ...{ workspace, actor: member, action: 'access.link-code', target: own.id, before: null },
          after: { joins, until },
        });
        return { code, until };
      }),

    async use(typist, typed) {
      // What is wrong is counted, so the transaction commits either way.
      const linked = await store.transact(async (tx) => {
        const count = await triesOf(tx, typist);
        const code = await holding(tx, typist, typed);
        if (code?.joins === 'team') return await joinTeam(tx, typist, code);
        if (code?.joins === 'person') return await joinPerson(tx, typist, code);
        await count();
        return null;
      });
      if (linked === null) throw new CrewsmithError('join.wrong', {});
      return linked;
    },

    undo: ({ workspace, member: into, code: id }) =>
      store.transact(async (tx) => {
        await lockWorkspace(tx, workspace);
        const code = await undoLinkCode(tx, workspace, id);
        if (code === null || code.joined === null || code.member_id !== into)
          throw new CrewsmithError('join.over', {});
        const united = JSON.parse(code.joined) as United;
        await separate(tx, audit, { workspace, into, at: clock.now(), united });
        const kept = await findMember(tx, workspace, into);
        const apart = await findMember(tx, workspace, united.member);
        return [kept?.name ?? '', apart?.name ?? ''];
      }),
  };
}

const hashOf = (typed: string) => createHash('sha256').update(readClaimCode(typed)).digest('hex');

const isChat = (surface: string) => surface !== 'web' && surface !== 'terminal';

const toldCard = (title: string, says: readonly string[]): Card => ({
  ...{ v: 1, title, tone: 'neutral', status: '', actions: [], foot: '' },
  body: [
    { type: 'notice', people: [], push: title },
    ...says.map((text) => ({ type: 'text', text }) as const),
  ],
});

const personCard = (code: string, name: string, accounts: readonly string[]): Card => ({
  ...toldCard('Another account is yours now', [
    `${name} is one person on ${accounts.map(surfaceOf).join(' and ')} by the code that you made: same roles, one decision.`,
    'If that was not you: undo it, and both are as they were.',
  ]),
  actions: [{ label: 'Undo', style: 'danger', press: { do: 'undo', link: code } }],
});

const teamCard = ({ teams, people, channels }: Joined, isOnDiscord: boolean, everybodyRuns: boolean) =>
  toldCard(`${teams.join(', ')} joined your workspace`, [
    `By the code that you made. ${channels} of its channels and ${people} of its people are known here by now; its crews run on the keys and budgets of this workspace.`,
    ...(isOnDiscord
      ? [
          everybodyRuns
            ? 'On Discord everybody may run crews until you give a role to somebody who is no owner; from then on people look on unless they have one. "budget set $20 week workspace" sets a limit that no call can pass.'
            : 'On Discord people look on until you give them a role: access grant.',
        ]
      : []),
  ]);

const surfaceOf = (account: string) => account.split(':', 1)[0] ?? '';
