import { parseFences, parseFiles, type Source } from '../../core/fence.ts';
import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { Item, ModelRequest } from '../port.ts';

/** What a conversation holds to answer from. */
export interface Material {
  /** The first thing said, without what was read. */
  readonly prompt: string;
  /** The lists of links of what was read. */
  readonly links: string;
  /** By number, each once: of several texts under one number the newest. */
  readonly sources: readonly Source[];
  /** What the prompt quotes between lines of `"""`, the words of the person who asks, and the files they gave. */
  readonly quoted: string;
  /** Calls that were made so far. */
  readonly calls: readonly Extract<Item, { type: 'call' }>[];
  /** Objects that we said as JSON, such as a draft to review; the newest first. */
  readonly given: readonly JsonObject[];
}

export function materialOf(request: ModelRequest): Material {
  const ours = request.conversation.flatMap((said) => (said.by === 'us' ? said.items : []));
  const texts = ours.map((item) => (item.type === 'call' ? '' : item.text));
  const sources = new Map(texts.flatMap(parseFences).map((source) => [source.n, source]));
  const outside = texts.map((text) => text.replace(fencedTexts, ''));
  return {
    prompt: outside[0] ?? '',
    links: texts.flatMap((text) => text.match(fencedLinks) ?? []).join('\n'),
    quoted: [
      ...[...(outside[0] ?? '').matchAll(quotes)].map(([, text]) => text),
      ...parseFiles(texts[0] ?? '').map(({ text }) => text),
    ].join('\n'),
    sources: [...sources.values()].sort((a, b) => a.n - b.n),
    calls: request.conversation.flatMap((said) => said.items).filter((item) => item.type === 'call'),
    given: outside.flatMap(objectsIn).reverse(),
  };
}

const fencedLinks = /^<links>$[\s\S]*?^<\/links>$/gm;
const fencedTexts = /^<(source|links|file)\b[\s\S]*?^<\/\1>$/gm;

const quotes = /^"""\n([\s\S]*?)\n"""$/gm;

/** Text in braces is not always JSON; after so many that are not, the rest is not looked at. */
const attemptsMax = 100;

/** Every object written as JSON in a text, and the objects within it. */
function objectsIn(text: string): JsonObject[] {
  const found: JsonObject[] = [];
  let attempts = 0;
  for (let at = text.indexOf('{'); at >= 0 && attempts < attemptsMax; ) {
    const end = endOf(text, at);
    const value = end === null ? null : parsed(text.slice(at, end));
    if (value === null) attempts++;
    else found.push(...within(value).reverse());
    at = text.indexOf('{', value === null || end === null ? at + 1 : end);
  }
  return found;
}

/** After the brace that closes the one at `start`, strings passed over. */
function endOf(text: string, start: number): number | null {
  const marks = /"(?:[^"\\\n]|\\.)*"|[{}]/g;
  marks.lastIndex = start;
  let open = 0;
  for (let mark = marks.exec(text); mark !== null; mark = marks.exec(text)) {
    if (mark[0] === '{') open++;
    if (mark[0] === '}') open--;
    if (open === 0) return marks.lastIndex;
  }
  return null;
}

function parsed(text: string): Json | null {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}

function within(value: Json): JsonObject[] {
  if (isList(value)) return value.flatMap(within);
  return isObject(value) ? [value, ...Object.values(value).flatMap(within)] : [];
}
