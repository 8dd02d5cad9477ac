import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type Answered, invalid, type Request, refused } from './answered.ts';
import { answerInteraction, webhookMessage } from './interactions.ts';
import { change, channelJson, made, messageJson, post } from './messages.ts';
import { permissionProblem } from './permissions.ts';
import { commandProblem, messageProblem } from './shapes.ts';
import { addChannel, application, botUser, type DiscordState, guild } from './state.ts';

type Handler = (state: DiscordState, request: Request, ids: readonly string[]) => Answered;

const ok = (body: unknown): Answered => ({ status: 200, body });
const bodyOf = ({ body }: Request): JsonObject => (isObject(body as JsonObject) ? (body as JsonObject) : {});

const gatewayJson = (url: string) => ({
  url,
  shards: 1,
  session_start_limit: { total: 1_000, remaining: 1_000, reset_after: 0, max_concurrency: 1 },
});

const isFull = ({ channels, threadsMost }: DiscordState) =>
  [...channels.values()].filter((c) => c.type === 11 && !c.archived).length >= threadsMost;
const tooManyThreads = refused(400, 160_006, 'Maximum number of active threads reached');

/** What Discord's servers answer to, as far as anybody here asks. */
export const routes: readonly (readonly [string, RegExp, Handler])[] = [
  ['GET', /^\/gateway\/bot$/, ({ gatewayUrl }) => ok(gatewayJson(gatewayUrl))],
  ['GET', /^\/applications\/@me$/, () => ok({ id: application, name: 'Crewsmith', bot: { id: botUser } })],
  [
    'PUT',
    /^\/applications\/(\d+)\/(?:guilds\/(\d+)\/)?commands$/,
    (state, { body }) => {
      const all = Array.isArray(body) ? (body as JsonObject[]) : [];
      const problem = all.map(commandProblem).find((one) => one !== null);
      if (problem !== undefined && problem !== null) return invalid(problem);
      state.commands = all;
      state.registered += 1;
      return ok(all);
    },
  ],
  ['GET', /^\/applications\/(\d+)\/(?:guilds\/(\d+)\/)?commands$/, (state) => ok(state.commands)],
  [
    'GET',
    /^\/guilds\/(\d+)\/channels$/,
    (state) => ok([...state.channels.values()].filter((c) => ![1, 11].includes(c.type)).map(channelJson)),
  ],
  [
    'GET',
    /^\/guilds\/(\d+)$/,
    (state, _, [id]) =>
      id === guild && state.isThere
        ? ok({ id: guild, name: 'Acme', owner_id: '1', roles: state.roles })
        : refused(403, 50_001, 'Missing Access'),
  ],
  [
    'GET',
    /^\/guilds\/(\d+)\/members\/(\d+)$/,
    (state, _, [, user = '']) =>
      state.members.has(user)
        ? ok({
            user: { id: user, username: state.users.get(user)?.name },
            roles: state.users.get(user)?.roles ?? [],
            nick: null,
          })
        : refused(404, 10_007, 'Unknown Member'),
  ],
  [
    'POST',
    /^\/users\/@me\/channels$/,
    (state, request) => {
      const recipient = String(bodyOf(request).recipient_id);
      const before = [...state.channels.values()].find((one) => one.recipient === recipient);
      const channel = before ?? addChannel(state, state.nextId(), 'direct', { type: 1, recipient });
      return ok({ id: channel.id, type: 1 });
    },
  ],
  [
    'GET',
    /^\/channels\/(\d+)$/,
    (state, _, [id = '']) => {
      const channel = state.channels.get(id);
      return channel === undefined ? refused(404, 10_003, 'Unknown Channel') : ok(channelJson(channel));
    },
  ],
  [
    'PATCH',
    /^\/channels\/(\d+)$/,
    (state, request, [id = '']) => {
      const channel = state.channels.get(id);
      if (channel === undefined) return refused(404, 10_003, 'Unknown Channel');
      if (channel.locked) return refused(403, 50_013, 'Missing Permissions');
      channel.archived = bodyOf(request).archived === true;
      return ok(channelJson(channel));
    },
  ],
  [
    'GET',
    /^\/guilds\/(\d+)\/threads\/active$/,
    (state) => {
      const threads = [...state.channels.values()].filter((c) => c.type === 11 && !c.archived);
      return ok({ threads: threads.map(channelJson), members: [], has_more: false });
    },
  ],
  [
    'GET',
    /^\/channels\/(\d+)\/messages\/(\d+)$/,
    (state, _, [id = '', message = '']) => {
      const problem = permissionProblem(state, id, 'read');
      if (problem !== null) return problem;
      const found = state.messages.find((m) => m.id === message && m.channel === id);
      return found === undefined ? refused(404, 10_008, 'Unknown Message') : ok(messageJson(found));
    },
  ],
  ['POST', /^\/channels\/(\d+)\/messages$/, (state, request, [id = '']) => post(state, request, id)],
  [
    'GET',
    /^\/channels\/(\d+)\/messages$/,
    (state, { query }, [id = '']) => {
      const problem = permissionProblem(state, id, 'read');
      if (problem !== null) return problem;
      const all = state.messages.filter((m) => m.channel === id && m.only === null).toReversed();
      return ok(all.slice(0, Number(query.get('limit') ?? 50)).map(messageJson));
    },
  ],
  [
    'PATCH',
    /^\/channels\/(\d+)\/messages\/(\d+)$/,
    (state, request, [id = '', message = '']) => {
      const problem = permissionProblem(state, id, 'edit');
      if (problem !== null) return problem;
      const found = state.messages.find((m) => m.id === message && m.channel === id);
      if (found === undefined) return refused(404, 10_008, 'Unknown Message');
      return change(found, request);
    },
  ],
  [
    'POST',
    /^\/channels\/(\d+)\/messages\/(\d+)\/threads$/,
    (state, request, [id = '', message = '']) => {
      const problem = permissionProblem(state, id, 'thread');
      if (problem !== null) return problem;
      if (!state.messages.some((m) => m.id === message)) return refused(404, 10_008, 'Unknown Message');
      if (state.channels.has(message)) return refused(400, 160_004, 'A thread has already been created');
      if (isFull(state)) return tooManyThreads;
      const name = String(bodyOf(request).name ?? '');
      if (name.length === 0 || name.length > 100) return invalid('a name over 100');
      return { status: 201, body: channelJson(addChannel(state, message, name, { type: 11, parent: id })) };
    },
  ],
  [
    'POST',
    /^\/channels\/(\d+)\/threads$/,
    (state, request, [id = '']) => {
      const { name, message, type, applied_tags: tags } = bodyOf(request);
      const parent = state.channels.get(id);
      if (parent === undefined) return refused(404, 10_003, 'Unknown Channel');
      const isForum = parent.type === 15 || parent.type === 16;
      const problemOf = permissionProblem(state, id, isForum ? 'post' : 'thread');
      if (problemOf !== null) return problemOf;
      if (String(name ?? '').length === 0 || String(name).length > 100) return invalid('a name over 100');
      if (isFull(state)) return tooManyThreads;
      if (!isForum) {
        if (type !== 11 || message !== undefined) return invalid('a thread that is none');
        const thread = addChannel(state, state.nextId(), String(name), { type: 11, parent: id });
        return { status: 201, body: channelJson(thread) };
      }
      if (!isObject(message ?? null)) return invalid('a post without a message');
      if (parent.tags.length > 0 && !(Array.isArray(tags) && tags.length > 0))
        return refused(400, 40_067, 'A tag is required to create a forum post in this channel');
      const problem = messageProblem(
        message as JsonObject,
        request.files.map((f) => f.name),
      );
      if (problem !== null) return invalid(problem);
      const thread = addChannel(state, state.nextId(), String(name), { type: 11, parent: id });
      state.messages.push(made(state, thread.id, { ...request, body: message as JsonObject }, thread.id));
      return { status: 201, body: channelJson(thread) };
    },
  ],
  [
    'POST',
    /^\/interactions\/(\d+)\/([^/]+)\/callback$/,
    (state, request, [, key = '']) => answerInteraction(state, request, key),
  ],
  [
    'POST',
    /^\/webhooks\/(\d+)\/([^/]+)$/,
    (state, request, [, key = '']) => webhookMessage(state, request, key, 'new'),
  ],
  [
    'PATCH',
    /^\/webhooks\/(\d+)\/([^/]+)\/messages\/@original$/,
    (state, request, [, key = '']) => webhookMessage(state, request, key, 'original'),
  ],
  [
    'DELETE',
    /^\/webhooks\/(\d+)\/([^/]+)\/messages\/@original$/,
    (state, request, [, key = '']) => webhookMessage(state, request, key, 'delete'),
  ],
];
