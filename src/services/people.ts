import type { Clock } from '../clock.ts';
import {
  type AccountStanding,
  atLeast,
  grantedRole,
  type Holder,
  mayUse,
  type Role,
  roleIn,
} from '../core/access.ts';
import { type FirstOwner, isFirstOwner } from '../core/admins.ts';
import { CrewsmithError } from '../errors.ts';
import { countTeams } from '../store/installations.ts';
import {
  type Account,
  accountByNative,
  accountsOf,
  findChannel,
  findMember,
  findWorkspace,
  insertAccount,
  insertMember,
  lockRoles,
  putRole,
  removeMember,
  removeRole,
  removeRoles,
  renameMember,
  setRemoved,
  updateAccount,
} from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import { readDirectory } from './directory.ts';
import type { Ids } from './ids.ts';
import { readGrants, readHeld } from './team-roles.ts';

/** Somebody whom a surface vouches for. */
export interface Arrival {
  readonly workspace: string;
  readonly surface: string;
  /** The surface's own id: `team:user` on Slack, the user's elsewhere. */
  readonly native: string;
  readonly name: string;
  readonly standing: AccountStanding;
  /** Granted where the account is new; null: what the surface's people are by rule K8. */
  readonly role: Role | null;
}

export interface RoleChange {
  readonly workspace: string;
  /** Member id, or `system`. */
  readonly actor: string;
  readonly member: string;
  /** Channel id; '' for the whole workspace. */
  readonly channel: string;
  /** null takes back what was granted there. */
  readonly role: Role | null;
}

/** Something that needs a role, for `mayUse`. */
export interface Need {
  readonly workspace: string;
  readonly member: string;
  /** Channel id. */
  readonly channel: string;
  readonly command: Parameters<typeof mayUse>[0];
}

/** What somebody is in a channel, and in the whole workspace. */
export interface RolesHeld {
  readonly here: Role | null;
  readonly everywhere: Role | null;
}

export interface People {
  /**
   * The member behind an account, made when it is seen for the first time; a first owner becomes owner then (rule K9). What the
   * surface says of it now replaces what it said before; who had left is back, without the roles of then.
   */
  arrive(tx: Tx, arrival: Arrival): Promise<string>;
  /** The surface says that somebody is gone, or an admin does. Their roles go with them. */
  leave(tx: Tx, change: { workspace: string; actor: string; member: string }): Promise<void>;
  /** Role in a channel; with '' what holds everywhere, which is what a command on the whole workspace asks for. */
  roleOf(tx: Tx, workspace: string, member: string, channel: string): Promise<Role | null>;
  /** Both, with one reading. */
  rolesOf(tx: Tx, workspace: string, member: string, channel: string): Promise<RolesHeld>;
  /** Throws `access.forbidden`, which names who may, unless they hold the role now (rule R7). */
  mustBe(tx: Tx, need: Need): Promise<void>;
  /**
   * Admins change roles, and nobody one above their own. Throws `access.member-unknown`, `channel.unknown`, `access.forbidden`,
   * `access.too-high`, `access.guest-role`, `access.last-owner`. True when something changed.
   */
  setRole(tx: Tx, change: RoleChange): Promise<boolean>;
}

