import { type APIChannel, ChannelType, Routes } from 'discord.js';
import type { Memory } from '../memory.ts';
import type { Place } from '../port.ts';
import { SurfaceFailure } from '../port.ts';
import { type Api, isRefusal, refusals } from './api.ts';

/** A message's own address: the channel or thread in which it stands, and its id there. */
export interface Address {
  readonly channel: string;
  readonly message: string;
}

export const addressOf = ({ channel, message }: Address): string => `${channel}/${message}`;

/** Throws `SurfaceFailure` for what is no address of ours. */
export function readAddress(text: string): Address {
  const [, channel, message] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (channel === undefined || message === undefined) {
    throw new SurfaceFailure(`${text} is no message on Discord.`, { sent: 'no', again: false });
  }
  return { channel, message };
}

const threads: readonly ChannelType[] = [
  ChannelType.PublicThread,
  ChannelType.PrivateThread,
  ChannelType.AnnouncementThread,
];
const forums: readonly ChannelType[] = [ChannelType.GuildForum, ChannelType.GuildMedia];

export const isForum = (type: ChannelType): boolean => forums.includes(type);
export const isThread = (type: ChannelType): boolean => threads.includes(type);

/** Where a message goes. */
export type Target =
  | { readonly into: 'channel'; readonly channel: string }
  /** Where no thread can be, as an answer to the message that would be at its head. */
  | { readonly into: 'replies'; readonly channel: string; readonly to: string }
  | { readonly into: 'forum'; readonly channel: string };

export interface Channels {
  get(id: string): Promise<APIChannel>;
  /** The conversation with one person. */
  direct(native: string): Promise<string>;
  /** Begins the thread under a message where it is not there yet; `name` is what it is then called. */
  target(place: Place, name: string): Promise<Target>;
  /**
   * Where what belongs in a thread goes once that thread is locked or gone: into a new one, to which its head points from then
   * on, a post of its own in a forum, else as answers to the head.
   */
  goOn(place: Place, name: string): Promise<Target>;
  /** A post has begun in the place of a thread that was locked or gone. */
  wentOn(place: Place, thread: string): Promise<void>;
  /** Where to look for what was sent to a place; null: it was not begun. */
  lookIn(place: Place): Promise<string | null>;
  /** Wakes a thread that was put away; false: we may not. */
  wake(thread: string): Promise<boolean>;
  /** It was changed or is gone. */
  forget(id: string): void;
  /** What was changed in a server meanwhile was not told. */
  forgetGuild(guild: string): void;
}

const rememberedMost = 5_000;
/** There can be no thread, so what follows answers the message at its head instead. */
const noThread = [refusals.noPermission, refusals.noAccess, refusals.threadsFull];

