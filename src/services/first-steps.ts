import { atLeast } from '../core/access.ts';
import { allBudgets } from '../store/budgets.ts';
import { liveKeys } from '../store/keys.ts';
import { allAccounts, allMembers, allRoles } from '../store/people.ts';
import type { Store } from '../store/port.ts';
import { pretendPrefix } from './pretend.ts';

/** What a new installation has of what it needs. */
export interface FirstSteps {
  readonly hasKey: boolean;
  readonly hasBudget: boolean;
  /** Somebody beside its first owner may decide; pretend members do not count. */
  readonly hasApprover: boolean;
}

export async function firstStepsOf(store: Store, workspace: string, local: string): Promise<FirstSteps> {
  return await store.read(async (tx) => {
    const pretending = new Set(
      (await allAccounts(tx, workspace))
        .filter((account) => account.native.startsWith(pretendPrefix))
        .map((account) => account.member_id),
    );
    const here = new Set(
      (await allMembers(tx, workspace)).filter((m) => m.removed_at === null).map((m) => m.id),
    );
    const roles = await allRoles(tx, workspace);
    return {
      hasKey: (await liveKeys(tx, workspace)).length > 0,
      hasBudget: (await allBudgets(tx, workspace)).length > 0,
      hasApprover: roles.some(
        ({ member_id: member, role }) =>
          member !== local && here.has(member) && !pretending.has(member) && atLeast(role, 'approver'),
      ),
    };
  });
}
