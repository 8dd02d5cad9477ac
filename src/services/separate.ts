import { atLeast, type Role } from '../core/access.ts';
import { CrewsmithError } from '../errors.ts';
import { endOpen, giveAccounts, unmergeMember } from '../store/linked.ts';
import { lockRoles, putRole, removeRole } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';
import type { United } from './unite.ts';

/**
 * Takes apart two members who were united and are two people: each has the accounts and roles of before. What admins have taken
 * since stays taken; what was given since ends, since whoever of the two was not meant may have given it to themselves. What is
 * open in the name of `into` ends, since it may be the other one's. Throws `join.over`, `access.last-owner`.
 */
export async function separate(
  tx: Tx,
  audit: Audit,
  { workspace, into, at, united }: { workspace: string; into: string; at: number; united: United },
): Promise<void> {
  const { member, accounts, roles, own } = united;
  if (!(await unmergeMember(tx, workspace, member, into))) throw new CrewsmithError('join.over', {});
  const all = await lockRoles(tx, workspace);
  const [mine, others] = [
    all.filter((row) => row.member_id === into),
    all.filter((row) => row.member_id !== into),
  ];
  const again: { who: string; channel: string; role: Role }[] = [];
  for (const row of mine) {
    await removeRole(tx, workspace, into, row.channel_id);
    for (const [who, before] of [[into, own] as const, [member, roles] as const]) {
      const held = before.find((one) => one.channel === row.channel_id);
      if (held === undefined) continue;
      const role = atLeast(row.role, held.role) ? held.role : row.role;
      await putRole(tx, { ...row, member_id: who, role });
      again.push({ who, channel: row.channel_id, role });
    }
  }
  const isOwner = ({ channel, role }: { channel: string; role: Role }) => channel === '' && role === 'owner';
  const owned = all.some((row) => isOwner({ channel: row.channel_id, role: row.role }));
  const stays =
    again.some(isOwner) || others.some((row) => isOwner({ channel: row.channel_id, role: row.role }));
  if (owned && !stays) throw new CrewsmithError('access.last-owner', {});
  await giveAccounts(tx, workspace, accounts, member);
  await endOpen(tx, workspace, into, at);
  const heldBy = (who: string) =>
    again.filter((one) => one.who === who).map(({ channel, role }) => ({ channel, role }));
  await audit.write(tx, {
    ...{ workspace, actor: into, action: 'access.unlink', target: into },
    before: { member: into, roles: mine.map(({ channel_id: channel, role }) => ({ channel, role })) },
    after: { member, accounts: [...accounts], roles: heldBy(member), own: heldBy(into) },
  });
}