export function createPeople(parts: {
  clock: Clock;
  ids: Ids;
  audit: Audit;
  firstOwners: readonly FirstOwner[];
}): People {
  const { clock, ids, audit, firstOwners } = parts;

  async function again(tx: Tx, known: Account, { workspace, name, standing }: Arrival): Promise<string> {
    const person = await findMember(tx, workspace, known.member_id);
    const back = person !== undefined && person.removed_at !== null && standing === 'member';
    if (known.name !== name || known.standing !== standing)
      await updateAccount(tx, workspace, known.id, { name, standing });
    if (person?.name === known.name && known.name !== name)
      await renameMember(tx, workspace, person.id, name);
    if (back) await setRemoved(tx, workspace, person.id, null);
    if (back || known.standing !== standing) {
      await audit.write(tx, {
        workspace,
        actor: 'system',
        action: back ? 'access.return' : 'access.standing',
        target: known.member_id,
        before: { standing: known.standing },
        after: { standing },
      });
    }
    return known.member_id;
  }

  async function rolesOf(tx: Tx, workspace: string, member: string, channel: string): Promise<RolesHeld> {
    const person = await findMember(tx, workspace, member);
    if (person === undefined || person.removed_at !== null) return { here: null, everywhere: null };
    // All grants: whether any role is in use decides what Discord's people are (rule K8).
    const grants = await readGrants(tx, workspace);
    const holder = await holderOf(tx, workspace, member);
    return { here: roleIn(grants, holder, channel), everywhere: roleIn(grants, holder, '') };
  }

  async function holderOf(tx: Tx, workspace: string, member: string): Promise<Holder> {
    const accounts = await accountsOf(tx, workspace, member);
    const held = await readHeld(tx, workspace, clock.now());
    return { memberId: member, accounts, teamRoles: held(accounts) };
  }

  /** Names of those who could do it instead, for a sentence: where who asks can reach them, else anywhere. */
  async function whoMay(tx: Tx, { workspace, member, channel, command }: Need): Promise<string[]> {
    const directory = await readDirectory(tx, workspace, clock.now());
    const where = command.of === 'channel' ? channel : '';
    const may = directory.people.filter((p) => atLeast(directory.roleIn(p, where), command.role));
    const own = directory.people.find((p) => p.memberId === member)?.accounts.map((a) => a.surface) ?? [];
    const near = may.filter((p) => p.accounts.some((a) => own.includes(a.surface)));
    return (near.length > 0 ? near : may).map((p) => p.name);
  }

  async function mustBe(tx: Tx, need: Need): Promise<void> {
    const { workspace, member, channel, command } = need;
    const may = mayUse(command, await rolesOf(tx, workspace, member, channel));
    if (may.ok) return;
    // Whoever typed a moment ago in a team that has joined another workspace is nobody in the one it left.
    const left = await findWorkspace(tx, workspace);
    if (left !== undefined && left.joined_into !== null) throw new CrewsmithError('join.gone', {});
    throw new CrewsmithError('access.forbidden', { says: may.says, ask: await whoMay(tx, need) });
  }

  return {
    async arrive(tx, arrival) {
      const { workspace, surface, native, name, standing } = arrival;
      const known = await accountByNative(tx, workspace, surface, native);
      if (known !== undefined) return await again(tx, known, arrival);
      const now = clock.now();
      const member = ids.next('member');
      await insertMember(tx, {
        id: member,
        workspace_id: workspace,
        name,
        created_at: now,
        removed_at: null,
      });
      const account = { workspace_id: workspace, member_id: member, surface, native, name, standing };
      if (!(await insertAccount(tx, { id: ids.next('account'), ...account, created_at: now }))) {
        // Another process was first, and has committed.
        await removeMember(tx, workspace, member);
        return (await accountByNative(tx, workspace, surface, native))?.member_id ?? member;
      }
      const owner =
        standing === 'member' && isFirstOwner(firstOwners, arrival, await countTeams(tx, surface));
      const role = owner ? 'owner' : arrival.role;
      if (role !== null) {
        await putRole(tx, {
          workspace_id: workspace,
          member_id: member,
          channel_id: '',
          role,
          created_at: now,
        });
      }
      await audit.write(tx, {
        workspace,
        actor: 'system',
        action: 'access.arrive',
        target: member,
        before: null,
        after: { account: `${surface}:${native}`, standing, role },
      });
      return member;
    },

    async leave(tx, { workspace, actor, member }) {
      const person = await findMember(tx, workspace, member);
      if (person === undefined)
        throw new CrewsmithError('access.member-unknown', { person: member, nearest: [] });
      if (person.removed_at !== null) return;
      const held = (await lockRoles(tx, workspace)).filter((row) => row.member_id === member);
      await removeRoles(tx, workspace, member);
      await setRemoved(tx, workspace, member, clock.now());
      await audit.write(tx, {
        workspace,
        actor,
        action: 'access.leave',
        target: member,
        before: { roles: held.map((row) => ({ channel: row.channel_id, role: row.role })) },
        after: null,
      });
    },

    roleOf: async (...asked) => (await rolesOf(...asked)).here,
    rolesOf,
    mustBe,

    async setRole(tx, { workspace, actor, member, channel, role }) {
      const person = await findMember(tx, workspace, member);
      if (person === undefined || (person.removed_at !== null && role !== null)) {
        throw new CrewsmithError('access.member-unknown', { person: person?.name ?? member, nearest: [] });
      }
      if (channel !== '' && (await findChannel(tx, workspace, channel)) === undefined) {
        throw new CrewsmithError('channel.unknown', { channel });
      }
      const rows = await lockRoles(tx, workspace);
      const command = {
        name: 'access',
        role: 'admin',
        of: channel === '' ? 'workspace' : 'channel',
      } as const;
      if (actor !== 'system') await mustBe(tx, { workspace, member: actor, channel, command });
      const before = rows.find((r) => r.member_id === member && r.channel_id === channel)?.role ?? null;
      if (before === role) return false;
      const holder = await holderOf(tx, workspace, actor);
      const own = grantedRole(await readGrants(tx, workspace), holder, channel);
      const highest = [before, role].find((r) => r !== null && !atLeast(own, r)) ?? null;
      if (actor !== 'system' && highest !== null)
        throw new CrewsmithError('access.too-high', { role: highest });
      if (role !== null && !(await accountsOf(tx, workspace, member)).some((a) => a.standing === 'member')) {
        throw new CrewsmithError('access.guest-role', { person: person.name });
      }
      const owners = rows.filter((r) => r.channel_id === '' && r.role === 'owner');
      if (channel === '' && before === 'owner' && owners.length === 1) {
        throw new CrewsmithError('access.last-owner', {});
      }
      const now = clock.now();
      if (role === null) await removeRole(tx, workspace, member, channel);
      else {
        await putRole(tx, {
          workspace_id: workspace,
          member_id: member,
          channel_id: channel,
          role,
          created_at: now,
        });
      }
      await audit.write(tx, {
        workspace,
        actor,
        action: role === null ? 'access.revoke' : 'access.grant',
        target: member,
        before: { channel, role: before },
        after: { channel, role },
      });
      return true;
    },
  };
}
