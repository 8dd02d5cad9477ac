import type { Clock } from '../clock.ts';
import {
  type Candidate,
  type CandidateRole,
  deciders,
  mayDecide,
  type Permission,
  type Situation,
  teamRoleIn,
} from '../core/access.ts';
import type { Crew, GateStep } from '../core/crew.ts';
import type { Gate } from '../store/gates.ts';
import { findChannel, findMember } from '../store/people.ts';
import type { Tx } from '../store/port.ts';
import { type Directory, type Person, readDirectory } from './directory.ts';
import type { Loaded } from './runs/load.ts';

/** Who decides on a gate of this workspace, as its people and roles are now (rules G3, R7). */
export interface DeciderCheck {
  /** The frozen words of a gate that opens now. */
  freeze(tx: Tx, loaded: Loaded, step: GateStep): Promise<Situation['policy']>;
  check(
    tx: Tx,
    loaded: Loaded,
    gate: Gate,
    member: string,
    decision: 'approve' | 'reject' | 'changes' | 'edit',
  ): Promise<Permission>;
  /** `Bo, Chi`, or how to name somebody when nobody may. */
  say(tx: Tx, loaded: Loaded, gate: Gate): Promise<string>;
  /** Whom a gate that opens is told to, at most 5, who is on the run's surface first (rule G5). */
  toBeTold(tx: Tx, loaded: Loaded, gate: Gate): Promise<readonly Told[]>;
  /** Which roles of the team's own a gate that opens calls, where its run is. */
  rolesToBeTold(tx: Tx, loaded: Loaded, gate: Gate): Promise<readonly ToldRole[]>;
  /** Before a run starts: the gate on which nobody could decide as things are now; null: somebody can, on each. */
  openToNobody(tx: Tx, where: Where, crew: Crew): Promise<GateStep | null>;
  /** A member's name; null for nobody. */
  name(tx: Tx, workspace: string, member: string | null): Promise<string | null>;
}

/** Where a run is, and of whom. */
export interface Where {
  readonly workspace: string;
  /** Channel id. */
  readonly channel: string;
  readonly surface: string;
  /** Member id of who asks for it. */
  readonly asker: string;
}

/** An approver who is told, by their accounts as `surface:native`. */
export type Told = Pick<Candidate, 'memberId' | 'name' | 'accounts'>;

/** A role of a team's own that is called in the place of its holders, whom nobody can list; as a notice names it, `&ID`. */
export interface ToldRole {
  readonly native: string;
  readonly name: string;
}

/** With what a notice needs of the roles that it calls. */
interface SituationHere extends Situation {
  readonly teamRoles: readonly (CandidateRole & ToldRole)[];
}

const toldMost = 5;

/** Whose accounts are of page and terminal alone, `local` first of all, exists only there (rule G3). */
const ofThisMachine = ['web', 'terminal'];
const existsOn = (surface: string, { accounts }: Person) =>
  ofThisMachine.includes(surface) || accounts.some((account) => !ofThisMachine.includes(account.surface));

/** Of `discord:ID`. */
const partsOf = (teamRole: string) => {
  const [surface = '', ...native] = teamRole.split(':');
  return { surface, native: native.join(':') };
};

