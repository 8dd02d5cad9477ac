import { isDeepStrictEqual } from 'node:util';
import type { PromptStep } from '../../core/crew.ts';
import type { Source } from '../../core/fence.ts';
import type { Json } from '../../core/json.ts';
import type { Failure } from '../../core/run.ts';
import { type Judge, nextTurn, type PaidTurn, type ToolCall, type TurnKind } from '../../core/turns.ts';
import type { Found, Item, ModelRequest, Raw, Said, ToolSpec } from '../../providers/port.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { Page, ToolResult } from '../../tools/port.ts';
import { answerOf, bytesOf, conversation, replyOf } from './conversation.ts';
import { results } from './results.ts';
import { afterSearches, searchesAmong, searchRequest } from './search.ts';

/** What a tool gave, still outside the conversation. */
export interface Gathered {
  readonly call: ToolCall;
  readonly result: ToolResult;
  /** Pages that are there and were not read. */
  readonly leads: Page['links'];
}

/** `attempts.said`: what we said before a call, and whether it may call tools. */
export interface SaidRecord {
  readonly v: 1;
  readonly kind: TurnKind | 'search';
  readonly items: readonly Item[];
  /** The call of a tool that a search answers. */
  readonly call?: string;
}

/** `attempts.reply`. */
export interface ReplyRecord {
  readonly v: 1;
  readonly items: readonly Item[];
  readonly raw: Raw;
  /** What a search came upon. */
  readonly found?: readonly Found[];
}

/** The call that is to be made, before a model is chosen for it. */
export interface Turn {
  readonly turn: number;
  readonly kind: TurnKind | 'search';
  /** Of a search: the call of a tool that it answers. */
  readonly call: string | null;
  readonly repair: boolean;
  readonly said: readonly Item[];
  readonly before: readonly Said[];
  /** Pages that the conversation cites from now on. */
  readonly newSources: readonly Source[];
}

export type Plan =
  | { readonly need: 'call'; readonly turn: Turn }
  | { readonly need: 'tools'; readonly calls: readonly ToolCall[] }
  | { readonly need: 'nothing'; readonly output: Json }
  | { readonly need: 'failure'; readonly failure: Failure };

/** Everything a plan is made of; all of it is stored, so a restart makes the same plan. */
export interface Situation {
  readonly step: PromptStep;
  readonly tools: readonly ToolSpec[];
  readonly instructions: string;
  /** The rendered prompt, with what people asked to change. */
  readonly prompt: string;
  /** The rendered address to read first; null for none. */
  readonly read: string | null;
  /** By turn. */
  readonly paid: readonly Attempt[];
  /** Calls of the round that were not paid, in the order in which they were made. */
  readonly unpaid: readonly Attempt[];
  /** Every search of the round; they are turns of their own and no part of the conversation (rule R5). */
  readonly searches: readonly Attempt[];
  readonly sources: readonly Source[];
  readonly judge: Judge;
}

export const isPaid = (attempt: Attempt) => attempt.state === 'settled' || attempt.state === 'bad-output';
export const isUnpaid = (attempt: Attempt) => attempt.state === 'unsent' || attempt.state === 'uncertain';

/**
 * Works out what the step needs next. `gathered`: what tools gave since the last paid turn; null: not run yet. `declined`: calls
 * of the search that cannot be made, each with the reason.
 */
export function planTurn(
  situation: Situation,
  gathered: readonly Gathered[] | null,
  declined: ReadonlyMap<string, string>,
): Plan {
  const { step, tools, paid, judge } = situation;
  const next = nextTurn(step, tools.length > 0, paid.map(paidTurn), judge);
  if (next.do === 'done') return { need: 'nothing', output: next.output };
  if (next.do === 'fail') return { need: 'failure', failure: next.failure };
  const turn =
    next.do === 'prompt' ? { ...next, turn: 1 } : { ...next, turn: afterSearches(situation, next.turn) };
  const tried = situation.unpaid.findLast((attempt) => attempt.turn === turn.turn);
  if (tried !== undefined) {
    // Said again word for word: what tools gave was stored with the call that was not paid (rule R1).
    return call(situation, turn, { items: (JSON.parse(tried.said) as SaidRecord).items, newSources: [] });
  }
  switch (next.do) {
    case 'say':
      return call(
        situation,
        { ...next, turn: turn.turn },
        { items: [{ type: 'text', text: next.text }], newSources: [] },
      );
    case 'prompt': {
      if (situation.read === null) return opening(situation, next, []);
      const calls = [readCall(situation.read)];
      if (!answers(gathered, calls)) return { need: 'tools', calls };
      return opening(situation, next, gathered);
    }
    case 'tools':
      return afterTools(situation, { ...next, turn: turn.turn }, gathered, declined);
  }
}

