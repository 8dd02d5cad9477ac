import type { APIMessageTopLevelComponent } from 'discord.js';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type Answered, invalid, type Request, refused } from './answered.ts';
import { permissionProblem } from './permissions.ts';
import { messageProblem } from './shapes.ts';
import { botUser, type DiscordState, type FakeChannel, type FakeMessage, guild } from './state.ts';

const ok = (body: unknown): Answered => ({ status: 200, body });

/** A nonce holds for some minutes. */
const nonceMs = 120_000;

export function post(state: DiscordState, request: Request, channel: string): Answered {
  const problem = permissionProblem(state, channel, 'post');
  if (problem !== null) return problem;
  if ([15, 16].includes(state.channels.get(channel)?.type ?? 0))
    return refused(400, 50_008, 'Cannot send messages in a non-text channel');
  const body = isObject(request.body as JsonObject) ? (request.body as JsonObject) : {};
  const shape = messageProblem(
    body,
    request.files.map((f) => f.name),
  );
  if (shape !== null) return invalid(shape);
  const nonce = typeof body.nonce === 'string' ? body.nonce : null;
  const before = state.messages.find(
    (m) => nonce !== null && m.nonce === nonce && m.channel === channel && state.clock.now() - m.at < nonceMs,
  );
  if (before !== undefined && body.enforce_nonce === true) return ok(messageJson(before));
  const message = made(state, channel, request, state.nextId());
  state.messages.push(message);
  return ok(messageJson(message));
}

export function made(
  state: DiscordState,
  channel: string,
  request: Pick<Request, 'body' | 'files'>,
  id: string,
  only: string | null = null,
): FakeMessage {
  const body = isObject(request.body as JsonObject) ? (request.body as JsonObject) : {};
  const content = typeof body.content === 'string' ? body.content : '';
  const reference = isObject(body.message_reference ?? null) ? (body.message_reference as JsonObject) : null;
  const allowed = isObject(body.allowed_mentions ?? null) ? (body.allowed_mentions as JsonObject) : null;
  const text = `${content} ${JSON.stringify(body.components ?? '')}`;
  const listed = (of: unknown) => (Array.isArray(of) ? of.map(String) : []);
  const users = listed(allowed?.users).filter((user) => text.includes(`<@${user}>`));
  const roles = listed(allowed?.roles).filter((role) => text.includes(`<@&${role}>`));
  const everybody = allowed === null ? (text.match(/@everyone|@here|<@&?\d+>/g) ?? []) : [];
  return {
    ...{ id, channel, author: botUser, only, content, at: state.clock.now() },
    nonce: typeof body.nonce === 'string' ? body.nonce : null,
    replyTo: reference === null ? null : String(reference.message_id),
    first: content,
    components: (body.components ?? []) as unknown as APIMessageTopLevelComponent[],
    flags: Number(body.flags ?? 0),
    files: request.files,
    called: [...users, ...roles, ...everybody],
  };
}

/** A message of components never has content again. */
export function change(message: FakeMessage, request: Request): Answered {
  const body = isObject(request.body as JsonObject) ? (request.body as JsonObject) : {};
  const flags = Number(body.flags ?? message.flags);
  const content = body.content === undefined ? message.content : body.content;
  const shape = messageProblem(
    { ...body, flags, ...(content === null ? {} : { content }) },
    request.files.map((f) => f.name),
  );
  if (shape !== null) return invalid(shape);
  if ((message.flags & 32_768) !== 0 && (flags & 32_768) === 0)
    return invalid('the flag of components cannot go');
  message.content = typeof content === 'string' ? content : '';
  message.flags = flags | (message.flags & 64);
  message.components = (body.components ?? []) as unknown as APIMessageTopLevelComponent[];
  message.files = request.files;
  return ok(messageJson(message));
}

export const messageJson = (m: FakeMessage) => ({
  id: m.id,
  channel_id: m.channel,
  author: { id: m.author, username: 'Crewsmith', bot: true },
  content: m.content,
  components: m.components,
  flags: m.flags,
  embeds: [],
  mentions: [],
  nonce: m.nonce ?? undefined,
  ...{ type: 0, attachments: [], mention_roles: [], tts: false, pinned: false, mention_everyone: false },
  ...{ timestamp: new Date(m.at).toISOString(), edited_timestamp: null },
});

export const channelJson = (c: FakeChannel) => ({
  id: c.id,
  type: c.type,
  name: c.name,
  ...(c.type === 1 ? {} : { guild_id: guild, permission_overwrites: c.overwrites }),
  ...(c.parent === null ? {} : { parent_id: c.parent }),
  ...(c.tags.length > 0
    ? { flags: 16, available_tags: c.tags.map((id) => ({ id, name: id, moderated: false })) }
    : {}),
  ...(c.type === 11 ? { thread_metadata: { archived: c.archived, locked: c.locked } } : {}),
});
