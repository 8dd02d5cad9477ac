import { type Grant, type PersonAccount, type Role, roleIn } from '../core/access.ts';
import { allAccounts, allMembers, allRoles } from '../store/people.ts';
import type { Tx } from '../store/port.ts';

export interface Person {
  readonly memberId: string;
  readonly name: string;
  /** False: they left. */
  readonly active: boolean;
  readonly accounts: readonly PersonAccount[];
}

/** Everybody of a workspace and what was granted, read at one moment (rule R7). */
export interface Directory {
  /** In the order in which they came, those who left included. */
  readonly people: readonly Person[];
  readonly grants: readonly Grant[];
  /** null for who left. */
  roleIn(person: Person, channel: string): Role | null;
}

export async function readDirectory(tx: Tx, workspace: string): Promise<Directory> {
  const members = await allMembers(tx, workspace);
  const accounts = await allAccounts(tx, workspace);
  const grants = (await allRoles(tx, workspace)).map(
    (row): Grant => ({ member: row.member_id, channel: row.channel_id, role: row.role }),
  );
  return {
    grants,
    people: members.map(({ id, name, removed_at }) => ({
      memberId: id,
      name,
      active: removed_at === null,
      accounts: accounts.filter((account) => account.member_id === id),
    })),
    roleIn: (person, channel) => (person.active ? roleIn(grants, person, channel) : null),
  };
}
