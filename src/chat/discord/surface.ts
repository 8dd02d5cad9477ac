import { createHash } from 'node:crypto';
import {
  type APIChannel,
  type APIMessage,
  ChannelFlags,
  MessageFlags,
  type RawFile,
  Routes,
} from 'discord.js';
import type { Card } from '../card.ts';
import type { Memory } from '../memory.ts';
import type { Pictures } from '../picture.ts';
import { type Found, type Place, type Surface, SurfaceFailure } from '../port.ts';
import { type Api, isRefusal, refusals } from './api.ts';
import { type Address, addressOf, type Channels, isForum, readAddress, type Target } from './channels.ts';
import type { CustomIds } from './custom-ids.ts';
import { plainLine } from './inert.ts';
import { limits } from './limits.ts';
import { type Button, chartName, messageOf, noticeOf } from './message.ts';
import type { Seeing } from './seeing.ts';

export interface SurfaceParts {
  readonly api: Api;
  readonly channels: Channels;
  readonly draw: Draw;
  readonly seeing: Seeing;
  readonly memory: Pick<Memory, 'note' | 'setNote'>;
}

/** Of messages that are looked through for one of ours. */
const lookMost = 100;
/** Of a forum's posts, each of which is a request. */
const postsMost = 10;
const titlesMost = 1_000;
const quiet = { parse: [] };

interface Post {
  readonly id: string;
  readonly parent_id: string;
}

/** A card as it is sent: JSON, and the files that its components name. */
export interface Body {
  readonly json: {
    readonly components: readonly object[];
    readonly flags: number;
    readonly allowed_mentions: object;
    readonly attachments: readonly object[];
  };
  readonly files: readonly RawFile[];
}

export type Draw = (card: Card, more?: { dedupe?: string; buttons?: readonly Button[] }) => Promise<Body>;

