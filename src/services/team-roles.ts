import type { Clock } from '../clock.ts';
import {
  atLeast,
  type Grants,
  grantedRole,
  type PersonAccount,
  type Role,
  roleIn,
  type TeamGrant,
} from '../core/access.ts';
import { CrewsmithError } from '../errors.ts';
import { accountByNative, accountsOf, allRoles, findChannel, findMember } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import {
  allTeamGrants,
  heldTeamRoles,
  putTeamGrant,
  putTeamRoles,
  removeTeamGrant,
  type TeamGrantRecord,
  teamRolesOf,
} from '../store/team-roles.ts';
import type { Audit } from './audit.ts';
import type { People } from './people.ts';
import type { Known } from './visits.ts';

/** A role of a team's own, as its platform writes it. */
export interface TeamRole {
  readonly surface: string;
  readonly native: string;
  readonly name: string;
}

export interface TeamRoleChange extends TeamRole {
  readonly workspace: string;
  /** Member id. */
  readonly actor: string;
  /** Channel id; '' for the whole workspace. */
  readonly channel: string;
  /** null takes back what was granted there. */
  readonly role: Exclude<Role, 'owner'> | null;
}

/** What somebody's platform says now of the roles that they hold there. */
export interface Holding {
  readonly workspace: string;
  readonly surface: string;
  readonly native: string;
  readonly teamRoles: readonly string[];
}

export interface TeamRoles {
  /** Called with each thing that somebody does: what held before holds no more. */
  seen(tx: Tx, holding: Holding): Promise<void>;
  /** What somebody is by what their platform says now, before anything of it is saved; null: they left. */
  standingNow(
    tx: Tx,
    workspace: string,
    sender: PersonAccount & Pick<Holding, 'teamRoles'>,
    channel: string,
  ): Promise<Pick<Known, 'member' | 'standing'> | null>;
  /**
   * As roles of people are changed: by admins, nobody above their own. Throws `channel.unknown`, `access.forbidden`,
   * `access.too-high`. True when something changed.
   */
  set(tx: Tx, change: TeamRoleChange): Promise<boolean>;
}

/** No platform tells us when a role is taken away, so what it said holds for the while in which somebody goes on doing things. */
const holdsMs = 15 * 60_000;
/** What is the same is written down anew only so often. */
const renewMs = 60_000;

export const teamRoleId = ({ surface, native }: Pick<TeamRole, 'surface' | 'native'>): string =>
  `${surface}:${native}`;

/** All that was granted in a workspace, to people and to roles of teams. */
export async function readGrants(tx: Tx, workspace: string): Promise<Grants> {
  const members = (await allRoles(tx, workspace)).map((row) => ({
    member: row.member_id,
    channel: row.channel_id,
    role: row.role,
  }));
  return { members, teamRoles: (await allTeamGrants(tx, workspace)).map(granted) };
}

const granted = (row: TeamGrantRecord): TeamGrant => ({
  teamRole: teamRoleId(row),
  name: row.name,
  channel: row.channel_id,
  role: row.role,
});

/** Which roles of their teams' own people hold, by their accounts. */
export type HeldBy = (accounts: readonly PersonAccount[]) => readonly string[];

export async function readHeld(tx: Tx, workspace: string, now: number): Promise<HeldBy> {
  const rows = await heldTeamRoles(tx, workspace, now - holdsMs);
  return (accounts) =>
    rows
      .filter((row) => accounts.some((a) => a.surface === row.surface && a.native === row.native))
      .flatMap(({ surface, held }) => idsIn(held).map((native) => teamRoleId({ surface, native })));
}

const idsIn = (held: string): readonly string[] => JSON.parse(held) as readonly string[];

export function createTeamRoles(parts: { clock: Clock; audit: Audit; people: People }): TeamRoles {
  const { clock, audit, people } = parts;

  return {
    async seen(tx, { workspace, surface, native, teamRoles }) {
      const held = JSON.stringify(teamRoles.toSorted());
      const before = await teamRolesOf(tx, workspace, surface, native);
      const now = clock.now();
      if (before === undefined ? held === '[]' : before.held === held && now - before.seen_at < renewMs)
        return;
      await putTeamRoles(tx, { workspace_id: workspace, surface, native, held, seen_at: now });
    },

    async standingNow(tx, workspace, sender, channel) {
      const { surface, native } = sender;
      const account = await accountByNative(tx, workspace, surface, native);
      const memberId = account?.member_id ?? '';
      const person = await findMember(tx, workspace, memberId);
      if (person !== undefined && person.removed_at !== null) return null;
      const accounts = account === undefined ? [sender] : await accountsOf(tx, workspace, memberId);
      const held = sender.teamRoles.map((id) => teamRoleId({ surface, native: id }));
      const holder = { memberId, accounts, teamRoles: held };
      const grants = await readGrants(tx, workspace);
      const standing = { here: roleIn(grants, holder, channel), everywhere: roleIn(grants, holder, '') };
      return { member: memberId, standing };
    },

    async set(tx, { workspace, actor, surface, native, name, channel, role }) {
      if (channel !== '' && (await findChannel(tx, workspace, channel)) === undefined)
        throw new CrewsmithError('channel.unknown', { channel });
      const command = {
        name: 'access',
        role: 'admin',
        of: channel === '' ? 'workspace' : 'channel',
      } as const;
      await people.mustBe(tx, { workspace, member: actor, channel, command });
      const grants = await readGrants(tx, workspace);
      const id = teamRoleId({ surface, native });
      const before = grants.teamRoles.find((g) => g.teamRole === id && g.channel === channel)?.role ?? null;
      if (before === role) return false;
      const accounts = await accountsOf(tx, workspace, actor);
      const held = await readHeld(tx, workspace, clock.now());
      const own = grantedRole(grants, { memberId: actor, accounts, teamRoles: held(accounts) }, channel);
      const highest = [before, role].find((r) => r !== null && !atLeast(own, r)) ?? null;
      if (highest !== null) throw new CrewsmithError('access.too-high', { role: highest });
      const of = { surface, native, channel_id: channel };
      if (role === null) await removeTeamGrant(tx, workspace, of);
      else await putTeamGrant(tx, { workspace_id: workspace, ...of, name, role, created_at: clock.now() });
      await audit.write(tx, {
        workspace,
        actor,
        action: role === null ? 'access.revoke' : 'access.grant',
        target: id,
        before: { channel, role: before },
        after: { channel, role, name },
      });
      return true;
    },
  };
}
