import { beginUpload, endUpload, pictureProblem } from './files.ts';
import type { Tier } from './rates.ts';
import { blocksProblem, lengthOf, messageCeiling, readView } from './shapes.ts';
import { botId, botUser, type FakeMessage, type SlackState, team, type Upload } from './state.ts';

type Args = Readonly<Record<string, unknown>>;
export type Answer = Readonly<Record<string, unknown>> & { readonly ok: boolean };

/** One method of the Web API: what it takes, how often, which scope it needs, and what it does. */
export interface Method {
  readonly tier: Tier;
  /** `read` and `history` are of channels, groups or direct messages: by where it is. */
  readonly scope: string | null;
  readonly args: readonly string[];
  run(state: SlackState, args: Args): Answer;
}

const no = (error: string, more: object = {}): Answer => ({ ok: false, error, ...more });
const textOf = (value: unknown) => (typeof value === 'string' ? value : '');

/** Where the bot may post; a word of Slack's where not. */
function channelProblem(state: SlackState, id: string, archived = 'is_archived'): string | null {
  const channel = state.channels.get(id);
  const isMember = channel?.members.has(botUser) === true;
  if (channel === undefined || (channel.hidden === true && !isMember)) return 'channel_not_found';
  if (channel.archived) return archived;
  return isMember ? null : 'not_in_channel';
}

/** The scope that a call needs where it is made. */
export function scopeOf({ scope }: Method, state: SlackState, args: Args): string | null {
  if (scope !== 'history' && scope !== 'read') return scope;
  const channel = textOf(args.channel);
  if (channel.startsWith('D')) return `im:${scope}`;
  return `${state.channels.get(channel)?.hidden === true ? 'groups' : 'channels'}:${scope}`;
}

/** Of a message that is posted; one that is edited may be shorter only. */
const postedText = 40_000;
const editedText = 4_000;

export function contentProblem(
  state: SlackState,
  { text, blocks, metadata }: Args,
  most = postedText,
  place: 'message' | 'private' = 'message',
): Answer | null {
  const hasBlocks = Array.isArray(blocks) && blocks.length > 0;
  if (textOf(text) === '' && !hasBlocks) return no('no_text');
  if (textOf(text).length > most) return no('msg_too_long');
  const { event_type: type, event_payload: payload } = (metadata ?? {}) as Record<string, unknown>;
  if (metadata !== undefined && (typeof type !== 'string' || typeof payload !== 'object'))
    return no('invalid_metadata_format');
  if (blocks === undefined) return null;
  const problem =
    blocksProblem(blocks, { plan: state.plan, tables: state.tables }) ?? pictureProblem(state, blocks, place);
  if (problem !== null)
    return no('invalid_blocks', { response_metadata: { messages: [`[ERROR] ${problem}`] } });
  return lengthOf(blocks) > messageCeiling ? no('msg_blocks_too_long') : null;
}

const shown = (message: FakeMessage, metadata: boolean) => ({
  type: 'message',
  ts: message.ts,
  ...(message.thread === null ? {} : { thread_ts: message.thread }),
  user: message.user,
  ...(message.isBot ? { bot_id: botId } : {}),
  text: message.text,
  blocks: message.blocks,
  ...(metadata && message.metadata !== undefined ? { metadata: message.metadata } : {}),
});

/** A file as messages and modals tell of it; its type is the word of whoever shared it. */
export const fileJson = ({ id, name, url, bytes }: Upload) => ({
  ...{ id, name, title: name, mimetype: 'text/plain', size: bytes.length },
  ...{ url_private: url, url_private_download: url },
});

const content = ['text', 'blocks', 'parse', 'link_names'];