/** Buttons get their ids, charts become pictures. */
export function createDraw({ ids, pictures }: { ids: CustomIds; pictures: Pictures }): Draw {
  return async (card, { dedupe = '', buttons = [] } = {}) => {
    const own: Button[] = [];
    for (const { label, style, press } of card.actions)
      own.push({ label, style, customId: await ids.ofPress(press) });
    const { container, charts, file } = messageOf(card, [...own, ...buttons], markOf(dedupe));
    const drawn = await Promise.all(charts.map((chart) => pictures.draw(chart, 'dark')));
    const files: RawFile[] = [
      ...drawn.map((png, n) => ({ name: chartName(n), data: Buffer.from(png) })),
      ...(file === null ? [] : [{ name: file.name, data: Buffer.from(file.text) }]),
    ];
    const json = {
      components: [container],
      flags: MessageFlags.IsComponentsV2,
      allowed_mentions: quiet,
      attachments: files.map(({ name }, id) => ({ id: String(id), filename: name })),
    };
    return { json, files };
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
/** A number within 31 bits by which a message of ours is found again; Discord keeps it with the components. */
const markOf = (dedupe: string): number => digest(dedupe).readUInt32BE(0) >>> 1 || 1;
const nonceOf = (dedupe: string): string => digest(dedupe).toString('base64url').slice(0, limits.nonce.most);

/** Discord as a surface: a card is one message of components. */
export function createDiscordSurface({
  api,
  channels,
  draw,
  seeing,
  memory,
}: SurfaceParts): Omit<Surface, 'nameOf' | 'fetchFile' | 'isClosed'> {
  /** What cards are called that stand in channels: a thread that begins under one has its name. */
  const titles = new Map<string, string>();

  function named(address: string, card: Card): string {
    if (titles.size >= titlesMost) titles.clear();
    titles.set(address, threadName(card));
    return address;
  }

  /** A thread that was put away is woken where that is ours to do. Throws what `isShut` knows where it is not. */
  async function awake<T>(channel: string, send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!isRefusal(error, refusals.archived) || !(await channels.wake(channel))) throw error;
      return await send();
    }
  }

  /** Into the thread of a place, or where its cards go once that is locked or gone. */
  async function intoThread(card: Card, place: Place, dedupe: string): Promise<string> {
    const name = titles.get(place.thread ?? '') ?? threadName(card);
    const target = await channels.target(place, name);
    try {
      return await into(target, card, dedupe);
    } catch (error) {
      if (target.into === 'replies' || !isShut(error)) throw error;
    }
    const next = await channels.goOn(place, name);
    const address = await into(next, card, dedupe);
    if (next.into === 'forum') await channels.wentOn(place, readAddress(address).channel);
    return address;
  }

  async function into(target: Target, card: Card, dedupe: string): Promise<string> {
    if (target.into === 'forum') return await createPost(target.channel, card, dedupe);
    if (target.into === 'replies') return await create(target.channel, card, dedupe, target.to);
    const { channel } = target;
    return named(await awake(channel, () => create(channel, card, dedupe, null)), card);
  }

  async function create(
    channel: string,
    card: Card,
    dedupe: string,
    replyTo: string | null,
  ): Promise<string> {
    const once = { nonce: nonceOf(dedupe), enforce_nonce: true };
    const reply =
      replyTo === null ? {} : { message_reference: { message_id: replyTo, fail_if_not_exists: false } };
    const notice = noticeOf(card);
    const { json, files } = await draw(card, { dedupe });
    if (notice === null) {
      const body = { ...json, ...once, ...reply };
      const made = (await api.call('post', Routes.channelMessages(channel), { body, files })) as APIMessage;
      return addressOf({ channel, message: made.id });
    }
    // What stands on a locked screen is the first form of a message: only the words for it (rule G5).
    const { content, people, roles } = notice;
    const called = { content, allowed_mentions: { parse: [], users: people, roles }, ...once, ...reply };
    const { id } = (await api.call('post', Routes.channelMessages(channel), { body: called })) as APIMessage;
    await api
      .call('patch', Routes.channelMessage(channel, id), { body: { ...json, content: null }, files })
      .catch((error: unknown) => {
        // The words stand; sent again under the same nonce, it is the same message.
        throw error instanceof SurfaceFailure
          ? new SurfaceFailure(error.message, { ...error, sent: 'unknown' })
          : error;
      });
    return addressOf({ channel, message: id });
  }

  async function createPost(forum: string, card: Card, dedupe: string): Promise<string> {
    const { json, files } = await draw(card, { dedupe });
    const tags = tagsFor(await channels.get(forum));
    const body = {
      name: threadName(card),
      message: json,
      ...(tags.length > 0 ? { applied_tags: tags } : {}),
    };
    const made = (await api.call('post', Routes.threads(forum), { body, files })) as { id: string };
    return addressOf({ channel: made.id, message: made.id });
  }

  /** What a post began with; null: somebody has deleted it. */
  async function firstOf(post: string): Promise<APIMessage | null> {
    try {
      return (await api.call('get', Routes.channelMessage(post, post))) as APIMessage;
    } catch (error) {
      if (isRefusal(error, refusals.unknownMessage)) return null;
      throw error;
    }
  }

  /** A forum has no messages of its own: its newest posts are looked at, each by the message that it began with. */
  async function findPost(forum: string, isOurs: (message: APIMessage) => boolean): Promise<Found> {
    const channel = await channels.get(forum);
    const guild = 'guild_id' in channel ? (channel.guild_id ?? '') : '';
    const { threads } = (await api.call('get', Routes.guildActiveThreads(guild))) as { threads: Post[] };
    const posts = threads.filter((post) => post.parent_id === forum).toSorted(newestFirst);
    for (const { id } of posts.slice(0, postsMost)) {
      const first = await firstOf(id);
      if (first !== null && isOurs(first))
        return { found: 'yes', address: addressOf({ channel: id, message: id }) };
    }
    return { found: posts.length < postsMost ? 'no' : 'unknown' };
  }

  return {
    name: 'discord',
    // Five edits of a channel's messages in five seconds, shared by the runs in it.
    editEveryMs: 2_000,

    async post(card, place, dedupe) {
      if (place.thread !== null) return await intoThread(card, place, dedupe);
      return await into(await channels.target(place, threadName(card)), card, dedupe);
    },

    async edit(card, place, address) {
      const { channel, message } = readAddress(address);
      const { json, files } = await draw(card);
      const body = { ...json, content: null };
      const editAt = (at: Address) =>
        awake(at.channel, () =>
          api.call('patch', Routes.channelMessage(at.channel, at.message), { body, files }),
        );
      try {
        return void (await editAt({ channel, message }));
      } catch (error) {
        // A card in its channel has no other place.
        if (!isShut(error) || place.thread === null) throw error;
      }
      const note = `discord.message.${message}`;
      const moved = await memory.note(note);
      if (moved !== null) return void (await editAt(readAddress(moved)));
      await memory.setNote(note, await intoThread(card, place, note));
    },

    async find(place, dedupe) {
      try {
        const channel = await channels.lookIn(place);
        if (channel === null) return { found: 'no' };
        const isOurs = ({ components = [] }: APIMessage) => components[0]?.id === markOf(dedupe);
        const { type } = await channels.get(channel);
        if (isForum(type)) return await findPost(channel, isOurs);
        const query = { limit: String(lookMost) };
        const all = (await api.call('get', Routes.channelMessages(channel), { query })) as APIMessage[];
        const own = all.find(isOurs);
        if (own !== undefined) return { found: 'yes', address: addressOf({ channel, message: own.id }) };
        return { found: all.length < lookMost ? 'no' : 'unknown' };
      } catch (error) {
        if (isRefusal(error, refusals.unknownChannel)) return { found: 'no' };
        return { found: 'unknown' };
      }
    },

    sees: (native, channel) => seeing.sees(native, channel),
  };
}

/** Discord's ids grow. */
const newestFirst = (a: Post, b: Post) => (BigInt(a.id) < BigInt(b.id) ? 1 : -1);

/** Nothing can be written there any more. */
const isShut = (error: unknown) =>
  isRefusal(error, refusals.archived, refusals.locked, refusals.unknownChannel);

/** A forum may ask for a tag: the first that is not its moderators' own. */
function tagsFor(forum: APIChannel): string[] {
  if (!('available_tags' in forum) || ((forum.flags ?? 0) & ChannelFlags.RequireTag) === 0) return [];
  const tag = forum.available_tags.find(({ moderated }) => !moderated) ?? forum.available_tags[0];
  return tag === undefined ? [] : [tag.id];
}

const threadName = (card: Card): string => plainLine(card.title, limits.threadName.most);
