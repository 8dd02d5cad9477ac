import type { Card } from '../card.ts';
import { plainText } from '../card-words.ts';
import { type Found, type Place, type Surface, SurfaceFailure } from '../port.ts';
import { type Block, userOf } from './blocks.ts';
import { type Charts, noFiles } from './charts.ts';
import type { Direct } from './direct.ts';
import type { Features } from './features.ts';
import { limits } from './limits.ts';
import { type Drawing, type Message, type Messages, messagesOf } from './message.ts';
import { clipped, escaped } from './mrkdwn.ts';
import { codeOf, type WebApi } from './web-api.ts';

export interface SurfaceParts {
  readonly api: WebApi;
  readonly features: Features;
  readonly charts: Charts;
  readonly direct: Direct;
  readonly log: { warn(detail: object, says: string): void };
  /** Told of each channel whether it took a message of ours, or we are not in it. */
  readonly reached: (channel: string, inside: boolean) => Promise<void>;
}

type File = NonNullable<Messages['file']>;

/** Blocks that not every Slack knows, each with how a card is drawn without it. */
const newBlocks = [
  { block: 'plan', feature: 'plan blocks', without: { plan: false } },
  { block: 'table', feature: 'tables', without: { tables: false } },
] as const;

/** Of messages that are looked through for one of ours. */
const lookMost = 100;
const event = 'crewsmith_card';

