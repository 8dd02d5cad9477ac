import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  atLeast,
  baseRole,
  type Candidate,
  deciders,
  effectiveRole,
  type Grant,
  type Grants,
  mayDecide,
  type PersonAccount,
  type Role,
  roleIn,
  roles,
  rolesInUse,
  type Situation,
  workspaceOfClaimed,
} from '../../src/core/access.ts';
import type { Approvers } from '../../src/core/crew.ts';

describe('roles', () => {
  test('each holds what is below it and not what is above', () => {
    for (const [i, held] of roles.entries()) {
      for (const [j, wanted] of roles.entries()) expect(atLeast(held, wanted)).toBe(i >= j);
    }
  });

  test('nobody holds nothing', () => {
    expect(roles.map((wanted) => atLeast(null, wanted))).toEqual(roles.map(() => false));
  });

  const grants: Grant[] = [
    { member: 'ana', channel: '', role: 'member' },
    { member: 'ana', channel: 'sales', role: 'approver' },
    { member: 'bo', channel: '', role: 'admin' },
    { member: 'bo', channel: 'sales', role: 'viewer' },
    { member: 'chi', channel: 'ops', role: 'approver' },
  ];

  test.each([
    ['ana', 'sales', 'approver'],
    ['ana', 'ops', 'member'],
    ['ana', '', 'member'],
    ['bo', 'sales', 'admin'],
    ['chi', 'sales', null],
    ['chi', 'ops', 'approver'],
    ['dee', 'sales', null],
  ])('%s in channel "%s" is %s', (member, channel, role) => {
    expect(effectiveRole(grants, member, channel)).toBe(role);
  });

  test('a grant never takes anything away', () => {
    const channel = fc.constantFrom('', 'sales', 'ops');
    const grant = fc.record({
      member: fc.constantFrom('ana', 'bo'),
      channel,
      role: fc.constantFrom(...roles),
    });
    fc.assert(
      fc.property(fc.array(grant), grant, channel, (some, more, where) => {
        const before = effectiveRole(some, 'ana', where);
        const after = effectiveRole([...some, more], 'ana', where);
        return before === null || atLeast(after, before);
      }),
    );
  });
});

describe('tenants and their people (rule K8)', () => {
  const account = (surface: string, standing: PersonAccount['standing'] = 'member'): PersonAccount => ({
    ...{ surface, standing, native: 'T1:U1', name: 'Ana' },
  });

  test.each<[string, readonly PersonAccount[], Role | null, Role | null]>([
    ['a full member of a Slack team', [account('slack')], 'member', 'member'],
    ['a guest there', [account('slack', 'guest')], null, null],
    ['a bot there', [account('slack', 'bot')], null, null],
    ['somebody of a guild', [account('discord')], 'member', 'viewer'],
    ['a bot of a guild', [account('discord', 'bot')], null, null],
    ['somebody of both', [account('discord'), account('slack')], 'member', 'member'],
    ['a guest who is in the guild too', [account('slack', 'guest'), account('discord')], 'member', 'viewer'],
    ['somebody of page and terminal', [account('web'), account('terminal')], null, null],
    ['nobody', [], null, null],
  ])(
    '%s is by that alone what the third says, once roles are in use the fourth',
    (_, accounts, before, after) => {
      expect(baseRole(accounts, false)).toBe(before);
      expect(baseRole(accounts, true)).toBe(after);
    },
  );

  test.each<[string, readonly Grant[], boolean]>([
    ['nothing is granted', [], false],
    ['owners alone have a role', [{ member: 'ana', channel: '', role: 'owner' }], false],
    [
      'owners have another role in a channel',
      [
        { member: 'ana', channel: '', role: 'owner' },
        { member: 'ana', channel: 'sales', role: 'approver' },
      ],
      false,
    ],
    [
      'somebody else has a role in one channel',
      [
        { member: 'ana', channel: '', role: 'owner' },
        { member: 'bo', channel: 'sales', role: 'viewer' },
      ],
      true,
    ],
    ['an owner of one channel alone has it', [{ member: 'bo', channel: 'sales', role: 'owner' }], true],
  ])('when %s, roles are in use: %s', (...[, given, inUse]) => {
    expect(rolesInUse({ members: given, teamRoles: [] })).toBe(inUse);
  });

  test('a grant adds to what they are anyway, and is worth nothing to guests and bots', () => {
    const members: Grant[] = [{ member: 'bo', channel: 'sales', role: 'approver' }];
    const given: Grants = { members, teamRoles: [] };
    const bo = (accounts: readonly PersonAccount[]) => ({ memberId: 'bo', accounts, teamRoles: [] });
    expect(roleIn(given, bo([account('discord')]), 'sales')).toBe('approver');
    expect(roleIn(given, bo([account('discord')]), 'ops')).toBe('viewer');
    expect(roleIn(given, bo([account('slack')]), 'ops')).toBe('member');
    for (const standing of ['guest', 'bot'] as const)
      expect(roleIn(given, bo([account('slack', standing)]), 'sales')).toBeNull();
    // Of two accounts both have to be a full member's.
    expect(roleIn(given, bo([account('slack'), account('discord')]), 'sales')).toBe('approver');
    expect(roleIn(given, bo([account('slack', 'guest'), account('discord')]), 'sales')).toBe('viewer');
  });

  test('what is granted to a role of the team’s own holds for who holds that, and puts roles into use', () => {
    const teamRole = { teamRole: 'discord:7', name: 'Reviewers' };
    const given: Grants = {
      members: [],
      teamRoles: [
        { ...teamRole, channel: 'sales', role: 'approver' },
        { teamRole: 'discord:8', name: 'Staff', channel: '', role: 'member' },
      ],
    };
    const holder = (...teamRoles: string[]) => ({
      memberId: 'bo',
      accounts: [account('discord')],
      teamRoles,
    });
    expect(roleIn(given, holder('discord:7'), 'sales')).toBe('approver');
    expect(roleIn(given, holder('discord:7'), 'ops')).toBe('viewer');
    expect(roleIn(given, holder('discord:7', 'discord:8'), 'ops')).toBe('member');
    expect(roleIn(given, holder('slack:7'), 'sales')).toBe('viewer');
    const bot = { ...holder('discord:7'), accounts: [account('discord', 'bot')] };
    expect(roleIn(given, bot, 'sales')).toBeNull();
  });

  test('a team that is claimed joins default while that has none of its surface', () => {
    expect([0, 1, 2].map(workspaceOfClaimed)).toEqual(['default', 'own', 'own']);
  });
});