export function createDeciderCheck(clock: Clock): DeciderCheck {
  function candidates(directory: Directory, { channel, surface }: Where): Candidate[] {
    return directory.people
      .filter((person) => existsOn(surface, person))
      .map((person): Candidate => {
        // Guests and bots may nothing, by whatever name a crew lets them decide (rule K8).
        const own = person.accounts.filter((account) => account.standing === 'member');
        return {
          memberId: person.memberId,
          name: person.name,
          role: directory.roleIn(person, channel),
          active: person.active,
          onSurface: own.some((account) => account.surface === surface),
          accounts: own.map((account) => `${account.surface}:${account.native}`),
        };
      });
  }

  function rolesIn({ grants }: Directory, { channel, surface }: Where): SituationHere['teamRoles'] {
    const named = new Map(grants.teamRoles.map(({ teamRole, name }) => [teamRole, name]));
    return [...named].map(([teamRole, name]) => {
      const { native, surface: own } = partsOf(teamRole);
      const role = teamRoleIn(grants.teamRoles, [teamRole], channel);
      return { name: `@${name}`, native: `&${native}`, role, onSurface: own === surface };
    });
  }

  const isDirect = async (tx: Tx, { workspace, channel }: Where) =>
    (await findChannel(tx, workspace, channel))?.direct === 1;

  async function situationAt(tx: Tx, where: Where, policy: Situation['policy']): Promise<SituationHere> {
    const directory = await readDirectory(tx, where.workspace, clock.now());
    return {
      policy,
      // Who has two accounts is one person, also where they asked by the other one before that was known.
      asker: directory.memberNow(where.asker),
      candidates: candidates(directory, where),
      teamRoles: rolesIn(directory, where),
      solitary: where.surface === 'terminal' || (await isDirect(tx, where)),
    };
  }

  function situation(tx: Tx, { row }: Loaded, policy: Situation['policy']): Promise<SituationHere> {
    const { workspace_id: workspace, channel_id: channel, surface, asked_by: asker } = row;
    return situationAt(tx, { workspace, channel, surface, asker }, policy);
  }

  const frozen = (gate: Gate) => JSON.parse(gate.policy) as Situation['policy'];

  return {
    async freeze(tx, loaded, step) {
      const policy = { approvers: step.approvers, requester: step.requester, askerMight: false };
      const { askerMay } = deciders(await situation(tx, loaded, policy));
      return { ...policy, askerMight: askerMay };
    },
    async check(tx, loaded, gate, member, decision) {
      return mayDecide(await situation(tx, loaded, frozen(gate)), member, decision);
    },
    async say(tx, loaded, gate) {
      const now = await situation(tx, loaded, frozen(gate));
      const { may, teamRoles } = deciders(now);
      const all = now.candidates.filter((c) => may.includes(c.memberId));
      // Who is on page and terminal alone cannot be asked where the run is, unless nobody else can.
      const near = all.filter((c) => c.onSurface);
      const names = [...(near.length > 0 ? near : all), ...teamRoles].map((c) => c.name);
      return names.length > 0
        ? names.join(' or ')
        : 'nobody yet; an admin can name somebody with access grant';
    },
    async openToNobody(tx, where, crew) {
      for (const step of crew.steps) {
        // Else it is the asker's while it is nobody else's.
        if (step.kind !== 'gate' || step.requester !== 'never') continue;
        const policy = { approvers: step.approvers, requester: step.requester, askerMight: false };
        const { may, teamRoles } = deciders(await situationAt(tx, where, policy));
        if (may.length === 0 && teamRoles.length === 0) return step;
      }
      return null;
    },
    async toBeTold(tx, loaded, gate) {
      const now = await situation(tx, loaded, frozen(gate));
      if (now.solitary) return [];
      const { may, teamRoles } = deciders(now);
      const others = may.filter((id) => id !== now.asker);
      // Where anyone may decide nobody is called; and who is alone hears that their own run waits for them.
      const anyone = now.policy.approvers.who === 'anyone-in-channel';
      if (others.length === 0 && teamRoles.length > 0) return [];
      const ids = anyone || others.length === 0 ? may.filter((id) => id === now.asker) : others;
      return now.candidates
        .filter((c) => ids.includes(c.memberId))
        .sort((a, b) => Number(b.onSurface) - Number(a.onSurface))
        .slice(0, toldMost);
    },
    async rolesToBeTold(tx, loaded, gate) {
      const now = await situation(tx, loaded, frozen(gate));
      if (now.solitary) return [];
      const { teamRoles } = deciders(now);
      return now.teamRoles.filter((one) => one.onSurface && teamRoles.includes(one)).slice(0, toldMost);
    },
    async name(tx, workspace, member) {
      return member === null ? null : ((await findMember(tx, workspace, member))?.name ?? null);
    },
  };
}