/** Slack as a surface: cards are Block Kit, a long one is several messages whose addresses stand in one. */
export function createSlackSurface({
  api,
  features,
  charts,
  direct,
  log,
  reached,
}: SurfaceParts): Omit<Surface, 'nameOf' | 'fetchFile' | 'isClosed'> {
  const channelOf = async ({ channel }: Place): Promise<string> =>
    channel.startsWith('@') ? await direct.with(channel) : channel;

  const drawn = (card: Card, of: Partial<Drawing> = {}): Messages =>
    messagesOf(card, {
      plan: features.has('plan blocks'),
      tables: features.has('tables'),
      files: features.has('file uploads'),
      charts: noFiles,
      most: null,
      ...of,
    });

  /** What Slack makes of the blocks is its own; where it will not have them, they go out plainer and the block is logged. */
  async function sendingPlainer<T>(
    card: Card,
    message: Message,
    part: number,
    send: (text: string, blocks: readonly Block[]) => Promise<T>,
  ): Promise<T> {
    try {
      return await charts.sending(message.blocks, 'pictures', (blocks) => send(message.text, blocks));
    } catch (error) {
      if (!isOfShape(error)) throw error;
      for (const { block, feature, without } of newBlocks) {
        if (!message.blocks.some(({ type }) => type === block)) continue;
        const plainer = drawn(card, without).messages[part];
        if (plainer === undefined) continue;
        const sent = await send(message.text, plainer.blocks).catch((refused: unknown) => {
          if (!isOfShape(refused)) throw refused;
          return null;
        });
        // It was that block alone that Slack would not have.
        if (sent !== null) {
          features.note(feature, error);
          return sent;
        }
      }
      log.warn(
        { code: codeOf(error), blocks: message.blocks },
        'Slack refused the blocks of a card; it goes out as plain text',
      );
      const text = clipped(escaped(plainText(card)), limits.notification.most);
      const buttons = message.blocks.filter((block) => block.type === 'actions');
      return await send(text, buttons).catch((refused: unknown) => {
        if (!isOfShape(refused) || buttons.length === 0) throw refused;
        return send(text, []);
      });
    }
  }

  /** What Slack keeps with a message, by which it is found again. */
  interface Mark {
    readonly id: string;
    readonly part: number;
    readonly of: number;
  }

  const postOne = (channel: string, thread: string | null, message: Message, card: Card, mark: Mark) =>
    sendingPlainer(card, message, mark.part, (text, blocks) =>
      api.call('chat.postMessage', channel, (client) =>
        client.chat.postMessage({
          channel,
          ...(thread === null ? {} : { thread_ts: thread }),
          text,
          blocks: [...blocks],
          metadata: { event_type: event, event_payload: { ...mark } },
          ...quiet,
        }),
      ),
    );

  /** Beside its card: as a file, or else all of it as messages in the thread, so that nothing of it is lost. */
  async function putWhole(channel: string, thread: string, card: Card, dedupe: string, file: File) {
    try {
      await api.call(
        'files.uploadV2',
        null,
        (client) =>
          client.filesUploadV2({
            channel_id: channel,
            thread_ts: thread,
            filename: file.name,
            title: file.name,
            content: file.text,
          }),
        'twice',
      );
      return;
    } catch (error) {
      if (!features.note('file uploads', error))
        log.warn({ err: error }, 'a file could not be put beside its card; its text goes into the thread');
    }
    const whole = { ...card, title: `${card.title} · the whole text`, status: '', actions: [], foot: '' };
    const { messages } = drawn(whole, { files: false });
    const of = messages.length;
    try {
      for (const [part, message] of messages.entries())
        await postOne(channel, thread, message, whole, { id: `${dedupe}:whole`, part, of });
    } catch (error) {
      log.warn({ err: error }, 'the text of a shortened card could not be put beside it');
    }
  }

  return {
    name: 'slack',
    // `chat.update` is of tier 3, about 50 a minute in all.
    editEveryMs: 1_500,

    async post(card, place, dedupe) {
      const channel = await channelOf(place);
      const { messages, file } = drawn(card, { charts: await charts.of([card], 'pictures') });
      const of = messages.length;
      let parent = place.thread;
      const addresses: string[] = [];
      for (const [part, message] of messages.entries()) {
        const payload = { id: dedupe, part, of };
        const sent = await postOne(channel, parent, message, card, payload).catch(async (error: unknown) => {
          if (error instanceof SurfaceFailure && error.outside) await reached(channel, false);
          // Its beginning stands; whether that is all is for the next look to find out.
          if (part > 0 && error instanceof SurfaceFailure)
            throw new SurfaceFailure(error.message, { ...error, sent: 'unknown', outside: false });
          throw error;
        });
        const ts = sent.ts ?? '';
        addresses.push(ts);
        parent ??= ts;
      }
      await reached(channel, true);
      if (file !== null && parent !== null) await putWhole(channel, parent, card, dedupe, file);
      return addresses.join('+');
    },

    async edit(card, place, address) {
      const channel = await channelOf(place);
      const all = address.split('+');
      const { messages } = drawn(card, { most: all.length, charts: await charts.of([card], 'pictures') });
      for (const [i, ts] of all.entries()) {
        // A card that has become shorter leaves nothing of its old end.
        const message = messages[i] ?? { text: '…', blocks: [] };
        await sendingPlainer(card, message, i, (text, blocks) =>
          api.call('chat.update', null, (client) =>
            client.chat.update({ channel, ts, text, blocks: [...blocks], ...inert }),
          ),
        );
      }
    },

    async find(place, dedupe): Promise<Found> {
      if (!features.has('history')) return { found: 'unknown' };
      try {
        const channel = await channelOf(place);
        const [method, page] =
          place.thread === null ? await historyOf(channel) : await repliesOf(channel, place.thread);
        const parts = new Map<number, string>();
        let of = 1;
        for (const message of page.messages ?? []) {
          const own = ownPayload(message);
          if (own?.id !== dedupe || message.ts === undefined) continue;
          parts.set(own.part, message.ts);
          of = own.of;
        }
        if (parts.size === 0) return { found: page.has_more === true ? 'unknown' : 'no' };
        // In a channel the rest of a long card stands in its thread.
        if (parts.size < of && method === 'conversations.history') {
          const [, thread] = await repliesOf(channel, parts.get(0) ?? '');
          for (const message of thread.messages ?? []) {
            const own = ownPayload(message);
            if (own?.id === dedupe && message.ts !== undefined) parts.set(own.part, message.ts);
          }
        }
        if (parts.size < of) return { found: 'unknown' };
        const address = [...parts].sort(([a], [b]) => a - b).map(([, ts]) => ts);
        return { found: 'yes', address: address.join('+') };
      } catch (error) {
        features.note('history', error);
        return { found: 'unknown' };
      }
    },

    async sees(native, channel) {
      if (!features.has('members')) return false;
      try {
        const page = await api.call('conversations.members', null, (client) =>
          client.conversations.members({ channel, limit: 1_000 }),
        );
        return page.members?.includes(userOf(native)) ?? false;
      } catch (error) {
        features.note('members', error);
        return false;
      }
    },
  };

  async function historyOf(channel: string) {
    const page = await api.call(
      'conversations.history',
      null,
      (client) => client.conversations.history({ channel, limit: lookMost, include_all_metadata: true }),
      'twice',
    );
    return ['conversations.history', page as Page] as const;
  }

  async function repliesOf(channel: string, thread: string) {
    const asked = { channel, ts: thread, limit: lookMost * 10, include_all_metadata: true };
    const page = await api.call(
      'conversations.replies',
      null,
      (client) => client.conversations.replies(asked),
      'twice',
    );
    return ['conversations.replies', page as Page] as const;
  }
}

/** Rule S5: nothing in a text becomes a link or a name that Slack finds by itself, and no address is looked up. */
const inert = { parse: 'none', link_names: false } as const;
const quiet = { ...inert, unfurl_links: false, unfurl_media: false } as const;

interface Page {
  readonly messages?: readonly { readonly ts?: string; readonly metadata?: unknown }[];
  readonly has_more?: boolean;
}

function ownPayload(message: {
  readonly metadata?: unknown;
}): { id: string; part: number; of: number } | null {
  const { event_type: type, event_payload: payload } = (message.metadata ?? {}) as {
    event_type?: unknown;
    event_payload?: { id?: unknown; part?: unknown; of?: unknown };
  };
  if (type !== event || typeof payload?.id !== 'string') return null;
  return { id: payload.id, part: Number(payload.part ?? 0), of: Number(payload.of ?? 1) };
}

const shapes = [
  'invalid_blocks',
  'invalid_blocks_format',
  'msg_too_long',
  'msg_blocks_too_long',
  'invalid_attachments',
];

const isOfShape = (error: unknown): boolean => shapes.includes(codeOf(error));
