import { atLeast, type PersonAccount, type Role, signedInNative } from '../core/access.ts';
import { CrewsmithError } from '../errors.ts';
import { mergeMember, moveAccounts, moveBelongings } from '../store/linked.ts';
import { type Account, accountsOf, lockRoles, putRole, removeRoles } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { Audit } from './audit.ts';

/** Two members of a workspace turn out to be one person. */
export interface Uniting {
  readonly workspace: string;
  readonly actor: string;
  /** Who is no member of their own any more. */
  readonly from: string;
  readonly into: string;
  readonly at: number;
}

/** Who was united with another, and what both had before; money and decisions name members and need nothing of this. */
export interface United {
  readonly member: string;
  /** Ids of their accounts. */
  readonly accounts: readonly string[];
  readonly roles: readonly Held[];
  /** Of the other. */
  readonly own: readonly Held[];
}

interface Held {
  readonly channel: string;
  readonly role: Role;
}

/**
 * Points the accounts of one member to the other and unites their roles, the higher of two winning. What was written of either,
 * runs, ledger and decisions among it, stays as it was written: whoever reads it asks who that member is now (`memberNow`).
 */
export async function unite(
  tx: Tx,
  audit: Audit,
  { workspace, actor, from, into, at }: Uniting,
): Promise<United> {
  const all = await lockRoles(tx, workspace);
  const of = (member: string) => all.filter((row) => row.member_id === member);
  for (const row of of(from)) {
    const own = of(into).find((r) => r.channel_id === row.channel_id);
    if (own === undefined || !atLeast(own.role, row.role)) await putRole(tx, { ...row, member_id: into });
  }
  await removeRoles(tx, workspace, from);
  const accounts = await accountsOf(tx, workspace, from);
  await moveAccounts(tx, workspace, from, into);
  await moveBelongings(tx, workspace, from, into);
  await mergeMember(tx, workspace, from, into, at);
  const heldBy = (member: string) => of(member).map(({ channel_id: channel, role }) => ({ channel, role }));
  await audit.write(tx, {
    ...{ workspace, actor, action: 'access.link', target: into },
    before: { member: from, roles: heldBy(from) },
    after: { member: into, roles: heldBy(into), accounts: accounts.map(accountName) },
  });
  return { member: from, accounts: accounts.map(({ id }) => id), roles: heldBy(from), own: heldBy(into) };
}

/**
 * Refuses what would make two people one: somebody has one account on a surface, and who is here by sitting at this machine is
 * nobody elsewhere (rule G3). Throws `join.self`, `join.local`, `join.surface`.
 */
export async function mustFit(tx: Tx, workspace: string, from: string, into: string): Promise<void> {
  if (from === into) throw new CrewsmithError('join.self', {});
  const theirs = await mustBeOfChat(tx, workspace, from);
  const own = await mustBeOfChat(tx, workspace, into);
  const twice = theirs.find((a) => !isOfPage(a) && own.some((b) => b.surface === a.surface));
  if (twice !== undefined) throw new CrewsmithError('join.surface', { surface: twice.surface });
}

/** Gives somebody's accounts. Throws `join.local`. */
export async function mustBeOfChat(tx: Tx, workspace: string, member: string): Promise<Account[]> {
  const accounts = await accountsOf(tx, workspace, member);
  if (accounts.some(isOfThisMachine)) throw new CrewsmithError('join.local', {});
  return accounts;
}

/** Whether two members could be one person. */
export async function fits(tx: Tx, workspace: string, from: string, into: string): Promise<boolean> {
  try {
    await mustFit(tx, workspace, from, into);
    return true;
  } catch (error) {
    if (error instanceof CrewsmithError) return false;
    throw error;
  }
}

/** As `surface:native`. */
export const accountName = ({ surface, native }: Pick<PersonAccount, 'surface' | 'native'>): string =>
  `${surface}:${native}`;

/** Of somebody who signed in to the page from a chat: it says nothing of its own. */
const isOfPage = ({ surface, native }: Pick<PersonAccount, 'surface' | 'native'>) =>
  surface === 'web' && native.startsWith(signedInNative(''));

const isOfThisMachine = (account: Pick<PersonAccount, 'surface' | 'native'>) =>
  (account.surface === 'web' || account.surface === 'terminal') && !isOfPage(account);