export function createChannels({
  api,
  memory,
}: {
  api: Api;
  memory: Pick<Memory, 'note' | 'setNote'>;
}): Channels {
  const known = new Map<string, APIChannel>();
  const directs = new Map<string, string>();
  /** Threads that stand, by the message at their head; null: none can be there. */
  const begun = new Map<string, string | null>();

  function remember<V>(map: Map<string, V>, key: string, value: V): V {
    if (map.size >= rememberedMost) map.clear();
    map.set(key, value);
    return value;
  }

  const get = async (id: string): Promise<APIChannel> =>
    known.get(id) ?? remember(known, id, (await api.call('get', Routes.channel(id))) as APIChannel);

  async function direct(native: string): Promise<string> {
    const before = directs.get(native);
    if (before !== undefined) return before;
    const made = (await api.call('post', Routes.userChannels(), { body: { recipient_id: native } })) as {
      id: string;
    };
    return remember(directs, native, made.id);
  }

  const channelOf = (channel: string): Promise<string> =>
    channel.startsWith('@') ? direct(channel.slice(1)) : Promise.resolve(channel);

  /** The thread that was begun in the place of one that was locked or gone. */
  const noteOf = (message: string) => `discord.thread.${message}`;

  /** The thread under a message; null: there can be none. */
  async function threadUnder({ channel, message }: Address, name: string): Promise<string | null> {
    const before = begun.get(message);
    if (before !== undefined) return before;
    const moved = await memory.note(noteOf(message));
    if (moved !== null) return remember(begun, message, moved);
    try {
      await api.call('post', Routes.threads(channel, message), { body: { name } });
    } catch (error) {
      if (isRefusal(error, ...noThread)) return remember(begun, message, null);
      // One that was not begun by a message is a channel all the same.
      if (isRefusal(error, refusals.unknownMessage, refusals.notThere)) await get(message);
      else if (!isRefusal(error, refusals.threadIsThere)) throw error;
    }
    return remember(begun, message, message);
  }

  async function newThread({ channel, message }: Address, name: string): Promise<string | null> {
    try {
      const body = { name, type: ChannelType.PublicThread };
      const { id } = (await api.call('post', Routes.threads(channel), { body })) as { id: string };
      return id;
    } catch (error) {
      if (isRefusal(error, ...noThread)) return remember(begun, message, null);
      throw error;
    }
  }

  async function wentOn(head: string, next: string): Promise<void> {
    await memory.setNote(noteOf(head), next);
    remember(begun, head, next);
  }

  /** Whoever reads the head finds what follows. */
  async function point({ channel, message }: Address, thread: string): Promise<void> {
    const body = {
      content: `What follows is in <#${thread}>: the thread before it is locked or gone.`,
      message_reference: { message_id: message, fail_if_not_exists: false },
      allowed_mentions: { parse: [] },
    };
    await api.call('post', Routes.channelMessages(channel), { body });
  }

  return {
    get,
    direct,

    async goOn({ thread }, name) {
      const head = readAddress(thread ?? '');
      if (isForum((await get(head.channel)).type)) return { into: 'forum', channel: head.channel };
      const made = await newThread(head, name);
      if (made === null) return { into: 'replies', channel: head.channel, to: head.message };
      await wentOn(head.message, made);
      await point(head, made);
      return { into: 'channel', channel: made };
    },

    wentOn: ({ thread }, next) => wentOn(readAddress(thread ?? '').message, next),

    async target({ channel, thread }, name) {
      if (thread !== null) {
        const head = readAddress(thread);
        // A message that stands in a thread has none of its own.
        const { type } = await get(head.channel);
        if (isThread(type)) return { into: 'channel', channel: head.channel };
        const under = type === ChannelType.DM ? null : await threadUnder(head, name);
        return under === null
          ? { into: 'replies', channel: head.channel, to: head.message }
          : { into: 'channel', channel: under };
      }
      if (channel.startsWith('@')) return { into: 'channel', channel: await channelOf(channel) };
      return isForum((await get(channel)).type) ? { into: 'forum', channel } : { into: 'channel', channel };
    },

    async lookIn({ channel, thread }) {
      if (thread === null) return await channelOf(channel);
      const head = readAddress(thread);
      const { type } = await get(head.channel);
      const under = begun.get(head.message);
      if (isThread(type) || type === ChannelType.DM || under === null) return head.channel;
      const moved = under ?? (await memory.note(noteOf(head.message)));
      try {
        return (await get(moved ?? head.message)).id;
      } catch (error) {
        if (isRefusal(error, refusals.unknownChannel)) return null;
        throw error;
      }
    },

    async wake(thread) {
      try {
        await api.call('patch', Routes.channel(thread), { body: { archived: false } });
        return true;
      } catch (error) {
        if (isRefusal(error, refusals.noPermission, refusals.noAccess)) return false;
        throw error;
      }
    },

    forget(id) {
      known.delete(id);
      for (const [message, thread] of begun) if (message === id || thread === id) begun.delete(message);
    },

    forgetGuild(guild) {
      for (const [id, channel] of known)
        if ('guild_id' in channel && channel.guild_id === guild) known.delete(id);
    },
  };
}
