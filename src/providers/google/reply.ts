import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Finish, Found, ModelEvent, ModelRequest } from '../port.ts';
import type { StreamReader } from '../streamed.ts';
import { toolName } from '../tool-names.ts';
import { readUsage } from './usage.ts';

/** What of a chunk is read: as the SDK gives it, as plain JSON. */
export interface Chunk {
  readonly candidate: JsonObject | null;
  readonly blocked: string | null;
  readonly usage: Json | undefined;
}

/** Reads the chunks of a streamed answer. */
export function contentReader(request: ModelRequest): StreamReader<Chunk> {
  /** As they can be sent back, each with the signature it came with. */
  const raw: JsonObject[] = [];
  const calls: { id: string; name: string; args: Json }[] = [];
  let word: string | null = null;
  let blocked = false;
  let usage: Json | undefined;
  let grounding: JsonObject = {};

  function* readPart(part: Json): Generator<ModelEvent> {
    if (!isObject(part)) return;
    const signature = typeof part.thoughtSignature === 'string' ? part.thoughtSignature : null;
    const signed = signature === null ? {} : { thoughtSignature: signature };
    if (isObject(part.functionCall) && typeof part.functionCall.name === 'string') {
      // No tool was offered: whatever stands there has nobody to run it.
      if (request.tools.length === 0) return;
      const { name, id: given, args = {} } = part.functionCall;
      const id =
        typeof given === 'string' && given !== ''
          ? given
          : `call_${request.conversation.length}_${calls.length}`;
      calls.push({ id, name, args });
      raw.push({ functionCall: { id, name, args }, ...signed });
      return;
    }
    if (typeof part.text !== 'string' || part.thought === true) return;
    const last = raw.at(-1);
    const goesOn = signature === null && last?.text !== undefined && last.thoughtSignature === undefined;
    if (goesOn) raw.splice(-1, 1, { text: String(last.text) + part.text });
    else if (part.text !== '' || signature !== null) raw.push({ text: part.text, ...signed });
    if (part.text !== '') yield { type: 'text', text: part.text };
  }

  return {
    *read(chunk) {
      const { candidate } = chunk;
      if (chunk.usage !== undefined) usage = chunk.usage;
      if (isObject(candidate?.groundingMetadata))
        grounding = { ...grounding, ...candidate.groundingMetadata };
      const content = candidate?.content;
      const parts = isObject(content) && isList(content.parts) ? content.parts : [];
      for (const part of parts) yield* readPart(part);
      if (typeof candidate?.finishReason === 'string') word = candidate.finishReason;
      if (chunk.blocked !== null && word === null) {
        word = chunk.blocked;
        blocked = true;
      }
      // Told before the end it may still grow, so that it would be too little.
      if (word !== null && usage !== undefined)
        yield { type: 'usage', usage: readUsage(usage, searchesIn(grounding)) };
      return word === null ? 'more' : 'ended';
    },

    *close() {
      for (const { id, name, args } of calls) {
        yield { type: 'tool-call', id, tool: toolName(name, request.tools), arguments: args };
      }
      if (request.search) for (const found of foundIn(grounding)) yield { type: 'found', found };
      if (usage === undefined) yield { type: 'usage', usage: readUsage(undefined, 0) };
      yield {
        type: 'finish',
        reason: blocked ? 'refusal' : finishOf(word ?? '', calls.length > 0),
        word: word ?? '',
        raw: { provider: 'google', model: request.model, items: raw },
      };
    },
  };
}

const refusals = /^(SAFETY|RECITATION|BLOCKLIST|PROHIBITED_CONTENT|SPII|LANGUAGE)$|^IMAGE_/;

function finishOf(word: string, called: boolean): Finish {
  if (word === 'MAX_TOKENS') return 'length';
  if (refusals.test(word)) return 'refusal';
  if (word === 'STOP') return called ? 'tool-calls' : 'stop';
  return called ? 'tool-calls' : 'other';
}

/** Each query is a search. */
const searchesIn = ({ webSearchQueries, groundingChunks }: JsonObject): number =>
  isList(webSearchQueries) ? webSearchQueries.length : groundingChunks === undefined ? 0 : 1;

/** Addresses that lead on to the pages: where to is known once one is read, so nothing of them is quoted here (rule S5). */
function foundIn({ groundingChunks }: JsonObject): Found[] {
  if (!isList(groundingChunks)) return [];
  return groundingChunks.flatMap((chunk): Found[] => {
    const web = isObject(chunk) && isObject(chunk.web) ? chunk.web : {};
    if (typeof web.uri !== 'string') return [];
    return [{ url: web.uri, title: typeof web.title === 'string' ? web.title : '', excerpt: null }];
  });
}