const person = (memberId: string, role: Role | null, more: Partial<Candidate> = {}): Candidate => ({
  memberId,
  name: memberId[0]?.toUpperCase() + memberId.slice(1),
  role,
  active: true,
  onSurface: true,
  accounts: [`slack:T1:U${memberId.toUpperCase()}`],
  ...more,
});

const ana = person('ana', 'member');
const bo = person('bo', 'approver');

const approversOf: Record<string, Approvers> = {
  'channel-approvers': { who: 'channel-approvers' },
  'anyone-in-channel': { who: 'anyone-in-channel' },
  named: { who: 'named', accounts: ['slack:UBO'] },
  role: { who: 'role', role: 'approver' },
};

function situation(
  approvers: Approvers,
  requester: Situation['policy']['requester'],
  candidates: readonly Candidate[],
  more: { solitary?: boolean; askerMight?: boolean; teamRoles?: Situation['teamRoles'] } = {},
): Situation {
  const { solitary = false, askerMight = false, teamRoles = [] } = more;
  return { policy: { approvers, requester, askerMight }, asker: 'ana', candidates, teamRoles, solitary };
}

interface Case {
  readonly when: string;
  readonly with: readonly Candidate[];
  readonly solitary?: boolean;
  readonly askerMight?: boolean;
  /** Under `may`, `if-alone`, `never`. */
  readonly may: readonly [boolean, boolean, boolean];
}

/** Who else is there, and what follows for the asker under each word of `requester`. */
const cases: readonly Case[] = [
  { when: 'alone', with: [], may: [true, true, false] },
  { when: 'with an approver on the surface', with: [bo], may: [true, false, false] },
  {
    when: 'with an approver elsewhere',
    with: [person('bo', 'approver', { onSurface: false })],
    may: [true, true, false],
  },
  {
    when: 'with an approver who left',
    with: [person('bo', 'approver', { active: false })],
    may: [true, true, false],
  },
  { when: 'with an approver, in a direct message', with: [bo], solitary: true, may: [true, true, false] },
  { when: 'joined by an approver later', with: [bo], askerMight: true, may: [true, true, false] },
];
const words = ['may', 'if-alone', 'never'] as const;

describe.each(Object.keys(approversOf))('approvers: %s (rule G3)', (who) => {
  const approvers = approversOf[who] ?? { who: 'channel-approvers' };
  const table = cases.flatMap((c) => words.map((requester, i) => ({ ...c, requester, expected: c.may[i] })));

  test.each(table)('the asker $when, requester $requester, may decide: $expected', (row) => {
    const now = situation(approvers, row.requester, [ana, ...row.with], row);
    expect(deciders(now).askerMay).toBe(row.expected);
    expect(mayDecide(now, 'ana', 'approve').ok).toBe(row.expected);
    expect(mayDecide(now, 'ana', 'reject').ok).toBe(row.expected);
    expect(mayDecide(now, 'ana', 'edit').ok).toBe(row.expected);
    expect(mayDecide(now, 'ana', 'changes')).toEqual({ ok: true });
  });

  test('the approver may decide whatever the asker may', () => {
    for (const requester of words) {
      const now = situation(approvers, requester, [ana, bo]);
      expect(deciders(now).may).toContain('bo');
      expect(mayDecide(now, 'bo', 'approve')).toEqual({ ok: true });
    }
  });

  test('who left, and who is not known, may nothing', () => {
    const now = situation(approvers, 'may', [ana, person('bo', 'approver', { active: false })]);
    expect(deciders(now).may).toEqual(['ana']);
    for (const decision of ['approve', 'changes'] as const) {
      expect(mayDecide(now, 'bo', decision).ok).toBe(false);
      expect(mayDecide(now, 'stranger', decision).ok).toBe(false);
    }
  });

  test('an asker who left may not even request changes', () => {
    const now = situation(approvers, 'may', [{ ...ana, active: false }, bo]);
    expect(deciders(now)).toMatchObject({ askerMay: false, why: 'not-active' });
    expect(mayDecide(now, 'ana', 'changes').ok).toBe(false);
  });
});

