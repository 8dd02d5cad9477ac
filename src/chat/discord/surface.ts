import { createHash } from 'node:crypto';
import { type APIMessage, MessageFlags, type RawFile, Routes } from 'discord.js';
import type { Card } from '../card.ts';
import type { Pictures } from '../picture.ts';
import { type Surface, SurfaceFailure } from '../port.ts';
import { type Api, isRefusal, refusals } from './api.ts';
import { addressOf, type Channels, readAddress } from './channels.ts';
import type { CustomIds } from './custom-ids.ts';
import { plainLine } from './inert.ts';
import { limits } from './limits.ts';
import { type Button, chartName, messageOf, noticeOf } from './message.ts';
import type { Seeing } from './seeing.ts';

export interface SurfaceParts {
  readonly api: Api;
  readonly channels: Channels;
  readonly ids: CustomIds;
  readonly pictures: Pictures;
  readonly seeing: Seeing;
}

/** Of messages that are looked through for one of ours. */
const lookMost = 100;
const titlesMost = 1_000;
const quiet = { parse: [] };

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
export function createDraw({ ids, pictures }: Pick<SurfaceParts, 'ids' | 'pictures'>): Draw {
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
  ids,
  pictures,
  seeing,
}: SurfaceParts): Omit<Surface, 'nameOf' | 'fetchFile'> {
  const draw = createDraw({ ids, pictures });
  /** What cards are called that stand in channels: a thread that begins under one has its name. */
  const titles = new Map<string, string>();

  function named(address: string, card: Card): string {
    if (titles.size >= titlesMost) titles.clear();
    titles.set(address, threadName(card));
    return address;
  }

  /** A thread that was put away is woken; where that is not ours to do, what follows stands beside its head. */
  async function awake<T>(channel: string, send: () => Promise<T>, locked: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      if (!isRefusal(error, refusals.archived)) throw error;
      return (await channels.wake(channel)) ? await send() : await locked();
    }
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
    const body = { name: threadName(card), message: json };
    const made = (await api.call('post', Routes.threads(forum), { body, files })) as { id: string };
    return addressOf({ channel: made.id, message: made.id });
  }

  return {
    name: 'discord',
    // Five edits of a channel's messages in five seconds, shared by the runs in it.
    editEveryMs: 2_000,

    async post(card, place, dedupe) {
      const target = await channels.target(place, titles.get(place.thread ?? '') ?? threadName(card));
      if (target.into === 'forum') return await createPost(target.channel, card, dedupe);
      const { channel } = target;
      if (target.into === 'replies') return await create(channel, card, dedupe, target.to);
      return await awake(
        channel,
        async () => named(await create(channel, card, dedupe, null), card),
        async () => {
          const head = readAddress(place.thread ?? '');
          return await create(head.channel, card, dedupe, head.message);
        },
      );
    },

    async edit(card, _place, address) {
      const { channel, message } = readAddress(address);
      const { json, files } = await draw(card);
      const body = { ...json, content: null };
      const send = () => api.call('patch', Routes.channelMessage(channel, message), { body, files });
      await awake(channel, send, () => Promise.resolve(null));
    },

    async find(place, dedupe) {
      try {
        const channel = await channels.lookIn(place);
        if (channel === null) return { found: 'no' };
        const query = { limit: String(lookMost) };
        const all = (await api.call('get', Routes.channelMessages(channel), { query })) as APIMessage[];
        const mark = markOf(dedupe);
        const own = all.find(({ components = [] }) => components[0]?.id === mark);
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

const threadName = (card: Card): string => plainLine(card.title, limits.threadName.most);
