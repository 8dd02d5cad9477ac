import { createHash } from 'node:crypto';
import type { SurfaceName } from '../chat/port.ts';
import type { Clock } from '../clock.ts';
import type { AccountStanding } from '../core/access.ts';
import { claimCodeBytes, claimCodeOf, readClaimCode } from '../core/claim-code.ts';
import { CrewsmithError } from '../errors.ts';
import { workspaceOfTeam } from '../store/installations.ts';
import { accountsOf, lockRoles, surfacesWithOwner } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import { lockMeta, writeMeta } from '../store/settings.ts';
import type { Audit } from './audit.ts';
import { readDirectory } from './directory.ts';
import type { People } from './people.ts';
import type { Random } from './sealing.ts';
import type { Workspaces } from './workspaces.ts';

/** Somebody of a team that nobody has claimed, as the surface vouches for them. */
export interface Claimer {
  readonly surface: SurfaceName;
  readonly team: { readonly id: string; readonly name: string };
  readonly native: string;
  readonly name: string;
  readonly standing: AccountStanding;
}

export interface Claimed {
  readonly workspace: string;
  readonly member: string;
  /** How the team came to its workspace (rule K8): it had one, joined `default`, or got its own, which has no key. */
  readonly team: 'known' | 'default' | 'own';
  /** Members of the guild may run crews until roles are granted (rule K8): a hard budget is worth offering. */
  readonly everybodyRuns: boolean;
}

/** Rule K9: the first owner on a surface. */
export interface Claims {
  /** The connected surfaces on which nobody is owner. */
  ownerless(): Promise<readonly SurfaceName[]>;
  /** A new code for the operator; the one before ends. Only its hash is kept. */
  renew(): Promise<{ readonly code: string; readonly until: number }>;
  /** Makes the claimer owner, and the team part of a workspace (rule K8). Throws `claim.wrong`, `claim.owned`, `claim.guest`. */
  claimTeam(claimer: Claimer, code: string): Promise<Claimed>;
  /** The same for somebody of a workspace that has no owner on their surface. */
  claim(claimer: { workspace: string; surface: SurfaceName; member: string }, code: string): Promise<Claimed>;
}

const codeName = 'owner.code';
const lastsMs = 30 * 60_000;
/** Wrong codes typed before the right one ends, too. */
const triesMost = 20;

interface Stored {
  readonly hash: string;
  readonly until: number;
  readonly tries: number;
}

/** The surfaces whose people come from elsewhere; page and terminal have their owner from the start. */
const claimable: readonly SurfaceName[] = ['slack', 'discord'];

export function createClaims(parts: {
  store: Store;
  clock: Clock;
  random: Random;
  audit: Audit;
  people: People;
  workspaces: Workspaces;
  /** The surfaces that are connected now. */
  surfaces: () => readonly SurfaceName[];
}): Claims {
  const { store, clock, random, audit, people, workspaces } = parts;

  /** Whether the code holds; a wrong one is counted. */
  async function holds(tx: Tx, code: string): Promise<boolean> {
    const text = await lockMeta(tx, codeName);
    const stored = text === undefined || text === '' ? null : (JSON.parse(text) as Stored);
    if (stored === null || clock.now() >= stored.until) return false;
    if (stored.hash === hashOf(readClaimCode(code))) return true;
    const tries = stored.tries + 1;
    await writeMeta(tx, codeName, tries < triesMost ? JSON.stringify({ ...stored, tries }) : '');
    return false;
  }

  async function makeOwner(
    tx: Tx,
    { workspace, surface, member, team }: Omit<Claimed, 'everybodyRuns'> & { surface: SurfaceName },
  ): Promise<Claimed> {
    await people.setRole(tx, { workspace, actor: 'system', member, channel: '', role: 'owner' });
    await writeMeta(tx, codeName, '');
    await audit.write(tx, {
      workspace,
      actor: member,
      action: 'access.claim',
      target: member,
      before: null,
      after: { surface, team },
    });
    return { workspace, member, team, everybodyRuns: surface === 'discord' };
  }

  async function refuseOwned(tx: Tx, workspace: string, surface: SurfaceName): Promise<void> {
    // Locked, so that two who claim at once do not both find nobody.
    await lockRoles(tx, workspace);
    const directory = await readDirectory(tx, workspace, clock.now());
    const owners = directory.people.filter(
      (person) =>
        directory.roleIn(person, '') === 'owner' && person.accounts.some((a) => a.surface === surface),
    );
    if (owners.length > 0) throw new CrewsmithError('claim.owned', { owners: owners.map((o) => o.name) });
  }

  /** A wrong code must be counted, so the transaction commits either way. */
  async function withCode(code: string, work: (tx: Tx) => Promise<Claimed>): Promise<Claimed> {
    const claimed = await store.transact(async (tx) => ((await holds(tx, code)) ? await work(tx) : null));
    if (claimed === null) throw new CrewsmithError('claim.wrong', {});
    return claimed;
  }

  return {
    async ownerless() {
      const owned = await store.read(surfacesWithOwner);
      return parts.surfaces().filter((name) => claimable.includes(name) && !owned.includes(name));
    },

    async renew() {
      const code = claimCodeOf(random(claimCodeBytes));
      const until = clock.now() + lastsMs;
      const stored: Stored = { hash: hashOf(code), until, tries: 0 };
      await store.transact((tx) => writeMeta(tx, codeName, JSON.stringify(stored)));
      return { code, until };
    },

    async claimTeam(claimer, code) {
      const { surface, native, name, standing } = claimer;
      if (standing !== 'member') throw new CrewsmithError('claim.guest', {});
      return await withCode(code, async (tx) => {
        const known = await workspaceOfTeam(tx, surface, claimer.team.id);
        const { workspace, team } =
          known !== undefined
            ? { workspace: known, team: 'known' as const }
            : await workspaces.claim(tx, surface, claimer.team);
        await refuseOwned(tx, workspace, surface);
        const member = await people.arrive(tx, { workspace, surface, native, name, standing, role: null });
        return await makeOwner(tx, { workspace, surface, member, team });
      });
    },

    async claim({ workspace, surface, member }, code) {
      return await withCode(code, async (tx) => {
        await refuseOwned(tx, workspace, surface);
        const full = (await accountsOf(tx, workspace, member)).some((a) => a.standing === 'member');
        if (!full) throw new CrewsmithError('claim.guest', {});
        return await makeOwner(tx, { workspace, surface, member, team: 'known' });
      });
    },
  };
}

const hashOf = (code: string) => createHash('sha256').update(code).digest('hex');
