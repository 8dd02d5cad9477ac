import {
  type APIGuild,
  type APIGuildMember,
  type APIOverwrite,
  type APIRole,
  OverwriteType,
  PermissionFlagsBits,
  Routes,
} from 'discord.js';
import type { Clock } from '../../clock.ts';
import { type Api, isRefusal, refusals } from './api.ts';
import type { Channels } from './channels.ts';

/** Who may do what in which channel, by Discord's own rules. */
export interface Seeing {
  sees(native: string, channel: string): Promise<boolean>;
  /** null: they are not in that guild. */
  permissions(native: string, channel: string): Promise<bigint | null>;
  /** As they are now; null: they are not in that guild. */
  member(guild: string, native: string): Promise<APIGuildMember | null>;
  roles(guild: string): Promise<readonly APIRole[]>;
}

/** What is known of a guild and its people holds so long. */
const holdsMs = 60_000;
const rememberedMost = 5_000;
const everything = ~0n;

export function createSeeing(parts: { api: Api; channels: Channels; clock: Clock }): Seeing {
  const { api, channels, clock } = parts;
  const known = new Map<string, { readonly value: unknown; readonly until: number }>();

  async function remembered<T>(key: string, load: () => Promise<T>): Promise<T> {
    const before = known.get(key);
    if (before !== undefined && clock.now() < before.until) return before.value as T;
    const value = await load();
    if (known.size >= rememberedMost) known.clear();
    known.set(key, { value, until: clock.now() + holdsMs });
    return value;
  }

  const guildOf = (id: string) =>
    remembered(`guild ${id}`, async () => (await api.call('get', Routes.guild(id))) as APIGuild);

  async function member(guild: string, native: string): Promise<APIGuildMember | null> {
    try {
      return (await api.call('get', Routes.guildMember(guild, native))) as APIGuildMember;
    } catch (error) {
      if (isRefusal(error, refusals.unknownMember)) return null;
      throw error;
    }
  }

  async function permissions(native: string, id: string): Promise<bigint | null> {
    const channel = await channels.get(id);
    if (!('guild_id' in channel) || channel.guild_id === undefined) return null;
    const guild = channel.guild_id;
    const person = await remembered(`member ${guild} ${native}`, () => member(guild, native));
    if (person === null) return null;
    const overwrites = 'permission_overwrites' in channel ? (channel.permission_overwrites ?? []) : [];
    return permissionsIn(await guildOf(guild), native, person.roles, overwrites);
  }

  return {
    member,
    permissions,
    roles: async (guild) => (await guildOf(guild)).roles,
    async sees(native, channel) {
      const may = await permissions(native, channel);
      return may !== null && has(may, PermissionFlagsBits.ViewChannel);
    },
  };
}

const has = (permissions: bigint, flag: bigint): boolean => (permissions & flag) === flag;

/** https://docs.discord.com/developers/topics/permissions#permission-overwrites */
export function permissionsIn(
  guild: Pick<APIGuild, 'id' | 'owner_id' | 'roles'>,
  native: string,
  roles: readonly string[],
  overwrites: readonly APIOverwrite[],
): bigint {
  if (guild.owner_id === native) return everything;
  const own = new Set([guild.id, ...roles]);
  let may = guild.roles
    .filter((role) => own.has(role.id))
    .reduce((all, role) => all | BigInt(role.permissions), 0n);
  if (has(may, PermissionFlagsBits.Administrator)) return everything;
  const apply = (among: readonly APIOverwrite[]) => {
    const deny = among.reduce((all, one) => all | BigInt(one.deny), 0n);
    const allow = among.reduce((all, one) => all | BigInt(one.allow), 0n);
    may = (may & ~deny) | allow;
  };
  const ofRoles = overwrites.filter(({ type }) => type === OverwriteType.Role);
  apply(ofRoles.filter(({ id }) => id === guild.id));
  apply(ofRoles.filter(({ id }) => id !== guild.id && own.has(id)));
  apply(overwrites.filter(({ id, type }) => type === OverwriteType.Member && id === native));
  return may;
}
