import type { Clock } from '../../clock.ts';
import type { Sender } from '../port.ts';
import type { Features } from './features.ts';
import { codeOf, type WebApi } from './web-api.ts';

/** Who somebody is by Slack's word (rule K8): guests and people of other workspaces may do nothing here. */
export interface People {
  /** null: Slack does not say now, so nothing is assumed. */
  look(user: string, given: { readonly name: string; readonly team: string | null }): Promise<Sender | null>;
  /** Slack tells that somebody was changed: what was remembered of them holds no more. */
  told(user: Profile): Sender;
}

/** What Slack says of somebody. */
export interface Profile {
  readonly id: string;
  readonly team_id?: string;
  readonly name?: string;
  readonly real_name?: string;
  readonly profile?: { readonly display_name?: string };
  readonly deleted?: boolean;
  readonly is_bot?: boolean;
  readonly is_stranger?: boolean;
  readonly is_restricted?: boolean;
  readonly is_ultra_restricted?: boolean;
}

/** What was looked up holds so long; a change there is told by an event, too. */
const holdsMs = 5 * 60_000;
const rememberedMost = 5_000;

export function createPeople(parts: { api: WebApi; features: Features; clock: Clock; team: string }): People {
  const { api, features, clock, team } = parts;
  const known = new Map<string, { readonly sender: Sender; readonly until: number }>();

  const senderOf = (user: string, name: string, own: string, standing: Sender['standing']): Sender => ({
    surface: 'slack',
    team,
    native: `${own}:${user}`,
    name,
    standing,
    teamRoles: [],
  });

  function read(user: Profile, name: string): Sender {
    const own = user.team_id ?? team;
    const outside =
      own !== team ||
      user.is_stranger === true ||
      user.is_restricted === true ||
      user.is_ultra_restricted === true ||
      user.deleted === true;
    const standing = user.is_bot === true ? 'bot' : outside ? 'guest' : 'member';
    const called = user.profile?.display_name || user.real_name || user.name || name;
    return senderOf(user.id, called, own, standing);
  }

  return {
    async look(user, given) {
      // Who comes from elsewhere may do nothing, whatever else is to be known of them. Another team's id may be the same as one of ours.
      if (given.team !== null && given.team !== team) return senderOf(user, given.name, given.team, 'guest');
      const remembered = known.get(user);
      if (remembered !== undefined && clock.now() < remembered.until) return remembered.sender;
      if (!features.has('people')) return senderOf(user, given.name, team, 'member');
      try {
        const { user: found } = await api.call(
          'users.info',
          null,
          (client) => client.users.info({ user }),
          'twice',
        );
        if (found === undefined) return null;
        const sender = read({ ...found, id: user }, given.name);
        if (known.size >= rememberedMost) known.clear();
        known.set(user, { sender, until: clock.now() + holdsMs });
        return sender;
      } catch (error) {
        // Only of a server that cannot be asked is everybody a member: where we may not ask, guests would be, too.
        if (codeOf(error) !== 'unknown_method') return null;
        features.note('people', error);
        return senderOf(user, given.name, team, 'member');
      }
    },
    told(user) {
      known.delete(user.id);
      return read(user, user.id);
    },
  };
}
