import type { Clock } from '../clock.ts';
import { type Role, type TeamGrant, teamRoleIn } from '../core/access.ts';
import { nearest } from '../core/nearest.ts';
import { peopleMeant, teamRoleWord } from '../core/person-words.ts';
import { CrewsmithError } from '../errors.ts';
import { allChannels, type Channel } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import { channelMeant } from './channel-words.ts';
import { type Directory, type Person, readDirectory } from './directory.ts';
import type { People } from './people.ts';
import { type TeamRole, type TeamRoles, teamRoleId } from './team-roles.ts';

/** One person, as `access show` tells of them. */
export interface PersonView {
  readonly member: string;
  readonly name: string;
  readonly accounts: readonly string[];
  /** What they are in the whole workspace, granted or by where they are. */
  readonly role: Role | null;
  /** What was granted for single channels. */
  readonly channels: readonly { readonly channel: string; readonly name: string; readonly role: Role }[];
}

/** A role of the team's own to which something was granted, as `access show` tells of it. */
export interface TeamRoleView {
  /** `discord:ID` */
  readonly teamRole: string;
  readonly name: string;
  /** Granted for the whole workspace. */
  readonly role: Role | null;
  readonly channels: PersonView['channels'];
}

/** Where somebody types. */
export interface Typing {
  readonly workspace: string;
  readonly surface: string;
  readonly channel: string;
}

export interface Granting extends Typing {
  readonly actor: string;
  /** As `peopleMeant` reads it, or `teamRoleWord`. */
  readonly person: string;
  /** As `channelWord` reads it; null: the whole workspace. */
  readonly where: string | null;
}

export interface Granted {
  /** Of whom or what something was changed. */
  readonly name: string;
  /** One of these two. */
  readonly person: PersonView | null;
  readonly teamRole: TeamRoleView | null;
  /** `the workspace` or `#sales`. */
  readonly where: string;
  readonly changed: boolean;
  /** What they are there now, all counted. */
  readonly role: Role | null;
  /** What was granted there before. */
  readonly before: Role | null;
}

/** Rule K9: people and their roles, named as people name them. */
export interface Access {
  show(workspace: string): Promise<{ people: PersonView[]; teamRoles: TeamRoleView[] }>;
  /**
   * To a person, or to all who hold a role of the team's own. Throws what `setRole` does, `access.member-unknown`,
   * `access.person-choice`, `access.team-role-owner`, `access.everybody`, `channel.unknown`, `channel.choice`.
   */
  grant(request: Granting & { role: Role }): Promise<Granted>;
  /** `role` null: whatever was granted there. Throws `access.not-granted`, too. */
  revoke(request: Granting & { role: Role | null }): Promise<Granted>;
}

export function createAccess(parts: {
  store: Store;
  clock: Clock;
  people: People;
  teamRoles: TeamRoles;
}): Access {
  const { store, clock, people, teamRoles } = parts;
  const directoryOf = (tx: Tx, workspace: string) => readDirectory(tx, workspace, clock.now());

  async function change(
    request: Granting,
    next: (before: Role | null, name: string, where: string) => Role | null,
  ): Promise<Granted> {
    const { workspace, actor } = request;
    return await store.transact(async (tx) => {
      const directory = await directoryOf(tx, workspace);
      const channels = await allChannels(tx, workspace);
      const channel = request.where === null ? null : channelMeant(channels, request.where, request);
      const where = channel === null ? 'the workspace' : nameOf(channel, channels);
      const id = channel?.id ?? '';
      const teamRole = teamRoleMeant(directory, request.person, request.surface);
      if (teamRole !== null) {
        const known = teamRoleId(teamRole);
        const of = ({ members, teamRoles: all }: Directory['grants']) =>
          viewsOf({ members, teamRoles: all.filter((g) => g.teamRole === known) }, channels)[0] ?? null;
        const before =
          directory.grants.teamRoles.find((g) => g.teamRole === known && g.channel === id)?.role ?? null;
        const name = `@${teamRole.name}`;
        const role = next(before, name, where);
        if (role === 'owner') throw new CrewsmithError('access.team-role-owner', { name });
        const changed = await teamRoles.set(tx, { ...teamRole, workspace, actor, channel: id, role });
        const { grants } = await directoryOf(tx, workspace);
        const now = teamRoleIn(grants.teamRoles, [known], id);
        return { name, person: null, teamRole: of(grants), where, changed, role: now, before };
      }
      const person = personMeant(directory, request.person, request.surface);
      const { memberId, name } = person;
      const before =
        directory.grants.members.find((g) => g.member === memberId && g.channel === id)?.role ?? null;
      const role = next(before, name, where);
      const changed = await people.setRole(tx, {
        workspace,
        actor,
        member: person.memberId,
        channel: id,
        role,
      });
      const now = await directoryOf(tx, workspace);
      const view = viewOf(now, channels, now.people.find((p) => p.memberId === memberId) ?? person);
      return { name, person: view, teamRole: null, where, changed, role: now.roleIn(person, id), before };
    });
  }

  return {
    show: (workspace) =>
      store.read(async (tx) => {
        const directory = await directoryOf(tx, workspace);
        const channels = await allChannels(tx, workspace);
        const here = directory.people.filter((p) => p.active);
        return {
          people: here.map((person) => viewOf(directory, channels, person)),
          teamRoles: viewsOf(directory.grants, channels),
        };
      }),

    grant: (request) => change(request, () => request.role),

    revoke: (request) =>
      change(request, (before, name, where) => {
        if (before !== null && (request.role === null || request.role === before)) return null;
        throw new CrewsmithError('access.not-granted', {
          person: name,
          role: request.role,
          has: before,
          where,
        });
      }),
  };
}