export const methods: Readonly<Record<string, Method>> = {
  'auth.test': {
    tier: 'none',
    scope: null,
    args: [],
    run: () => ({
      ok: true,
      team: 'Acme',
      team_id: team,
      user: 'crewsmith',
      user_id: botUser,
      bot_id: botId,
    }),
  },

  'chat.postMessage': {
    tier: 'post',
    scope: 'chat:write',
    args: [...content, 'channel', 'thread_ts', 'metadata', 'unfurl_links', 'unfurl_media', 'reply_broadcast'],
    run(state, args) {
      const channel = textOf(args.channel);
      const problem = channelProblem(state, channel);
      if (problem !== null) return no(problem);
      const wrong = contentProblem(state, args);
      if (wrong !== null) return wrong;
      const thread = args.thread_ts === undefined ? null : textOf(args.thread_ts);
      const parent = state.messages.find((m) => m.channel === channel && m.ts === thread);
      // A reply to a reply would stand where nobody finds it.
      if (thread !== null && (parent === undefined || parent.thread !== null)) return no('thread_not_found');
      const message: FakeMessage = {
        channel,
        ts: state.nextTs(),
        thread,
        user: botUser,
        isBot: true,
        text: textOf(args.text),
        blocks: (args.blocks ?? []) as FakeMessage['blocks'],
        metadata: args.metadata,
        edits: 0,
      };
      state.messages.push(message);
      return { ok: true, channel, ts: message.ts, message: shown(message, false) };
    },
  },

  'chat.update': {
    tier: 3,
    scope: 'chat:write',
    args: [...content, 'channel', 'ts', 'metadata'],
    run(state, args) {
      const channel = textOf(args.channel);
      const problem = channelProblem(state, channel, 'is_inactive');
      if (problem !== null) return no(problem);
      const message = state.messages.find((m) => m.channel === channel && m.ts === args.ts);
      if (message === undefined) return no('message_not_found');
      if (message.user !== botUser) return no('cant_update_message');
      const wrong = contentProblem(state, args, editedText);
      if (wrong !== null) return wrong;
      message.text = textOf(args.text);
      // Left out, they stay.
      if (args.blocks !== undefined) message.blocks = args.blocks as FakeMessage['blocks'];
      message.edits += 1;
      return { ok: true, channel, ts: message.ts, text: message.text };
    },
  },

  'chat.postEphemeral': {
    tier: 4,
    scope: 'chat:write',
    args: [...content, 'channel', 'user', 'thread_ts'],
    run(state, args) {
      const problem = channelProblem(state, textOf(args.channel));
      if (problem !== null) return no(problem);
      const user = textOf(args.user);
      if (state.channels.get(textOf(args.channel))?.members.has(user) !== true)
        return no('user_not_in_channel');
      const wrong = contentProblem(state, args, postedText, 'private');
      if (wrong !== null) return wrong;
      const ts = state.nextTs();
      const blocks = (args.blocks ?? []) as FakeMessage['blocks'];
      const thread = args.thread_ts === undefined ? null : textOf(args.thread_ts);
      state.privates.push({
        channel: textOf(args.channel),
        user,
        ts,
        thread,
        text: textOf(args.text),
        blocks,
      });
      return { ok: true, message_ts: ts };
    },
  },

  'conversations.open': {
    tier: 3,
    scope: 'im:write',
    args: ['users'],
    run(state, args) {
      const user = textOf(args.users);
      const known = state.users.get(user);
      if (known === undefined) return no('user_not_found');
      if (known.standing === 'deleted') return no('user_disabled');
      const id = `D${user.slice(1)}`;
      if (!state.channels.has(id))
        state.channels.set(id, {
          id,
          name: 'directmessage',
          members: new Set([botUser, user]),
          archived: false,
        });
      return { ok: true, channel: { id } };
    },
  },

  'conversations.history': {
    tier: 3,
    scope: 'history',
    args: ['channel', 'limit', 'include_all_metadata', 'oldest', 'latest', 'cursor'],
    run(state, args) {
      const problem = channelProblem(state, textOf(args.channel));
      if (problem !== null) return no(problem);
      const all = state.messages.filter((m) => m.channel === args.channel && m.thread === null).toReversed();
      const limit = Number(args.limit ?? 100);
      const messages = all.slice(0, limit).map((m) => shown(m, args.include_all_metadata === true));
      return { ok: true, messages, has_more: all.length > limit };
    },
  },

  'conversations.replies': {
    tier: 3,
    scope: 'history',
    args: ['channel', 'ts', 'limit', 'include_all_metadata', 'oldest', 'latest', 'cursor'],
    run(state, args) {
      const problem = channelProblem(state, textOf(args.channel));
      if (problem !== null) return no(problem);
      const all = state.messages.filter(
        (m) => m.channel === args.channel && (m.ts === args.ts || m.thread === args.ts),
      );
      if (all.length === 0) return no('thread_not_found');
      const limit = Number(args.limit ?? 1_000);
      const messages = all.slice(0, limit).map((m) => shown(m, args.include_all_metadata === true));
      return { ok: true, messages, has_more: all.length > limit };
    },
  },

  'conversations.members': {
    tier: 4,
    scope: 'read',
    args: ['channel', 'limit', 'cursor'],
    run(state, args) {
      const problem = channelProblem(state, textOf(args.channel));
      // Who is in a public channel may be asked from outside.
      if (problem === 'channel_not_found') return no(problem);
      const members = [...(state.channels.get(textOf(args.channel))?.members ?? [])];
      return { ok: true, members, response_metadata: { next_cursor: '' } };
    },
  },

  'users.info': {
    tier: 4,
    scope: 'users:read',
    args: ['user'],
    run(state, args) {
      const user = state.users.get(textOf(args.user));
      if (user === undefined) return no('user_not_found');
      const { id, name, standing } = user;
      const is = {
        is_restricted: standing === 'guest',
        is_stranger: standing === 'stranger',
        is_bot: standing === 'bot',
        deleted: standing === 'deleted',
      };
      return {
        ok: true,
        user: { id, team_id: user.team, name: name.toLowerCase(), real_name: name, ...is },
      };
    },
  },

  'conversations.info': {
    tier: 3,
    scope: 'read',
    args: ['channel'],
    run(state, args) {
      const problem = channelProblem(state, textOf(args.channel));
      if (problem === 'channel_not_found') return no(problem);
      const { id = '', name = '', hidden = false } = state.channels.get(textOf(args.channel)) ?? {};
      return { ok: true, channel: { id, name, is_private: hidden } };
    },
  },

  'files.info': {
    tier: 4,
    scope: 'files:read',
    args: ['file'],
    run(state, args) {
      const file = state.shared.find(({ id }) => id === args.file);
      return file === undefined ? no('file_not_found') : { ok: true, file: fileJson(file) };
    },
  },

  'views.open': {
    tier: 4,
    scope: null,
    args: ['trigger_id', 'view'],
    run(state, args) {
      const trigger = state.triggers.get(textOf(args.trigger_id));
      if (trigger === undefined) return no('invalid_trigger_id');
      if (trigger.used) return no('exchanged_trigger_id');
      if (state.clock.now() - trigger.at > 3_000) return no('expired_trigger_id');
      const read = readView(args.view);
      if ('problem' in read)
        return no('invalid_arguments', { response_metadata: { messages: [read.problem] } });
      trigger.used = true;
      const opened = { id: state.nextId('V'), user: trigger.user, view: read.view, open: true };
      state.views.push(opened);
      return { ok: true, view: { id: opened.id, ...read.view } };
    },
  },

  'views.publish': {
    tier: 4,
    scope: null,
    args: ['user_id', 'view', 'hash'],
    run(state, args) {
      const read = readView(args.view);
      if ('problem' in read)
        return no('invalid_arguments', { response_metadata: { messages: [read.problem] } });
      if (read.view.type !== 'home') return no('invalid_arguments');
      const picture = pictureProblem(state, read.view.blocks, 'home');
      if (picture !== null) return no('invalid_arguments', { response_metadata: { messages: [picture] } });
      if (!state.users.has(textOf(args.user_id))) return no('user_not_found');
      state.homes.set(textOf(args.user_id), read.view);
      return { ok: true, view: { id: state.nextId('V'), ...read.view } };
    },
  },

  'views.update': {
    tier: 4,
    scope: null,
    args: ['view_id', 'view', 'hash'],
    run(state, args) {
      const found = state.views.find((v) => v.id === args.view_id && v.open);
      if (found === undefined) return no('not_found');
      const read = readView(args.view);
      if ('problem' in read)
        return no('invalid_arguments', { response_metadata: { messages: [read.problem] } });
      found.view = read.view;
      return { ok: true, view: { id: found.id, ...read.view } };
    },
  },

  'files.getUploadURLExternal': {
    tier: 4,
    scope: 'files:write',
    args: ['filename', 'length', 'alt_text', 'snippet_type'],
    run: beginUpload,
  },

  'files.completeUploadExternal': {
    tier: 4,
    scope: 'files:write',
    args: ['files', 'channel_id', 'thread_ts', 'initial_comment'],
    run(state, args) {
      const problem = args.channel_id === undefined ? null : channelProblem(state, textOf(args.channel_id));
      return problem === null ? endUpload(state, args) : no(problem);
    },
  },
};
