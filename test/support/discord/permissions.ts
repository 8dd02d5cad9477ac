import { permissionsIn } from '../../../src/chat/discord/seeing.ts';
import { type Answered, refused } from './answered.ts';
import { botUser, type DiscordState, type FakeChannel, guild } from './state.ts';

const view = 1n << 10n;
const needed = {
  post: [1n << 11n, 1n << 38n],
  edit: [0n, 0n],
  read: [1n << 16n, 1n << 16n],
  thread: [1n << 35n, 1n << 35n],
} as const;

/** What the bot may do in a channel; a thread has the permissions of the channel that it is in. */
export function botPermissions(state: DiscordState, channel: FakeChannel): bigint {
  const at = channel.parent === null ? channel : (state.channels.get(channel.parent) ?? channel);
  return permissionsIn({ id: guild, owner_id: '1', roles: state.roles }, botUser, [], at.overwrites);
}

/** Why Discord does not let the bot do it; null: it may. */
export function permissionProblem(
  state: DiscordState,
  id: string,
  what: keyof typeof needed,
): Answered | null {
  const channel = state.channels.get(id);
  if (channel === undefined) return refused(404, 10_003, 'Unknown Channel');
  if (channel.recipient !== null) {
    return state.members.has(channel.recipient)
      ? null
      : refused(403, 50_007, 'Cannot send messages to this user');
  }
  if (!state.isThere) return refused(403, 50_001, 'Missing Access');
  const may = botPermissions(state, channel);
  if ((may & view) === 0n) return refused(403, 50_001, 'Missing Access');
  const flag = needed[what][channel.type === 11 ? 1 : 0];
  if ((may & flag) !== flag) return refused(403, 50_013, 'Missing Permissions');
  if (what === 'thread' && channel.type === 11) return invalidThread;
  if (channel.archived && (what === 'edit' || (what === 'post' && channel.locked)))
    return refused(400, 50_083, 'Thread is archived');
  if (channel.locked && what === 'post') return refused(403, 160_005, 'Thread is locked');
  if (channel.archived && what === 'post') channel.archived = false;
  return null;
}

const invalidThread = refused(400, 50_024, 'Cannot execute action on this channel type');
