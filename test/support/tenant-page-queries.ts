import type { Tx } from '../../src/store/port.ts';
import * as messages from '../../src/store/web-messages.ts';
import * as sessions from '../../src/store/web-sessions.ts';
import { rowFor } from './tenant-rows.ts';

/** Queries of the page, asked by workspace `w` with the ids of `ws_a`. */
export const ofPage: Record<string, (tx: Tx, w: string) => Promise<unknown>> = {
  nextRev: messages.nextRev,
  newestRev: messages.newestRev,
  insertMessage: (tx, w) =>
    messages.insertMessage(tx, {
      ...rowFor('web_messages', w),
      id: 'new',
      dedupe: 'new',
      member_id: null,
      only_for: null,
    }),
  messageByDedupe: (tx, w) => messages.messageByDedupe(tx, w, 'dedupe_a'),
  messageById: (tx, w) => messages.messageById(tx, w, 'message_a'),
  changeMessage: (tx, w) => messages.changeMessage(tx, w, 'message_a', { rev: 9 }),
  removePrivate: (tx, w) => messages.removePrivate(tx, w, 'member_a', 'message_a'),
  messagesIn: (tx, w) =>
    messages.messagesIn(tx, w, 'member_a', { channel: 'channel_a', thread: null, before: null }, 9),
  readMessage: (tx, w) => messages.readMessage(tx, w, 'member_a', 'message_a'),
  messagesAfter: (tx, w) => messages.messagesAfter(tx, w, 'member_a', 0, 9),
  channelsOf: (tx, w) => messages.channelsOf(tx, w, 'slack'),
  insertSession: (tx, w) =>
    sessions.insertSession(tx, { ...rowFor('web_sessions', w), id: 'new', token_hash: 'new' }),
  changeSession: (tx, w) => sessions.changeSession(tx, w, 'session_a', { seen_at: 9 }),
  insertLink: (tx, w) => sessions.insertLink(tx, { ...rowFor('web_links', w), id: 'new', token_hash: 'new' }),
  useLink: (tx, w) => sessions.useLink(tx, w, 'link_a', 9),
};
