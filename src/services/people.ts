import type { Clock } from '../clock.ts';
import { atLeast, effectiveRole, type Grant, type Role } from '../core/access.ts';
import { type FirstOwner, isFirstOwner } from '../core/admins.ts';
import { CrewsmithError } from '../errors.ts';
import {
  accountByNative,
  countTeams,
  findChannel,
  findMember,
  insertAccount,
  insertMember,
  lockRoles,
  putRole,
  type RoleRecord,
  removeMember,
  removeRole,
  rolesOfMember,
} from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { Ids } from './ids.ts';

/** Somebody whom a surface vouches for. */
export interface Arrival {
  readonly workspace: string;
  readonly surface: string;
  /** The surface's own id: `team:user` on Slack, the user's elsewhere. */
  readonly native: string;
  readonly name: string;
  /** What the surface's people are by default (rule K8); null: nothing. */
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

export interface People {
  /** The member behind an account, made when it is seen for the first time; a first owner becomes owner then (rule K9). */
  arrive(tx: Tx, arrival: Arrival): Promise<string>;
  /** Role in a channel; with '' what holds everywhere, which is what a command on the whole workspace asks for. */
  roleOf(tx: Tx, workspace: string, member: string, channel: string): Promise<Role | null>;
  /**
   * Nobody changes a role above their own. Throws `access.member-unknown`, `access.too-high`, `access.last-owner`,
   * `channel.unknown`.
   */
  setRole(tx: Tx, change: RoleChange): Promise<void>;
}

export function createPeople(parts: {
  clock: Clock;
  ids: Ids;
  audit: Audit;
  firstOwners: readonly FirstOwner[];
}): People {
  const { clock, ids, audit, firstOwners } = parts;

  return {
    async arrive(tx, arrival) {
      const { workspace, surface, native, name } = arrival;
      const known = await accountByNative(tx, workspace, surface, native);
      if (known !== undefined) return known.member_id;
      const now = clock.now();
      const member = ids.next('member');
      await insertMember(tx, {
        id: member,
        workspace_id: workspace,
        name,
        created_at: now,
        removed_at: null,
      });
      const account = { workspace_id: workspace, member_id: member, surface, native, name, created_at: now };
      if (!(await insertAccount(tx, { id: ids.next('account'), ...account }))) {
        // Another process was first, and has committed.
        await removeMember(tx, workspace, member);
        return (await accountByNative(tx, workspace, surface, native))?.member_id ?? member;
      }
      const owner = isFirstOwner(firstOwners, arrival, await countTeams(tx, surface));
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
        after: { account: `${surface}:${native}`, role },
      });
      return member;
    },

    async roleOf(tx, workspace, member, channel) {
      const person = await findMember(tx, workspace, member);
      if (person === undefined || person.removed_at !== null) return null;
      return effectiveRole((await rolesOfMember(tx, workspace, member)).map(grant), member, channel);
    },

    async setRole(tx, { workspace, actor, member, channel, role }) {
      if ((await findMember(tx, workspace, member)) === undefined) {
        throw new CrewsmithError('access.member-unknown', { person: member });
      }
      if (channel !== '' && (await findChannel(tx, workspace, channel)) === undefined) {
        throw new CrewsmithError('channel.unknown', { channel });
      }
      const rows = await lockRoles(tx, workspace);
      const before = rows.find((r) => r.member_id === member && r.channel_id === channel)?.role ?? null;
      if (before === role) return;
      const own = effectiveRole(rows.map(grant), actor, channel);
      const highest = [before, role].find((r) => r !== null && !atLeast(own, r)) ?? null;
      if (actor !== 'system' && highest !== null)
        throw new CrewsmithError('access.too-high', { role: highest });
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
    },
  };
}

const grant = (row: RoleRecord): Grant => ({
  member: row.member_id,
  channel: row.channel_id,
  role: row.role,
});