/** With its surface where another one has a channel of that name, too. */
function nameOf({ name, surface }: Channel, all: readonly Channel[]): string {
  const isTwice = all.some((other) => other.name === name && other.surface !== surface);
  return `#${name}${isTwice ? ` (${surface})` : ''}`;
}

function viewOf(directory: Directory, channels: readonly Channel[], person: Person): PersonView {
  const own = directory.grants.members.filter((g) => g.member === person.memberId && g.channel !== '');
  return {
    member: person.memberId,
    name: person.name,
    accounts: person.accounts.map((a) => `${a.surface}:${a.native}`),
    role: directory.roleIn(person, ''),
    channels: own.map((g) => inChannel(channels, g)),
  };
}

function inChannel(channels: readonly Channel[], { channel, role }: Pick<TeamGrant, 'channel' | 'role'>) {
  const known = channels.find((c) => c.id === channel);
  return { channel, name: known === undefined ? channel : nameOf(known, channels), role };
}

function viewsOf({ teamRoles }: Directory['grants'], channels: readonly Channel[]): TeamRoleView[] {
  return [...new Set(teamRoles.map((g) => g.teamRole))].map((teamRole) => {
    const own = teamRoles.filter((g) => g.teamRole === teamRole);
    return {
      teamRole,
      name: `@${own[0]?.name ?? ''}`,
      role: own.find((g) => g.channel === '')?.role ?? null,
      channels: own.filter((g) => g.channel !== '').map((g) => inChannel(channels, g)),
    };
  });
}

/** A mention of one, or the name of one to which something is granted, where no person is called so; null: a person is meant. */
function teamRoleMeant({ people, grants }: Directory, words: string, surface: string): TeamRole | null {
  const word = teamRoleWord(words);
  if (word?.name === '@everyone') throw new CrewsmithError('access.everybody', {});
  if (word !== null) {
    // Who can be given what a role is given is what its platform says: a made-up id would make everybody else look on for nobody.
    const isVouched = surface === 'discord' && word.name !== word.native;
    if (isVouched) return { surface, ...word };
    const given = grants.teamRoles.find((g) => g.teamRole === teamRoleId({ surface, native: word.native }));
    if (given === undefined)
      throw new CrewsmithError('access.team-role-unknown', { word: `<@&${word.native}>` });
    return { surface, native: word.native, name: given.name };
  }
  if (peopleMeant(people, words, surface).length > 0) return null;
  const name = words.replace(/^@/, '').toLowerCase();
  const granted = grants.teamRoles.find((g) => g.name.toLowerCase() === name);
  if (granted === undefined) return null;
  const [of = '', native = ''] = granted.teamRole.split(':');
  return { surface: of, native, name: granted.name };
}

/** Those who are here, else those who left, so that what they still hold can be taken back. */
function personMeant({ people }: Directory, words: string, surface: string): Person {
  const found = peopleMeant(people, words, surface);
  const here = found.filter((p) => p.active);
  const [person, ...more] = here.length > 0 ? here : found;
  if (person === undefined) {
    const names = people.filter((p) => p.active).map((p) => `@${p.name}`);
    throw new CrewsmithError('access.member-unknown', { person: words, nearest: nearest(words, names) });
  }
  if (more.length > 0) {
    const choices = [person, ...more].map(
      (p) => p.accounts.map((a) => `${a.surface}:${a.native}`)[0] ?? p.memberId,
    );
    throw new CrewsmithError('access.person-choice', { person: words, choices });
  }
  return person;
}
