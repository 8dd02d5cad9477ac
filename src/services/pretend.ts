import type { Role } from '../core/access.ts';
import { allAccounts, removeRoles, setRemoved } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import type { People } from './people.ts';

/** People that do not exist, so that somebody alone can try approvals on the sandbox (rule K10). */
export const pretendPrefix = 'pretend:';

const cast: readonly { readonly native: string; readonly name: string; readonly role: Role }[] = [
  { native: 'ana', name: 'Ana (pretend)', role: 'member' },
  { native: 'bo', name: 'Bo (pretend)', role: 'approver' },
];

export async function beginPretending(tx: Tx, people: People, workspace: string): Promise<void> {
  for (const { native, name, role } of cast) {
    await people.arrive(tx, {
      workspace,
      surface: 'web',
      native: pretendPrefix + native,
      name,
      standing: 'member',
      role,
    });
  }
}

/** With the first key they are gone: what costs money is decided by people. */
export async function endPretending(tx: Tx, workspace: string, now: number): Promise<void> {
  for (const account of await allAccounts(tx, workspace)) {
    if (account.surface !== 'web' || !account.native.startsWith(pretendPrefix)) continue;
    await setRemoved(tx, workspace, account.member_id, now);
    await removeRoles(tx, workspace, account.member_id);
  }
}