describe('who fits', () => {
  const everybody = [...roles, null].map((role, i) => person(`p${i}`, role));
  const fits = (approvers: Approvers, candidates = everybody) =>
    deciders(situation(approvers, 'never', candidates)).may.map(
      (id) => candidates.find((c) => c.memberId === id)?.role ?? null,
    );

  test('channel-approvers are who holds approver or more in the channel', () => {
    expect(fits({ who: 'channel-approvers' })).toEqual(['approver', 'admin', 'owner']);
  });

  test('anyone-in-channel is who may run there and has an account on the surface', () => {
    expect(fits({ who: 'anyone-in-channel' })).toEqual(['member', 'approver', 'admin', 'owner']);
    expect(
      fits(
        { who: 'anyone-in-channel' },
        everybody.map((c) => ({ ...c, onSurface: false })),
      ),
    ).toEqual([]);
  });

  test.each(['member', 'approver', 'admin', 'owner'] as const)('role %s is that role or more', (role) => {
    expect(fits({ who: 'role', role })).toEqual(roles.slice(roles.indexOf(role)));
  });

  test.each([
    ['slack:T1:UBO', true],
    ['slack:UBO', true],
    ['slack:T2:UBO', false],
    ['slack:BO', false],
    ['slack:', false],
    ['slack', false],
    ['discord:UBO', false],
    ['Bo', false],
    ['bo', false],
  ])('"%s" names the account slack:T1:UBO: %s', (word, named) => {
    const now = situation({ who: 'named', accounts: [word] }, 'never', [ana, person('bo', null)]);
    expect(deciders(now).may).toEqual(named ? ['bo'] : []);
  });
});

describe('what a person is told who may not decide', () => {
  const tell = (candidates: readonly Candidate[], presser: string) => {
    const answer = mayDecide(
      situation({ who: 'channel-approvers' }, 'if-alone', candidates),
      presser,
      'approve',
    );
    return answer.ok ? null : answer.says;
  };

  test('the asker hears who decides, and what they may do', () => {
    expect(tell([ana, bo, person('chi', 'admin')], 'ana')).toBe(
      'Bo or Chi decide here. You asked for this run; you may request changes.',
    );
  });

  test('somebody else hears who decides', () => {
    expect(tell([ana, bo, person('eve', 'member')], 'eve')).toBe('Bo decides here.');
  });

  test('many are counted', () => {
    const many = ['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((id) => person(id, 'approver'));
    expect(tell([ana, ...many], 'ana')).toContain('B, C, D, E, F or 2 more decide here.');
  });

  test('a role of the team’s own is named in the place of its holders, whom nobody can list; the asker is not alone', () => {
    const reviewers = { name: '@Reviewers', role: 'approver', onSurface: true } as const;
    const who = { who: 'channel-approvers' } as const;
    const now = situation(who, 'if-alone', [ana], { teamRoles: [reviewers] });
    expect(deciders(now)).toMatchObject({ may: [], askerMay: false, teamRoles: [reviewers] });
    expect(mayDecide(now, 'ana', 'approve')).toMatchObject({
      says: '@Reviewers decide here. You asked for this run; you may request changes.',
    });
    const both = situation(who, 'if-alone', [ana, bo], { teamRoles: [reviewers] });
    expect(mayDecide(both, 'ana', 'approve')).toMatchObject({
      says: expect.stringMatching(/^@Reviewers or Bo decide here/),
    });
    const named = situation(approversOf.named ?? who, 'if-alone', [ana], { teamRoles: [reviewers] });
    expect(deciders(named).teamRoles).toEqual([]);
  });

  test('nobody at all is said, too', () => {
    const now = situation({ who: 'named', accounts: [] }, 'never', [ana]);
    expect(mayDecide(now, 'ana', 'approve')).toEqual({
      ok: false,
      says: 'Nobody can decide here yet; an admin can name somebody. You asked for this run; you may request changes.',
    });
  });
});

test('what came to be allowed when a gate opened is allowed at each press after it (rule G3)', () => {
  const role = fc.constantFrom(...roles, null);
  const people = fc.array(fc.record({ role, active: fc.boolean(), onSurface: fc.boolean() }), {
    maxLength: 4,
  });
  const approvers = fc.constantFrom(...Object.values(approversOf));
  fc.assert(
    fc.property(approvers, fc.constantFrom(...words), people, people, (who, requester, before, after) => {
      const all = (some: typeof before) => [ana, ...some.map((p, i) => person(`p${i}`, p.role, p))];
      const askerMight = deciders(situation(who, requester, all(before))).askerMay;
      const later = deciders(situation(who, requester, all(after), { askerMight })).askerMay;
      return !askerMight || later;
    }),
  );
});
