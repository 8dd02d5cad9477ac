import { parseFences, type Source } from '../../core/fence.ts';
import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Builds a value of a JSON Schema out of the sources in a text: sentences as they stand there, each with its number. */
export function extract(schema: Json, text: string): Json {
  const sources = merged(parseFences(text));
  const given = givenObjects(text);
  return build(schema, '', { sources, given, used: new Set() });
}

interface Material {
  readonly sources: readonly Source[];
  /** Values that the text holds as JSON, such as a draft to review. */
  readonly given: readonly JsonObject[];
  /** Sentences that stand somewhere already. */
  readonly used: Set<string>;
}

const perField = 3;
const factsPerPage = 6;

/** The same address may be fenced twice; the longer text says more. */
function merged(sources: readonly Source[]): Source[] {
  const byNumber = new Map<number, Source>();
  for (const source of sources) {
    const known = byNumber.get(source.n);
    if (known === undefined || source.text.length > known.text.length) byNumber.set(source.n, source);
  }
  return [...byNumber.values()].sort((a, b) => a.n - b.n);
}

/** Sentences of a readable length, without Markdown's marks. */
export function sentences(text: string): string[] {
  return text
    .replace(/\[cut here:[^\]]*\]/g, '')
    .split(/\n+|(?<=[.!?])\s+(?=[A-Z0-9"“])/)
    .map((part) => part.replace(/^[#>*\-|\s]+/, '').replace(/[*`|]+/g, ' ').replace(/\s+/g, ' ').trim())
    .filter((part) => part.length >= 20 && part.length <= 300 && /[a-z]/i.test(part));
}

/** What a field is about, by its name; the first that fits decides. */
const topics: readonly { readonly field: RegExp; readonly says: RegExp }[] = [
  { field: /pric|cost|plan/i, says: /[$€£]\s?\d|\bper (month|user|seat|year)\b|\bfree\b|\bpric/i },
  { field: /customer|client|buyer|user/i, says: /\b(customers?|clients?|teams?|users?|companies|used by|trusted)\b/i },
  { field: /signal|news|recent|event/i, says: /\b(20\d\d|january|february|march|april|may|june|july|august|september|october|november|december|launch\w*|rais\w+|announc\w+|open(s|ed))\b/i },
  { field: /risk|concern|limit/i, says: /\b(risk|not|without|only|limit\w*|except|cannot|beta)\b/i },
];

function pick(field: string, material: Material, most: number): { text: string; n: number }[] {
  const topic = topics.find((t) => t.field.test(field));
  const found: { text: string; n: number }[] = [];
  for (const source of material.sources) {
    let fromHere = 0;
    for (const text of sentences(source.text)) {
      if (found.length >= most || fromHere >= 2) break;
      if (material.used.has(text) || (topic !== undefined && !topic.says.test(text))) continue;
      material.used.add(text);
      fromHere++;
      found.push({ text, n: source.n });
    }
  }
  return found;
}

function build(schema: Json, field: string, material: Material): Json {
  if (!isObject(schema)) return null;
  if (isList(schema.anyOf)) return build(schema.anyOf[0] ?? null, field, material);
  if (isList(schema.enum)) return schema.enum[0] ?? null;
  switch (schema.type) {
    case 'object':
      return object(schema, field, material);
    case 'array':
      return list(schema, field, material);
    case 'string':
      return string(field, material);
    case 'integer':
    case 'number':
      return /score|rating/i.test(field) ? 8 : 0;
    case 'boolean':
      return material.sources.length > 0;
    default:
      return null;
  }
}

function object(schema: JsonObject, field: string, material: Material): Json {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  const same = material.given.find((value) => names.length > 1 && names.every((name) => name in value));
  if (same !== undefined) return Object.fromEntries(names.map((name) => [name, same[name] ?? null]));
  return Object.fromEntries(names.map((name) => [name, build(properties[name] ?? null, name || field, material)]));
}

function list(schema: JsonObject, field: string, material: Material): Json {
  const items = isObject(schema.items) ? schema.items : {};
  const properties = isObject(items.properties) ? items.properties : null;
  if (properties !== null && 'text' in properties && 'sources' in properties) {
    return pick(field, material, perField).map(({ text, n }) => ({ ...blank(properties), text, sources: [n] }));
  }
  if (properties !== null && 'url' in properties) return material.sources.map((source) => page(properties, source));
  if (items.type === 'string') return /question|removed|open/i.test(field) ? [] : pick(field, material, perField).map((p) => p.text);
  return [];
}

function page(properties: JsonObject, source: Source): Json {
  const own: Record<string, Json> = {
    url: source.url,
    title: source.title === '' ? source.url : source.title,
    facts: sentences(source.text).slice(0, factsPerPage),
    date: source.date,
  };
  return Object.fromEntries(Object.keys(properties).map((name) => [name, own[name] ?? build(properties[name] ?? null, name, { sources: [source], given: [], used: new Set() })]));
}

const blank = (properties: JsonObject): JsonObject =>
  Object.fromEntries(Object.keys(properties).map((name) => [name, build(properties[name] ?? null, name, { sources: [], given: [], used: new Set() })]));

function string(field: string, material: Material): string {
  const [source] = material.sources;
  if (/url|link|address/i.test(field)) return source?.url ?? 'https://example.com/';
  if (/title|name|subject/i.test(field)) return source?.title ?? '';
  if (/date/i.test(field)) return source?.date?.slice(0, 10) ?? '2000-01-01';
  const found = pick(field, material, perField).map((p) => p.text);
  return found.length > 0 ? found.join(' ') : 'Nothing was found in what was read.';
}

/** Objects written as JSON in a text, the last one first: what a step was given to review is the newest. */
function givenObjects(text: string): JsonObject[] {
  const found: JsonObject[] = [];
  for (const [block] of text.matchAll(/^\{[\s\S]*?^\}/gm)) {
    try {
      const value = JSON.parse(block) as Json;
      if (isObject(value)) found.push(value, ...Object.values(value).filter(isObject));
    } catch {
      // Something in braces that is no JSON.
    }
  }
  return found.reverse();
}
