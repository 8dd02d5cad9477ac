import type { Card } from '../card.ts';
import type { Block } from './blocks.ts';
import type { Charts } from './charts.ts';
import type { Direct } from './direct.ts';
import { isOfBlocks } from './features.ts';
import { messagesOf } from './message.ts';
import { codeOf, SlackRefusal, type WebApi } from './web-api.ts';

/** Where a private answer goes, from the best way to the last one. */
export interface PrivateWay {
  /** Slack's address for answers to this; null: it gave none. */
  readonly responseUrl: string | null;
  /** The card that was pressed on is private itself, so the answer takes its place. */
  readonly replaces: boolean;
  readonly channel: string;
  readonly thread: string | null;
  readonly user: string;
}

export interface PrivateParts {
  readonly api: WebApi;
  readonly direct: Direct;
  readonly charts: Charts;
  readonly fetch: typeof globalThis.fetch;
  readonly log: { warn(detail: object, says: string): void };
}

/** Slack takes five answers at such an address. */
const answersMost = 5;

/** Tells one person something that nobody else sees, as ephemeral messages, and if that cannot be in their direct messages. */
export function createPrivate(
  { api, direct, charts, fetch, log }: PrivateParts,
  way: PrivateWay,
): (card: Card) => Promise<void> {
  let answered = 0;
  let sent = 0;

  /** False: not in this way. Throws where Slack takes the way and not the blocks. */
  async function respond(message: object): Promise<boolean> {
    if (way.responseUrl === null || answered >= answersMost) return false;
    answered += 1;
    const replace = way.replaces && sent === 0;
    try {
      const response = await fetch(way.responseUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          ...message,
          response_type: 'ephemeral',
          replace_original: replace,
          ...(way.thread === null ? {} : { thread_ts: way.thread }),
        }),
      });
      if (response.ok) sent += 1;
      else if ((await response.text()).includes('invalid_blocks'))
        throw new SlackRefusal('an answer', 'invalid_blocks', { sent: 'no', again: false });
      return response.ok;
    } catch (error) {
      if (error instanceof SlackRefusal) throw error;
      return false;
    }
  }

  async function ephemeral(text: string, blocks: readonly object[]): Promise<void> {
    const { channel, thread, user } = way;
    const more = { text, blocks: [...blocks] as never, parse: 'none', link_names: false } as const;
    try {
      await api.call(
        'chat.postEphemeral',
        null,
        (client) =>
          client.chat.postEphemeral({
            channel,
            user,
            ...(thread === null ? {} : { thread_ts: thread }),
            ...more,
          }),
        'prompt',
      );
    } catch (error) {
      const code = codeOf(error);
      if (code === '' || isOfBlocks(code)) throw error;
      // They are not in the channel, or this is no place for such messages: they alone see their direct messages.
      const to = await direct.with(user);
      await api.call('chat.postMessage', to, (client) =>
        client.chat.postMessage({ channel: to, ...more, unfurl_links: false, unfurl_media: false }),
      );
    }
  }

  const tell = async (text: string, blocks: readonly Block[]) => {
    if (!(await respond({ text, blocks }))) await ephemeral(text, blocks);
  };

  return async (card) => {
    const files = await charts.of([card], 'private pictures', 'prompt');
    const drawing = { plan: false, tables: false, files: false, charts: files, most: null };
    for (const { text, blocks } of messagesOf(card, drawing).messages) {
      try {
        await charts.sending(blocks, 'private pictures', (these) => tell(text, these));
      } catch (error) {
        log.warn({ err: error }, 'somebody could not be told something privately');
      }
    }
  };
}
