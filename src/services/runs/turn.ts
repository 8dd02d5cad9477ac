import { isDeepStrictEqual } from 'node:util';
import type { PromptStep } from '../../core/crew.ts';
import { fence, fenceLinks, parseFences, type Source } from '../../core/fence.ts';
import type { Json } from '../../core/json.ts';
import type { Failure } from '../../core/run.ts';
import { type Judge, nextTurn, type PaidTurn, type ToolCall, type TurnKind } from '../../core/turns.ts';
import type { Item, ModelRequest, Raw, Said, ToolSpec } from '../../providers/port.ts';
import type { Attempt } from '../../store/attempts.ts';
import type { Page, ToolResult } from '../../tools/port.ts';

/** What a tool gave, still outside the conversation. */
export interface Gathered {
  readonly call: ToolCall;
  readonly result: ToolResult;
}

/** `attempts.said`: what we said before a call, and whether it may call tools. */
export interface SaidRecord {
  readonly v: 1;
  readonly kind: TurnKind;
  readonly items: readonly Item[];
}

/** `attempts.reply`. */
export interface ReplyRecord {
  readonly v: 1;
  readonly items: readonly Item[];
  readonly raw: Raw;
}

/** The call that is to be made, before a model is chosen for it. */
export interface Turn {
  readonly turn: number;
  readonly kind: TurnKind;
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
  readonly sources: readonly Source[];
  readonly judge: Judge;
}

export const isPaid = (attempt: Attempt) => attempt.state === 'settled' || attempt.state === 'bad-output';
export const isUnpaid = (attempt: Attempt) => attempt.state === 'unsent' || attempt.state === 'uncertain';

