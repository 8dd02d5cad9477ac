import type { Clock } from '../clock.ts';
import { CrewsmithError } from '../errors.ts';
import { allBudgets } from '../store/budgets.ts';
import { installationsIn } from '../store/installations.ts';
import { liveKeys } from '../store/keys.ts';
import {
  endLinkCodes,
  endMembers,
  endRoles,
  endSchedules,
  markJoined,
  moveChannels,
  moveInstallations,
} from '../store/linked.ts';
import {
  type Account,
  allAccounts,
  allMembers,
  changeStanding,
  findWorkspace,
  lockWorkspace,
} from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { listRuns } from '../store/runs.ts';
import { allSettings } from '../store/settings.ts';
import type { Audit } from './audit.ts';
import type { People } from './people.ts';
import { fits, unite } from './unite.ts';

/** A workspace whose teams go over to another one. */
export interface Joins {
  readonly from: string;
  readonly into: string;
  /** A member of `from`, who wanted it there; and of `into`. */
  readonly actor: string;
  readonly by: string;
  /** Id of the code that both agreed by. */
  readonly code: string;
}

export interface Joined {
  /** `Acme (slack)`, of those that moved. */
  readonly teams: readonly string[];
  readonly channels: number;
  readonly people: number;
  /** What held there, and does not go along. */
  readonly ended: { readonly roles: number; readonly settings: number; readonly digests: number };
}

type Parts = { readonly clock: Clock; readonly audit: Audit; readonly people: Pick<People, 'arrive'> };

/**
 * Rule K8: teams, channels and people go over; roles, settings and digests end, since those of the workspace that stays hold now.
 * Nobody is more there than anybody else of their surface. The workspace that was left keeps its audit and is begun nothing in
 * any more. Throws `join.default`, `join.has-runs`, `join.has-keys`, `join.has-budgets`, `join.gone`.
 */
export async function joinWorkspace(tx: Tx, { clock, audit, people }: Parts, joins: Joins): Promise<Joined> {
  const { from, into, actor, by, code } = joins;
  // In one order, so that two who join each other at once do not wait for ever.
  for (const workspace of [from, into].sort()) await lockWorkspace(tx, workspace);
  await mustBeEmpty(tx, from);
  const installations = await installationsIn(tx, from);
  const teams = installations.map((one) => ({ surface: one.surface, team: one.team }));
  const settings = (await allSettings(tx, from)).size;
  const digests = await endSchedules(tx, from, clock.now());
  await moveInstallations(tx, from, into);
  const channels = await moveChannels(tx, from, into);
  const arrived = await bringPeople();
  const roles = await endRoles(tx, from);
  await endMembers(tx, from, clock.now());
  await endLinkCodes(tx, from);
  await changeStanding(tx, into);
  await markJoined(tx, from, into);
  const moved = { teams, channels, people: arrived };
  const ended = { roles, settings, digests };
  const written = { before: null, after: { ...moved, ended, code } };
  await audit.write(tx, { workspace: from, actor, action: 'workspace.join', target: into, ...written });
  await audit.write(tx, { workspace: into, actor: by, action: 'workspace.link', target: from, ...written });
  return { ...moved, ended, teams: installations.map(teamName) };

  /** As if each had come by themselves, and who was one person before still is. */
  async function bringPeople(): Promise<number> {
    const accounts = await allAccounts(tx, from);
    const here = (await allMembers(tx, from)).filter((member) => member.removed_at === null);
    const all = new Set<string>();
    for (const { id } of here) {
      const [first, ...others] = accounts.filter((a) => a.member_id === id && a.standing === 'member');
      if (first === undefined) continue;
      const member = await arrive(first);
      for (const account of others) {
        const other = await arrive(account);
        if (await fits(tx, into, other, member))
          await unite(tx, audit, { workspace: into, actor: by, from: other, into: member, at: clock.now() });
        else all.add(other);
      }
      all.add(member);
    }
    return all.size;
  }

  function arrive({ surface, native, name, standing }: Account): Promise<string> {
    return people.arrive(tx, { workspace: into, surface, native, name, standing, role: null });
  }
}

async function mustBeEmpty(tx: Tx, workspace: string): Promise<void> {
  if ((await findWorkspace(tx, workspace))?.slug === 'default') throw new CrewsmithError('join.default', {});
  if ((await listRuns(tx, workspace, 1)).length > 0) throw new CrewsmithError('join.has-runs', {});
  const keys = await liveKeys(tx, workspace);
  if (keys.length > 0)
    throw new CrewsmithError('join.has-keys', { keys: keys.map((key) => `${key.provider} ${key.label}`) });
  if ((await allBudgets(tx, workspace)).length > 0) throw new CrewsmithError('join.has-budgets', {});
}

/** A team as people call it. */
export const teamName = ({ name, surface }: { readonly name: string; readonly surface: string }): string =>
  `${name} (${surface})`;
