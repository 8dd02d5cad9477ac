import type { Card } from '../chat/card.ts';
import { type Room, type RoomMessage, type Rooms, saidMost } from '../chat/rooms.ts';
import type { Clock } from '../clock.ts';
import { inert, inertLine } from '../core/inert.ts';
import { refuseKeys } from '../core/pasted-key.ts';
import { CrewsmithError } from '../errors.ts';
import { memberNow } from '../store/linked.ts';
import { accountByNative, channelByNative, findChannel, insertChannel } from '../store/people.ts';
import type { Store, Tx } from '../store/port.ts';
import type { ChannelRow, WebMessageRow } from '../store/schema.ts';
import {
  changeMessage,
  channelsOf,
  insertMessage,
  messageByDedupe,
  messageById,
  messagesAfter,
  messagesIn,
  newestRev,
  nextRev,
  type ReadMessage,
  readMessage,
  removePrivate,
} from '../store/web-messages.ts';
import type { Ids } from './ids.ts';

/** So many messages are shown at once, and so many changes are told one by one. */
const pageSize = 50;
const changesMost = 200;

const webChannelName = /^[a-z0-9][a-z0-9-]{0,31}$/;

/** The rooms of one workspace's page. */
export function createRooms(parts: { store: Store; clock: Clock; ids: Ids; workspace: string }): Rooms {
  const { store, clock, ids, workspace } = parts;
  const watchers = new Set<() => void>();

  const changed = (tx: Tx) =>
    tx.onCommit(() => {
      for (const then of watchers) then();
    });

  /** A new reply changes what the channel shows of its thread. */
  async function touch(tx: Tx, thread: string | null): Promise<void> {
    if (thread !== null) await changeMessage(tx, workspace, thread, { rev: await nextRev(tx, workspace) });
  }

  async function put(
    tx: Tx,
    row: Pick<
      WebMessageRow,
      'channel_id' | 'thread_id' | 'dedupe' | 'member_id' | 'only_for' | 'kind' | 'body' | 'asks'
    >,
  ): Promise<string> {
    const known = await messageByDedupe(tx, workspace, row.dedupe);
    if (known !== undefined) return known.id;
    const id = ids.next('message');
    const rest = { rev: await nextRev(tx, workspace), created_at: clock.now(), edited_at: null };
    await insertMessage(tx, { ...row, ...rest, id, workspace_id: workspace });
    await touch(tx, row.thread_id);
    changed(tx);
    return id;
  }

  return {
    async channels() {
      return (await store.read((tx) => channelsOf(tx, workspace, 'web'))).map(roomOf);
    },

    async addChannel(typed) {
      refuseKeys([typed]);
      const name = inertLine(typed).replace(/^#/, '').toLowerCase().replaceAll(' ', '-');
      if (!webChannelName.test(name)) throw new CrewsmithError('channel.name', { name });
      return await store.transact(async (tx) => {
        const created = {
          id: ids.next('channel'),
          workspace_id: workspace,
          surface: 'web',
          created_at: clock.now(),
        };
        await insertChannel(tx, { ...created, native: name, name, direct: 0 });
        const row = await channelByNative(tx, workspace, 'web', name);
        if (row === undefined)
          throw new CrewsmithError('internal.impossible', { what: `no channel ${name}` });
        changed(tx);
        return roomOf(row);
      });
    },

    async page(reader, place) {
      const rows = await store.read((tx) => messagesIn(tx, workspace, reader, place, pageSize + 1));
      return { messages: rows.slice(-pageSize).map(messageOf), earlier: rows.length > pageSize };
    },

    async message(reader, id) {
      const row = await store.read((tx) => readMessage(tx, workspace, reader, id));
      return row === undefined ? null : messageOf(row);
    },

    async changes(reader, rev) {
      const rows = await store.read((tx) => messagesAfter(tx, workspace, reader, rev, changesMost + 1));
      return rows.length > changesMost ? null : rows.map(messageOf);
    },

    newest: () => store.read((tx) => newestRev(tx, workspace)),

    async say({ channel, thread, member, text, dedupe }) {
      refuseKeys([text]);
      if (text.length > saidMost) throw new CrewsmithError('message.long', { most: saidMost });
      const id = await store.transact(async (tx) => {
        await mustBeThere(tx, workspace, channel, thread);
        return await put(tx, {
          channel_id: channel,
          thread_id: thread,
          dedupe,
          member_id: member,
          only_for: null,
          kind: 'said',
          body: JSON.stringify({ text: inert(text).trim() }),
          asks: 0,
        });
      });
      const row = await store.read((tx) => readMessage(tx, workspace, member, id));
      if (row === undefined) throw new CrewsmithError('internal.impossible', { what: `no message ${id}` });
      return messageOf(row);
    },

    async tell({ channel, thread, member, asked, card, dedupe }) {
      await store.transact(async (tx) => {
        await mustBeThere(tx, workspace, channel, thread);
        await put(tx, {
          channel_id: channel,
          thread_id: thread,
          dedupe,
          member_id: null,
          only_for: member,
          kind: 'card',
          body: JSON.stringify({ asked, card }),
          asks: 0,
        });
      });
    },

    async tellInstead(member, id, card) {
      return await store.transact(async (tx) => {
        const before = await messageById(tx, workspace, id);
        if (before === undefined || before.only_for === null) return false;
        if ((await memberNow(tx, workspace, before.only_for)) !== member) return false;
        const { asked } = JSON.parse(before.body) as Told;
        const rev = await nextRev(tx, workspace);
        await changeMessage(tx, workspace, id, {
          body: JSON.stringify({ asked, card }),
          edited_at: clock.now(),
          rev,
        });
        changed(tx);
        return true;
      });
    },

    async putAway(member, id) {
      await store.transact(async (tx) => {
        await removePrivate(tx, workspace, member, id);
      });
    },

    async post(card, room, thread, dedupe) {
      return await store.transact(async (tx) => {
        const reader = room.startsWith('@')
          ? await accountByNative(tx, workspace, 'web', room.slice(1))
          : null;
        // The page has no conversation of two: what is for one person stands in the first channel, for them alone.
        const channel =
          reader === null
            ? await channelByNative(tx, workspace, 'web', room)
            : (await channelsOf(tx, workspace, 'web'))[0];
        if (
          channel === undefined ||
          reader === undefined ||
          !(await isThere(tx, workspace, channel.id, thread))
        )
          return null;
        return await put(tx, {
          channel_id: channel.id,
          thread_id: thread,
          dedupe,
          member_id: null,
          only_for: reader?.member_id ?? null,
          kind: 'card',
          body: JSON.stringify({ asked: null, card }),
          asks: reader === null ? asksIn(card) : 0,
        });
      });
    },

    async edit(card, id) {
      return await store.transact(async (tx) => {
        const before = await messageById(tx, workspace, id);
        if (before === undefined) return false;
        const asks = asksIn(card);
        const rev = await nextRev(tx, workspace);
        await changeMessage(tx, workspace, id, {
          body: JSON.stringify({ asked: null, card }),
          asks,
          edited_at: clock.now(),
          rev,
        });
        if (asks !== before.asks) await touch(tx, before.thread_id);
        changed(tx);
        return true;
      });
    },

    async find(dedupe) {
      return (await store.read((tx) => messageByDedupe(tx, workspace, dedupe)))?.id ?? null;
    },

    watch(then) {
      watchers.add(then);
      return () => watchers.delete(then);
    },
  };
}

async function isThere(tx: Tx, workspace: string, channel: string, thread: string | null): Promise<boolean> {
  const room = await findChannel(tx, workspace, channel);
  if (room?.surface !== 'web') return false;
  if (thread === null) return true;
  const parent = await messageById(tx, workspace, thread);
  return parent?.channel_id === channel && parent.thread_id === null;
}

async function mustBeThere(tx: Tx, workspace: string, channel: string, thread: string | null): Promise<void> {
  if (!(await isThere(tx, workspace, channel, thread)))
    throw new CrewsmithError('channel.unknown', { channel });
}

/** A card as it is stored: with what its reader typed for it. */
interface Told {
  readonly asked: string | null;
  readonly card: Card;
}

const asksIn = (card: Card): 0 | 1 => (card.actions.some(({ press }) => press.do === 'approve') ? 1 : 0);

const roomOf = (row: ChannelRow): Room => ({ id: row.id, name: row.name });

function messageOf(row: ReadMessage): RoomMessage {
  const said = row.kind === 'said';
  return {
    id: row.id,
    channel: row.channel_id,
    thread: row.thread_id,
    by: row.member_id === null ? null : { member: row.member_id, name: row.author ?? '' },
    isPrivate: row.only_for !== null,
    content: said
      ? { kind: 'said', text: (JSON.parse(row.body) as { text: string }).text }
      : { kind: 'card', ...(JSON.parse(row.body) as Told) },
    at: row.created_at,
    rev: row.rev,
    replies: row.replies,
    lastReplyAt: row.last_reply_at,
    threadAsks: row.thread_asks === 1,
  };
}
