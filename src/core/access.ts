import type { Approvers, GateStep } from './crew.ts';

/** Who may do what (rule G3). Pure: the people and their roles are given, read anew before each use (rule R7). */
export const roles = ['viewer', 'member', 'approver', 'admin', 'owner'] as const;
export type Role = (typeof roles)[number];

/** One grant; `channel` '' is the whole workspace. */
export interface Grant {
  readonly member: string;
  readonly channel: string;
  readonly role: Role;
}

/** Nobody's role, null, is below every role. */
export function atLeast(role: Role | null, wanted: Role): boolean {
  return role !== null && roles.indexOf(role) >= roles.indexOf(wanted);
}

/** Grants only add: the highest of what was granted for the workspace and for the channel. */
export function effectiveRole(grants: readonly Grant[], member: string, channel: string): Role | null {
  const own = grants.filter((g) => g.member === member && (g.channel === '' || g.channel === channel));
  return roles.findLast((role) => own.some((g) => g.role === role)) ?? null;
}

/** What a surface vouches for about an account (rule K8): guests and bots have no role, whatever was granted. */
export type AccountStanding = 'member' | 'guest' | 'bot';

export interface PersonAccount {
  readonly surface: string;
  /** The surface's own id: `team:user` on Slack, the user's elsewhere. */
  readonly native: string;
  readonly name: string;
  readonly standing: AccountStanding;
}

/** Whether a role was granted to somebody other than owners: from then on Discord's people look on (rule K8). */
export function rolesInUse(grants: readonly Grant[]): boolean {
  const owners = new Set(grants.filter((g) => g.channel === '' && g.role === 'owner').map((g) => g.member));
  return grants.some((g) => !owners.has(g.member));
}

/** What somebody is without any grant, by where they are (rule K8). */
export function baseRole(accounts: readonly PersonAccount[], inUse: boolean): Role | null {
  const full = accounts.filter((a) => a.standing === 'member').map((a) => a.surface);
  if (full.includes('slack')) return 'member';
  if (full.includes('discord')) return inUse ? 'viewer' : 'member';
  return null;
}

/** The account on the page of somebody who signed in there from a chat. */
export const signedInNative = (member: string): string => `member:${member}`;

/**
 * Whether an account says that somebody is a full member. One that was made by signing in to the page says nothing of its own:
 * who is a guest in their chat by now is one there, too (rule K8).
 */
export const vouches = ({ surface, native, standing }: PersonAccount): boolean =>
  standing === 'member' && !(surface === 'web' && native.startsWith(signedInNative('')));

/** What somebody is in a channel; with '' what holds everywhere. `grants` are all of the workspace. */
export function roleIn(
  grants: readonly Grant[],
  person: { readonly memberId: string; readonly accounts: readonly PersonAccount[] },
  channel: string,
): Role | null {
  if (!person.accounts.some(vouches)) return null;
  const base = baseRole(person.accounts, rolesInUse(grants));
  const granted = effectiveRole(grants, person.memberId, channel);
  return roles.findLast((role) => role === base || role === granted) ?? null;
}

/** Rule K8: which workspace a team gets that is claimed: `default` while that has none of its surface, else one of its own. */
export const workspaceOfClaimed = (teamsInDefault: number): 'default' | 'own' =>
  teamsInDefault === 0 ? 'default' : 'own';

/** What is granted to somebody who is new: on page and terminal there is no team whose members they would be. */
export const arrivalRole = (surface: string): Role | null =>
  surface === 'web' || surface === 'terminal' ? 'member' : null;

/**
 * What happens in a channel is of those who are there: elsewhere a run is seen by who asked for it, and by admins of the
 * workspace.
 */
export const maySee = (
  run: { readonly channel: string; readonly askedBy: string },
  who: { readonly member: string; readonly channel: string; readonly everywhere: Role | null },
): boolean => run.channel === who.channel || run.askedBy === who.member || atLeast(who.everywhere, 'admin');

/** Whether somebody with these roles may use a command. The one place that decides it, for every surface. */
export function mayUse(
  command: { readonly name: string; readonly role: Role; readonly of: 'channel' | 'workspace' },
  standing: { readonly here: Role | null; readonly everywhere: Role | null },
): Permission {
  const role = command.of === 'channel' ? standing.here : standing.everywhere;
  if (atLeast(role, command.role)) return { ok: true };
  const whole = command.of === 'workspace' ? ' of the whole workspace' : '';
  const own = role === null ? 'you have no role here' : `you are ${role}${whole} here`;
  return {
    ok: false,
    says: `"${command.name}" is for those who are ${command.role}${whole} or more; ${own}.`,
  };
}