/** Works out what the step needs next. `gathered`: what tools gave since the last paid turn; null: not run yet. */
export function planTurn(situation: Situation, gathered: readonly Gathered[] | null): Plan {
  const { step, tools, paid, judge } = situation;
  const next = nextTurn(step, tools.length > 0, paid.map(paidTurn), judge);
  if (next.do === 'done') return { need: 'nothing', output: next.output };
  if (next.do === 'fail') return { need: 'failure', failure: next.failure };
  const turn = next.do === 'prompt' ? { ...next, turn: 1 } : next;
  const tried = situation.unpaid.findLast((attempt) => attempt.turn === turn.turn);
  if (tried !== undefined) {
    // Said again word for word: what tools gave was stored with the call that was not paid (rule R1).
    return call(situation, turn, { items: (JSON.parse(tried.said) as SaidRecord).items, newSources: [] });
  }
  switch (next.do) {
    case 'say':
      return call(situation, next, { items: [{ type: 'text', text: next.text }], newSources: [] });
    case 'prompt': {
      if (situation.read === null) return opening(situation, next, []);
      const calls = [readCall(situation.read)];
      if (!answers(gathered, calls)) return { need: 'tools', calls };
      return opening(situation, next, gathered);
    }
    case 'tools':
      if (!answers(gathered, next.calls)) return { need: 'tools', calls: next.calls };
      return call(situation, next, results(situation, gathered));
  }
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

function conversation(paid: readonly Attempt[]): Said[] {
  return paid.flatMap((attempt): Said[] => {
    const said = JSON.parse(attempt.said) as SaidRecord;
    const reply = replyOf(attempt);
    return [
      { by: 'us', items: said.items },
      { by: 'model', items: reply.items, raw: reply.raw },
    ];
  });
}

export function request(
  situation: Situation,
  turn: Turn,
  model: string,
  output: ModelRequest['output'],
): ModelRequest {
  return {
    model,
    instructions: situation.instructions,
    conversation: [...turn.before, { by: 'us', items: turn.said }],
    tools: turn.kind === 'open' ? situation.tools : [],
    output: turn.kind === 'final' ? output : null,
    maxOutputTokens: situation.step.limits.outputTokens,
  };
}

/** Everything that a call would send, in bytes: the bound of its input tokens for a model that has seen none of it (rule M4). */
export function bytesOf(situation: Situation, turn: Turn): number {
  const items = [...turn.before.flatMap((said) => said.items), ...turn.said];
  return fixedBytes(situation) + items.reduce((sum, item) => sum + itemBytes(item), 0);
}

/** The bytes that are new to a model which has seen the conversation so far. */
export function newBytes(turn: Turn): number {
  return turn.said.reduce((sum, item) => sum + itemBytes(item), 0);
}

/** What stands around an item on the wire, as tokens; generous. */
const itemOverhead = 32;

const itemBytes = (item: Item) =>
  itemOverhead +
  Buffer.byteLength(item.type === 'call' ? JSON.stringify(item.arguments) + item.tool : item.text);

/** Instructions, tools and the schema of the output. */
function fixedBytes(situation: Situation): number {
  const shape = situation.step.output === null ? '' : JSON.stringify(situation.step.output);
  // A strict schema says each field about three times as long as the shape it is made of.
  return (
    256 +
    Buffer.byteLength(situation.instructions) +
    Buffer.byteLength(JSON.stringify(situation.tools)) +
    3 * shape.length
  );
}

function paidTurn(attempt: Attempt): PaidTurn {
  const said = JSON.parse(attempt.said) as SaidRecord;
  const reply = replyOf(attempt);
  return {
    turn: attempt.turn,
    kind: said.kind,
    repair: attempt.purpose === 'repair',
    ...answerOf(reply.items),
    finish: (attempt.finish ?? 'other') as PaidTurn['finish'],
  };
}

/** The words and the tool calls of a reply. */
export function answerOf(items: readonly Item[]): { text: string; calls: ToolCall[] } {
  return {
    text: items.flatMap((item) => (item.type === 'text' ? [item.text] : [])).join(''),
    calls: items.flatMap((item) =>
      item.type === 'call' ? [{ id: item.id, tool: item.tool, arguments: item.arguments }] : [],
    ),
  };
}

const replyOf = (attempt: Attempt): ReplyRecord =>
  attempt.reply === null
    ? { v: 1, items: [], raw: { provider: 'sandbox', model: attempt.model, items: [] } }
    : (JSON.parse(attempt.reply) as ReplyRecord);

/** Results as the model reads them; each is cut now and never later, so that caches hold (rule M2). */
function results(
  situation: Situation,
  gathered: readonly Gathered[],
): { items: readonly Item[]; newSources: readonly Source[] } {
  const known = new Map(situation.sources.map((source) => [source.url, source]));
  const here = readHere(situation);
  const newSources: Source[] = [];
  const room = Math.floor(roomFor(situation) / Math.max(1, gathered.length));
  const items = gathered.map(({ call, result }): Item => {
    if (!result.ok) return { type: 'result', id: call.id, tool: call.tool, text: result.says, failed: true };
    const text = result.pages.map((page) => {
      const old = known.get(page.url);
      if (old && here.has(old.n)) return `You have read ${page.url} already: it is source ${old.n}.`;
      // A number stands for one text in the whole run, whichever step reads the page again.
      const source = old ?? sourceOf(page, known.size + 1);
      known.set(source.url, source);
      here.add(source.n);
      if (!old) newSources.push(source);
      return cut(page, source, Math.floor(room / result.pages.length));
    });
    return { type: 'result', id: call.id, tool: call.tool, text: text.join('\n\n'), failed: false };
  });
  return { items, newSources };
}

/** Numbers of the pages that tools gave in this conversation: others of the run it has not seen. */
function readHere({ paid, prompt }: Situation): Set<number> {
  const items = conversation(paid).flatMap((said) => (said.by === 'us' ? said.items : []));
  const given = items.flatMap((item) => {
    if (item.type === 'result') return [item.text];
    return item.type === 'text' && item.text.startsWith(prompt) ? [item.text.slice(prompt.length)] : [];
  });
  return new Set(given.flatMap(parseFences).map((source) => source.n));
}

const sourceOf = (page: Page, n: number): Source => ({
  n,
  url: page.url,
  title: page.title,
  date: page.date,
  text: page.text,
});

/** Links are told up to this number: enough for a site's navigation. */
const linksMax = 40;

function cut(page: Page, source: Source, room: number): string {
  const links = page.links.slice(0, linksMax);
  const linkRoom = Math.floor(room / 3);
  while (links.length > 0 && Buffer.byteLength(fenceLinks(links)) > linkRoom) links.pop();
  const list = links.length > 0 ? `\nLinks of this page:\n${fenceLinks(links)}` : '';
  const around = Buffer.byteLength(fence({ ...source, text: '' })) + Buffer.byteLength(list) + cutMark.length;
  const bytes = Buffer.from(source.text);
  const most = Math.max(0, room - around);
  const text =
    bytes.length <= most ? source.text : `${bytes.subarray(0, most).toString().replace(/�$/, '')}${cutMark}`;
  return fence({ ...source, text }) + list;
}

const cutMark = '\n[cut here: the page is longer than this step may read]';

/** Bytes that tool results may take now: what the input limit leaves, a share kept for the turns that follow. */
function roomFor(situation: Situation): number {
  const { step, paid } = situation;
  const said = conversation(paid)
    .flatMap((s) => s.items)
    .reduce((sum, item) => sum + itemBytes(item), 0);
  const prompt = paid.length === 0 ? Buffer.byteLength(situation.prompt) : 0;
  const reserve = 2_000 + Math.min(step.limits.outputTokens, 4_000);
  const left = step.limits.inputTokens - fixedBytes(situation) - said - prompt - reserve;
  const openTurnsLeft = step.limits.turns - paid.length - 1;
  return Math.max(0, openTurnsLeft > 1 ? Math.floor(left * 0.6) : left);
}
