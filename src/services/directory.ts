import { type Grants, type PersonAccount, type Role, roleIn } from '../core/access.ts';
import { allAccounts, allMembers } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { readGrants, readHeld } from './team-roles.ts';

export interface Person {
  readonly memberId: string;
  readonly name: string;
  /** False: they left. */
  readonly active: boolean;
  readonly accounts: readonly PersonAccount[];
  /** Roles of their teams' own that they were seen to hold a while ago at most, as `surface:ID`. */
  readonly teamRoles: readonly string[];
}

/** Everybody of a workspace and what was granted, read at one moment (rule R7). */
export interface Directory {
  /** In the order in which they came, those who left included; who was merged into another is that other. */
  readonly people: readonly Person[];
  /** The member who somebody is now, of runs and decisions of before. */
  memberNow(member: string): string;
  readonly grants: Grants;
  /** null for who left. */
  roleIn(person: Person, channel: string): Role | null;
}

/** `now`: what a platform said of people too long ago holds no more. */
export async function readDirectory(tx: Tx, workspace: string, now: number): Promise<Directory> {
  const members = await allMembers(tx, workspace);
  const accounts = await allAccounts(tx, workspace);
  const grants = await readGrants(tx, workspace);
  const held = await readHeld(tx, workspace, now);
  return {
    grants,
    memberNow: (member) => members.find(({ id }) => id === member)?.merged_into ?? member,
    people: members
      .filter(({ merged_into }) => merged_into === null)
      .map(({ id, name, removed_at }) => {
        const own = accounts.filter((account) => account.member_id === id);
        return {
          memberId: id,
          name,
          active: removed_at === null,
          accounts: own,
          teamRoles: held(own),
        };
      }),
    roleIn: (person, channel) => (person.active ? roleIn(grants, person, channel) : null),
  };
}
