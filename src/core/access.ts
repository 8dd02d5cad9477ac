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

/**
 * One grant to everybody who holds a role of their team's own, as Discord has them; `teamRole` is `surface:ID` of it, `name` what
 * it was called then.
 */
export interface TeamGrant {
  readonly teamRole: string;
  readonly name: string;
  readonly channel: string;
  readonly role: Role;
}

/** All that was granted in a workspace. */
export interface Grants {
  readonly members: readonly Grant[];
  readonly teamRoles: readonly TeamGrant[];
}

/** Nobody's role, null, is below every role. */
export function atLeast(role: Role | null, wanted: Role): boolean {
  return role !== null && roles.indexOf(role) >= roles.indexOf(wanted);
}

/** Grants only add: the highest of what was granted for the workspace and for the channel. */
export function effectiveRole(grants: readonly Grant[], member: string, channel: string): Role | null {
  return highest(grants.filter((g) => g.member === member && isFor(g, channel)));
}

/** The same of those who hold a role of their team's own. */
export const teamRoleIn = (
  grants: readonly TeamGrant[],
  held: readonly string[],
  channel: string,
): Role | null => highest(grants.filter((g) => held.includes(g.teamRole) && isFor(g, channel)));

const isFor = (grant: { readonly channel: string }, channel: string) =>
  grant.channel === '' || grant.channel === channel;

const highest = (grants: readonly { readonly role: Role }[]): Role | null =>
  roles.findLast((role) => grants.some((g) => g.role === role)) ?? null;

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
export function rolesInUse({ members, teamRoles }: Grants): boolean {
  const owners = new Set(members.filter((g) => g.channel === '' && g.role === 'owner').map((g) => g.member));
  return teamRoles.length > 0 || members.some((g) => !owners.has(g.member));
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

/** Somebody with what their platforms say of them now. */
export interface Holder {
  readonly memberId: string;
  readonly accounts: readonly PersonAccount[];
  /** Roles of their teams' own that they hold, as `surface:ID`. */
  readonly teamRoles: readonly string[];
}

/** What was granted to somebody, themselves or by a role of their team's. */
export function grantedRole(grants: Grants, holder: Holder, channel: string): Role | null {
  const own = effectiveRole(grants.members, holder.memberId, channel);
  const byTeam = teamRoleIn(grants.teamRoles, holder.teamRoles, channel);
  return roles.findLast((role) => role === own || role === byTeam) ?? null;
}

/**
 * What somebody is in a channel; with '' what holds everywhere. `grants` are all of the workspace. Of somebody with two accounts
 * (rule K8): who is no full member of one team any more, is in the other what anybody is there.
 */
export function roleIn(grants: Grants, holder: Holder, channel: string): Role | null {
  if (!holder.accounts.some(vouches)) return null;
  const base = baseRole(holder.accounts, rolesInUse(grants));
  const isWhole = holder.accounts.every(({ standing }) => standing === 'member');
  const granted = isWhole
    ? grantedRole(grants, holder, channel)
    : teamRoleIn(grants.teamRoles, holder.teamRoles, channel);
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

/** A role of a team's own, whose holders nobody can list: they are somebody all the same. */
export interface CandidateRole {
  /** `@Reviewers` */
  readonly name: string;
  /** What its holders are in the channel of the run. */
  readonly role: Role | null;
  readonly onSurface: boolean;
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
  readonly teamRoles: readonly CandidateRole[];
  /** In a direct message and in the terminal only that conversation counts: the asker is alone there. */
  readonly solitary: boolean;
}

export interface Deciders {
  /** Member ids of all who may approve or reject now, the asker among them when `askerMay`. */
  readonly may: readonly string[];
  /** Roles of the team's own whose holders may, too. */
  readonly teamRoles: readonly CandidateRole[];
  readonly askerMay: boolean;
  /** Why the asker may, or may not. */
  readonly why: 'requester-may' | 'alone' | 'was-alone' | 'others-may' | 'requester-never' | 'not-active';
}

/** Everybody who may decide on a gate. Looked at when it opens and at each press. */
export function deciders(situation: Situation): Deciders {
  const { policy, asker, candidates, solitary } = situation;
  const others = candidates.filter((c) => c.active && c.memberId !== asker && fits(policy.approvers, c));
  const teamRoles = situation.teamRoles.filter((one) => isOf(policy.approvers, one.role));
  // Who holds a role of the team's is not known, so somebody is taken to: the asker is not alone.
  const near = [...others, ...teamRoles].some((one) => one.onSurface);
  const why = askersCase(situation, solitary || !near);
  const askerMay = why === 'requester-may' || why === 'alone' || why === 'was-alone';
  const may = others.map((c) => c.memberId);
  return { may: askerMay ? [asker, ...may] : may, teamRoles, askerMay, why };
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
  if (approvers.who === 'named')
    return approvers.accounts.some((word) => isAccount(candidate.accounts, word));
  if (approvers.who === 'anyone-in-channel') return candidate.onSurface && atLeast(candidate.role, 'member');
  return isOf(approvers, candidate.role);
}

/** Whether a role alone lets decide. */
function isOf(approvers: Approvers, role: Role | null): boolean {
  if (approvers.who === 'channel-approvers') return atLeast(role, 'approver');
  return approvers.who === 'role' && atLeast(role, approvers.role);
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
  const { may, teamRoles } = deciders(situation);
  if (may.includes(presser)) return { ok: true };
  const nobody = may.length === 0 && teamRoles.length === 0;
  const who = nobody
    ? 'Nobody can decide here yet; an admin can name somebody.'
    : `${namesOf(situation, may, teamRoles)} here.`;
  const own = asks && active ? ' You asked for this run; you may request changes.' : '';
  return { ok: false, says: who + own };
}

/** A sentence names so many people; the rest are counted. */
const namedMost = 5;

function namesOf(
  { candidates }: Situation,
  may: readonly string[],
  teamRoles: readonly CandidateRole[],
): string {
  const all = may.map((id) => candidates.find((c) => c.memberId === id)).filter((c) => c !== undefined);
  const near = all.filter((c) => c.onSurface);
  const people = (near.length > 0 ? near : all).map((c) => c.name);
  const names = [...teamRoles.map((one) => one.name), ...people];
  const shown = names.slice(0, namedMost);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} or ${rest} more decide`;
  const last = shown.pop() ?? '';
  if (shown.length > 0) return `${shown.join(', ')} or ${last} decide`;
  return teamRoles.length > 0 ? `${last} decide` : `${last} decides`;
}
