import type { Clock } from '../../clock.ts';
import type { Sender } from '../port.ts';
import type { Missing } from './missing.ts';
import type { WebApi } from './web-api.ts';

/** Who somebody is by Slack's word (rule K8): guests and people of other workspaces may do nothing here. */
export interface People {
  /** null: Slack does not say now, so nothing is assumed. */
  look(user: string, given: { readonly name: string; readonly team: string | null }): Promise<Sender | null>;
  /** Somebody was changed there: what was remembered holds no more. */
  forget(user: string): void;
}

/** What was looked up holds so long; a change there is told by an event, too. */
const holdsMs = 5 * 60_000;
const rememberedMost = 5_000;

export function createPeople(parts: { api: WebApi; missing: Missing; clock: Clock; team: string }): People {
  const { api, missing, clock, team } = parts;
  const known = new Map<string, { readonly sender: Sender; readonly until: number }>();

  const senderOf = (user: string, name: string, own: string, standing: Sender['standing']): Sender => ({
    surface: 'slack',
    team,
    native: `${own}:${user}`,
    name,
    standing,
    teamRoles: [],
  });

  return {
    async look(user, given) {
      const remembered = known.get(user);
      if (remembered !== undefined && clock.now() < remembered.until) return remembered.sender;
      const stranger = given.team !== null && given.team !== team;
      // Who comes from elsewhere may do nothing, whatever else is to be known of them.
      if (stranger) return senderOf(user, given.name, given.team ?? team, 'guest');
      if (!missing.has('people')) return senderOf(user, given.name, team, 'member');
      try {
        const { user: found } = await api.call(
          'users.info',
          null,
          (client) => client.users.info({ user }),
          'prompt',
        );
        if (found === undefined) return null;
        const own = found.team_id ?? team;
        const outside =
          own !== team ||
          found.is_stranger === true ||
          found.is_restricted === true ||
          found.is_ultra_restricted === true ||
          found.deleted === true;
        const standing = found.is_bot === true ? 'bot' : outside ? 'guest' : 'member';
        const name = found.profile?.display_name || found.real_name || found.name || given.name;
        const sender = senderOf(user, name, own, standing);
        if (known.size >= rememberedMost) known.clear();
        known.set(user, { sender, until: clock.now() + holdsMs });
        return sender;
      } catch (error) {
        if (!missing.note('people', error)) return null;
        return senderOf(user, given.name, team, 'member');
      }
    },
    forget: (user) => void known.delete(user),
  };
}