export interface Candidate {
  readonly memberId: string;
  readonly name: string;
  /** In the channel of the run. */
  readonly role: Role | null;
  readonly active: boolean;
  /** Has an account on the surface of the run. */
  readonly onSurface: boolean;
  /** `surface:native`, like `slack:T1:U2`. */
  readonly accounts: readonly string[];
}

export interface Situation {
  /** The frozen words of the gate (rule R7). */
  readonly policy: {
    readonly approvers: Approvers;
    readonly requester: GateStep['requester'];
    /** Whether the asker might decide when the gate opened: what came later does not take it away. */
    readonly askerMight: boolean;
  };
  /** Member id of who asked for the run. */
  readonly asker: string;
  readonly candidates: readonly Candidate[];
  /** In a direct message and in the terminal only that conversation counts: the asker is alone there. */
  readonly solitary: boolean;
}

export interface Deciders {
  /** Member ids of all who may approve or reject now, the asker among them when `askerMay`. */
  readonly may: readonly string[];
  readonly askerMay: boolean;
  /** Why the asker may, or may not. */
  readonly why: 'requester-may' | 'alone' | 'was-alone' | 'others-may' | 'requester-never' | 'not-active';
}

/** Everybody who may decide on a gate. Looked at when it opens and at each press. */
export function deciders(situation: Situation): Deciders {
  const { policy, asker, candidates, solitary } = situation;
  const others = candidates.filter((c) => c.active && c.memberId !== asker && fits(policy.approvers, c));
  const why = askersCase(situation, solitary || !others.some((c) => c.onSurface));
  const askerMay = why === 'requester-may' || why === 'alone' || why === 'was-alone';
  const may = others.map((c) => c.memberId);
  return { may: askerMay ? [asker, ...may] : may, askerMay, why };
}

function askersCase({ policy, asker, candidates }: Situation, alone: boolean): Deciders['why'] {
  if (!candidates.some((c) => c.memberId === asker && c.active)) return 'not-active';
  if (policy.requester === 'never') return 'requester-never';
  if (policy.requester === 'may') return 'requester-may';
  if (alone) return 'alone';
  return policy.askerMight ? 'was-alone' : 'others-may';
}

/**
 * `channel-approvers` needs no case of its own for admins: who is admin of the workspace holds approver for each channel.
 * People are named by account alone, since everybody chooses their own display name.
 */
function fits(approvers: Approvers, candidate: Candidate): boolean {
  if (approvers.who === 'channel-approvers') return atLeast(candidate.role, 'approver');
  if (approvers.who === 'role') return atLeast(candidate.role, approvers.role);
  if (approvers.who === 'named')
    return approvers.accounts.some((word) => isAccount(candidate.accounts, word));
  return candidate.onSurface && atLeast(candidate.role, 'member');
}

/** `slack:U2` names `slack:T1:U2` too: within a workspace there is one such person, or all of them are meant. */
export function isAccount(accounts: readonly string[], word: string): boolean {
  const [surface, ...native] = word.split(':');
  const user = native.join(':');
  if (user === '') return false;
  return accounts.some(
    (account) => account === word || (account.startsWith(`${surface}:`) && account.endsWith(`:${user}`)),
  );
}

export type Permission = { readonly ok: true } | { readonly ok: false; readonly says: string };

/** Whether this person may press this now; if not, the sentence that they alone are told (rule G4). */
export function mayDecide(
  situation: Situation,
  presser: string,
  decision: 'approve' | 'reject' | 'changes' | 'edit',
): Permission {
  const asks = presser === situation.asker;
  const active = situation.candidates.some((c) => c.memberId === presser && c.active);
  if (asks && active && decision === 'changes') return { ok: true };
  const { may } = deciders(situation);
  if (may.includes(presser)) return { ok: true };
  const who =
    may.length === 0
      ? 'Nobody can decide here yet; an admin can name somebody.'
      : `${namesOf(situation, may)} here.`;
  const own = asks && active ? ' You asked for this run; you may request changes.' : '';
  return { ok: false, says: who + own };
}

/** A sentence names so many people; the rest are counted. */
const namedMost = 5;

function namesOf({ candidates }: Situation, may: readonly string[]): string {
  const all = may.map((id) => candidates.find((c) => c.memberId === id)).filter((c) => c !== undefined);
  const near = all.filter((c) => c.onSurface);
  const names = (near.length > 0 ? near : all).map((c) => c.name);
  const shown = names.slice(0, namedMost);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} or ${rest} more decide`;
  const last = shown.pop() ?? '';
  return shown.length === 0 ? `${last} decides` : `${shown.join(', ')} or ${last} decide`;
}
