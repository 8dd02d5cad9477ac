import { atLeast, type Role } from '../core/access.ts';
import { CrewsmithError } from '../errors.ts';
import { endOpen, giveAccounts, unmergeMember } from '../store/linked.ts';
import { lockRoles, putRole, removeRole } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { United } from './unite.ts';

/**
 * Takes apart two members who were united and are two people: each has the accounts and roles of before, but for what admins have
 * changed since, which stays with `into`. What is open in the name of `into` ends, since it may be the other one's. Throws
 * `join.over`.
 */
export async function separate(
  tx: Tx,
  audit: Audit,
  { workspace, into, at, united }: { workspace: string; into: string; at: number; united: United },
): Promise<void> {
  const { member, accounts, roles, own } = united;
  if (!(await unmergeMember(tx, workspace, member, into))) throw new CrewsmithError('join.over', {});
  const all = await lockRoles(tx, workspace);
  for (const { channel, role } of roles) {
    const before = own.find((one) => one.channel === channel)?.role ?? null;
    const now = all.find((row) => row.member_id === into && row.channel_id === channel);
    if (now === undefined || now.role !== higher(before, role)) continue;
    await putRole(tx, { ...now, member_id: member, role });
    if (before === null) await removeRole(tx, workspace, into, channel);
    else await putRole(tx, { ...now, role: before });
  }
  await giveAccounts(tx, workspace, accounts, member);
  await endOpen(tx, workspace, into, at);
  await audit.write(tx, {
    ...{ workspace, actor: into, action: 'access.unlink', target: into, before: null },
    after: { member, accounts: [...accounts], roles: roles.map(({ channel, role }) => ({ channel, role })) },
  });
}

const higher = (a: Role | null, b: Role): Role => (a !== null && atLeast(a, b) ? a : b);
