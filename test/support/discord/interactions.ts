import type { APIModalInteractionResponseCallbackData } from 'discord.js';
import { isObject, type JsonObject } from '../../../src/core/json.ts';
import { type Answered, invalid, type Request, refused } from './answered.ts';
import { change, made, messageJson } from './messages.ts';
import { messageProblem, modalProblem } from './shapes.ts';
import type { DiscordState, FakeInteraction } from './state.ts';

const firstMs = 3_000;
const tokenMs = 15 * 60_000;
const done: Answered = { status: 204, body: null };
const namesOf = (request: Request) => request.files.map((f) => f.name);

/** The first answer: within three seconds, once, of a kind that fits. */
export function answerInteraction(state: DiscordState, request: Request, key: string): Answered {
  const asked = state.interactions.get(key);
  const body = request.body as JsonObject;
  const data = isObject(body.data ?? null) ? (body.data as JsonObject) : {};
  if (asked === undefined || state.clock.now() - asked.at > firstMs)
    return refused(404, 10_062, 'Unknown interaction');
  if (asked.answer !== null) return refused(400, 40_060, 'Interaction has already been acknowledged.');
  const type = Number(body.type);
  const kinds: Readonly<Record<number, readonly number[]>> = {
    2: [4, 5, 9],
    3: [4, 5, 6, 7, 9],
    4: [8],
    5: asked.on === null ? [4, 5] : [4, 5, 6, 7],
  };
  if (kinds[asked.type]?.includes(type) !== true) return invalid(`an answer of type ${type}`);
  const problem =
    type === 9 ? modalProblem(data) : type === 4 ? messageProblem(data, namesOf(request)) : null;
  if (problem !== null) return invalid(problem);
  if (type === 8) {
    const choices = (data.choices ?? []) as unknown as { name: string; value: string }[];
    if (choices.length > 25 || choices.some((c) => c.name.length > 100 || c.value.length > 100))
      return invalid('choices');
    asked.choices = choices;
  }
  asked.answer = type;
  asked.answeredAfter = state.clock.now() - asked.at;
  if (type === 9) asked.modal = data as unknown as APIModalInteractionResponseCallbackData;
  if (type === 6) asked.original = asked.on;
  if (type === 4 || type === 5) {
    const isPrivate = (Number(data.flags ?? 0) & 64) !== 0;
    const message = made(
      state,
      asked.channel,
      { ...request, body: data },
      state.nextId(),
      isPrivate ? asked.user : null,
    );
    asked.original = message.id;
    if (type === 5) message.content = thinking;
    state.messages.push(message);
  }
  return done;
}

/** What stands while nothing is said yet. */
export const thinking = 'Crewsmith is thinking…';

/** What follows it, by its token. */
export function webhookMessage(
  state: DiscordState,
  request: Request,
  key: string,
  what: 'new' | 'original' | 'delete',
): Answered {
  const asked = state.interactions.get(key);
  if (asked === undefined) return refused(404, 10_015, 'Unknown Webhook');
  if (state.clock.now() - asked.at > tokenMs) return refused(401, 50_027, 'Invalid Webhook Token');
  if (asked.answer === null) return refused(404, 10_015, 'Unknown Webhook');
  if (what !== 'new') return onOriginal(state, request, asked, what);
  const body = request.body as JsonObject;
  const problem = messageProblem(body, namesOf(request));
  if (problem !== null) return invalid(problem);
  const isPrivate = (Number(body.flags ?? 0) & 64) !== 0;
  const message = made(state, asked.channel, request, state.nextId(), isPrivate ? asked.user : null);
  state.messages.push(message);
  return { status: 200, body: messageJson(message) };
}

function onOriginal(
  state: DiscordState,
  request: Request,
  asked: FakeInteraction,
  what: 'original' | 'delete',
): Answered {
  const at = state.messages.findIndex((m) => m.id === asked.original);
  const message = state.messages[at];
  if (message === undefined) return refused(404, 10_008, 'Unknown Message');
  if (what === 'delete') {
    state.messages.splice(at, 1);
    return done;
  }
  if (message.content === thinking) message.content = '';
  return change(message, request);
}