/** Searches come first, one after the other, then the other tools all at once, then the call that has the results of them all. */
function afterTools(
  situation: Situation,
  next: { turn: number; kind: TurnKind; calls: readonly ToolCall[] },
  gathered: readonly Gathered[] | null,
  declined: ReadonlyMap<string, string>,
): Plan {
  const { pending, done } = searchesAmong(situation, next.calls, declined);
  if (pending !== null) return { need: 'call', turn: pending };
  const others = next.calls.filter((call) => !done.has(call.id));
  if (others.length > 0 && !answers(gathered, others)) return { need: 'tools', calls: others };
  const ran = new Map((others.length > 0 ? (gathered ?? []) : []).map((one) => [one.call.id, one]));
  const all = next.calls.flatMap(({ id }) => done.get(id) ?? ran.get(id) ?? []);
  return call(situation, next, results(situation, all));
}

/** How the page that a step begins with is read. */
const readCall = (url: string): ToolCall => ({ id: 'read', tool: 'web.fetch', arguments: { url } });

/** What was gathered for a turn that another worker has taken meanwhile is no answer to the calls of this one. */
function answers(
  gathered: readonly Gathered[] | null,
  calls: readonly ToolCall[],
): gathered is readonly Gathered[] {
  return (
    gathered !== null &&
    isDeepStrictEqual(
      calls,
      gathered.map((g) => g.call),
    )
  );
}

function opening(situation: Situation, next: { kind: TurnKind }, gathered: readonly Gathered[]): Plan {
  const failed = gathered.find((g) => !g.result.ok);
  if (failed && !failed.result.ok) {
    return {
      need: 'failure',
      failure: { code: `read.${failed.result.code}`, says: failed.result.says, reason: 'network' },
    };
  }
  const { items, newSources } = results(situation, gathered);
  const read = items
    .map((item) => (item.type === 'result' ? `\n\nRead already:\n${item.text}` : ''))
    .join('');
  return call(
    situation,
    { ...next, turn: 1, repair: false },
    { items: [{ type: 'text', text: situation.prompt + read }], newSources },
  );
}

function call(
  situation: Situation,
  next: { kind: TurnKind; turn: number; repair?: boolean },
  said: { items: readonly Item[]; newSources: readonly Source[] },
): Plan {
  const turn: Turn = {
    turn: next.turn,
    kind: next.kind,
    call: null,
    repair: next.repair ?? false,
    said: said.items,
    before: conversation(situation.paid),
    newSources: said.newSources,
  };
  const bytes = bytesOf(situation, turn);
  if (bytes > situation.step.limits.inputTokens) {
    const says =
      `Step "${situation.step.id}" would send ${bytes} bytes, and its input limit is ` +
      `${situation.step.limits.inputTokens} tokens (counted as one a byte). Raise limits.input in the crew, or send less.`;
    return { need: 'failure', failure: { code: 'step.too-long', says, reason: 'content' } };
  }
  return { need: 'call', turn };
}

export function request(
  situation: Situation,
  turn: Turn,
  model: string,
  output: ModelRequest['output'],
): ModelRequest {
  if (turn.kind === 'search') return searchRequest(model, turn.said, situation.step.limits.outputTokens);
  return {
    model,
    instructions: situation.instructions,
    conversation: [...turn.before, { by: 'us', items: turn.said }],
    tools: turn.kind === 'open' ? situation.tools : [],
    output: turn.kind === 'final' ? output : null,
    search: false,
    maxOutputTokens: situation.step.limits.outputTokens,
  };
}

function paidTurn(attempt: Attempt): PaidTurn {
  const said = JSON.parse(attempt.said) as SaidRecord;
  const reply = replyOf(attempt);
  return {
    turn: attempt.turn,
    kind: said.kind === 'search' ? 'final' : said.kind,
    repair: attempt.purpose === 'repair',
    ...answerOf(reply.items),
    finish: (attempt.finish ?? 'other') as PaidTurn['finish'],
  };
}
