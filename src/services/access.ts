import type { Role } from '../core/access.ts';
import { nearest } from '../core/nearest.ts';
import { peopleMeant } from '../core/person-words.ts';
import { CrewsmithError } from '../errors.ts';
import { allChannels, type Channel } from '../store/people.ts';
import type { Store } from '../store/port.ts';
import { channelMeant } from './channel-meant.ts';
import { type Directory, type Person, readDirectory } from './directory.ts';
import type { People } from './people.ts';

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

/** Where somebody types. */
export interface Typing {
  readonly workspace: string;
  readonly surface: string;
  readonly channel: string;
}

export interface Granting extends Typing {
  readonly actor: string;
  /** As `peopleMeant` reads it. */
  readonly person: string;
  /** As `channelWord` reads it; null: the whole workspace. */
  readonly where: string | null;
}

export interface Granted {
  readonly person: PersonView;
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
  show(workspace: string): Promise<PersonView[]>;
  /** Throws what `setRole` does, `access.member-unknown`, `access.person-choice`, `channel.unknown`, `channel.choice`. */
  grant(request: Granting & { role: Role }): Promise<Granted>;
  /** `role` null: whatever was granted there. Throws `access.not-granted`, too. */
  revoke(request: Granting & { role: Role | null }): Promise<Granted>;
}

export function createAccess(parts: { store: Store; people: People }): Access {
  const { store, people } = parts;

  async function change(
    request: Granting,
    next: (before: Role | null, person: Person, where: string) => Role | null,
  ): Promise<Granted> {
    const { workspace, actor } = request;
    return await store.transact(async (tx) => {
      const directory = await readDirectory(tx, workspace);
      const channels = await allChannels(tx, workspace);
      const person = personMeant(directory, request.person, request.surface);
      const channel = request.where === null ? null : channelMeant(channels, request.where, request);
      const where = channel === null ? 'the workspace' : nameOf(channel);
      const id = channel?.id ?? '';
      const before =
        directory.grants.find((g) => g.member === person.memberId && g.channel === id)?.role ?? null;
      const role = next(before, person, where);
      const changed = await people.setRole(tx, {
        workspace,
        actor,
        member: person.memberId,
        channel: id,
        role,
      });
      const now = await readDirectory(tx, workspace);
      const view = viewOf(now, channels, now.people.find((p) => p.memberId === person.memberId) ?? person);
      return { person: view, where, changed, role: now.roleIn(person, id), before };
    });
  }

  return {
    show: (workspace) =>
      store.read(async (tx) => {
        const directory = await readDirectory(tx, workspace);
        const channels = await allChannels(tx, workspace);
        return directory.people.filter((p) => p.active).map((person) => viewOf(directory, channels, person));
      }),

    grant: (request) => change(request, () => request.role),

    revoke: (request) =>
      change(request, (before, person, where) => {
        if (before !== null && (request.role === null || request.role === before)) return null;
        throw new CrewsmithError('access.not-granted', {
          person: person.name,
          role: request.role,
          has: before,
          where,
        });
      }),
  };
}

const nameOf = (channel: Channel) => `#${channel.name}`;

function viewOf(directory: Directory, channels: readonly Channel[], person: Person): PersonView {
  const own = directory.grants.filter((g) => g.member === person.memberId && g.channel !== '');
  return {
    member: person.memberId,
    name: person.name,
    accounts: person.accounts.map((a) => `${a.surface}:${a.native}`),
    role: directory.roleIn(person, ''),
    channels: own.map(({ channel, role }) => {
      const known = channels.find((c) => c.id === channel);
      return { channel, name: known === undefined ? channel : nameOf(known), role };
    }),
  };
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
