import { CrewsmithError } from '../errors.ts';

/** A first owner as `CREWSMITH_ADMINS` names them (rule K9). */
export interface FirstOwner {
  readonly surface: 'slack' | 'discord';
  /** Slack's team; null: the only one installed. */
  readonly team: string | null;
  readonly user: string;
}

const slack = /^slack:(?:([A-Z][A-Z0-9]+):)?([UW][A-Z0-9]+)$/;
const discord = /^discord:(\d+)$/;

/** Reads `slack:U…`, `slack:T…:U…` and `discord:…`, separated by commas. Throws `access.admins-invalid`. */
export function parseFirstOwners(text: string): FirstOwner[] {
  return text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((entry): FirstOwner => {
      const [, team, user] = slack.exec(entry) ?? [];
      if (user !== undefined) return { surface: 'slack', team: team ?? null, user };
      const [, id] = discord.exec(entry) ?? [];
      if (id !== undefined) return { surface: 'discord', team: null, user: id };
      throw new CrewsmithError('access.admins-invalid', { entry });
    });
}

/** Whether an account is one of them. `teams`: how many teams of its surface are installed here. */
export function isFirstOwner(
  owners: readonly FirstOwner[],
  account: { readonly surface: string; readonly native: string },
  teams: number,
): boolean {
  return owners.some((owner) => {
    if (owner.surface !== account.surface) return false;
    if (owner.surface === 'discord') return account.native === owner.user;
    if (owner.team !== null) return account.native === `${owner.team}:${owner.user}`;
    return teams === 1 && account.native.endsWith(`:${owner.user}`);
  });
}
