import type { Source } from '../../core/fence.ts';
import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import { fits } from './fits.ts';
import type { Material } from './material.ts';
import { type Sentence, sentencesOf, type Topic, topicNamed } from './sentences.ts';

/** How much is written: sentences of a field, and of a page. */
export interface Amount {
  readonly perField: number;
  readonly perPage: number;
}

/** What a value is built from. */
interface Stock {
  readonly sources: readonly Source[];
  readonly sentences: ReadonlyMap<number, readonly Sentence[]>;
  readonly given: readonly JsonObject[];
  readonly amount: Amount;
  readonly prompt: string;
  /** Sentences that stand somewhere already. */
  readonly used: Set<string>;
}

/**
 * A value that follows a strict JSON Schema: sentences of the sources as they stand there, each with its number. A part that the
 * conversation holds as JSON already is passed on; what has no support stays empty.
 */
export function extract(schema: Json, material: Material, amount: Amount): Json {
  const { given, prompt } = material;
  const wasRead = material.sources.length > 0;
  const sources = wasRead ? material.sources : saidIn(material.quoted);
  const sentences = new Map(
    sources.map((source) => [
      source.n,
      wasRead
        ? sentencesOf(source.text, `${source.title} ${pathOf(source.url)}`)
        : saidSentences(source.text),
    ]),
  );
  const stock: Stock = { sources, sentences, given, amount, prompt, used: new Set() };
  const whole = wasRead ? null : passedOn(schema, stock);
  return whole ?? build(schema, '', { ...stock });
}

/** Where no page was read, the words of the person who asks are quoted; they have no address and no number. */
function saidIn(quoted: string): readonly Source[] {
  const [first] = saidSentences(quoted);
  return first === undefined
    ? []
    : [{ n: 0, url: '', title: first.text.slice(0, 80), date: null, text: quoted }];
}

export const saidSentences = (text: string): Sentence[] =>
  text
    .split(/\n+|(?<=[.!?])\s+/)
    .map((part) => part.trim())
    .filter((part) => part !== '')
    .map((part) => ({ text: part, topic: 'what' }));

const pathOf = (url: string) => URL.parse(url)?.pathname ?? '';

const empty = /remov|unchecked|missing|error|problem|correct|gap|chang/i;
const questions = /question|unknown|\bopen/i;

function build(schema: Json | undefined, name: string, stock: Stock): Json {
  if (!isObject(schema)) return null;
  if (schema.const !== undefined) return schema.const;
  if (isList(schema.enum)) return schema.enum[0] ?? null;
  if (isList(schema.anyOf)) return optional(schema.anyOf, name, stock);
  switch (isList(schema.type) ? schema.type[0] : schema.type) {
    case 'object':
      return object(schema, stock);
    case 'array':
      return list(schema, name, stock);
    case 'string':
      return text(schema, name, stock) ?? unsupported(schema, name, stock);
    case 'integer':
    case 'number':
      return bounded(schema, /count|total|pages/i.test(name) ? stock.sources.length : 0);
    case 'boolean':
      return stock.sources.length > 0;
    default:
      return null;
  }
}

/** What may be null is null where nothing supports it. */
function optional(choices: readonly Json[], name: string, stock: Stock): Json {
  const mayBeNull = choices.some((choice) => isObject(choice) && choice.type === 'null');
  const first = choices.find((choice) => isObject(choice) && choice.type !== 'null');
  if (mayBeNull && isObject(first) && first.type === 'string') return text(first, name, stock);
  if (mayBeNull && stock.sources.length === 0) return null;
  return build(first, name, stock);
}

function object(schema: JsonObject, stock: Stock): Json {
  const properties = isObject(schema.properties) ? schema.properties : {};
  const names = Object.keys(properties);
  if (isClaim(properties)) return claims('', properties, stock, 1)[0] ?? silentClaim(properties, stock);
  const built: Record<string, Json> = {};
  // Fields that say what the others lack, or how good they are, come after them.
  const later = (name: string) => questions.test(name) || isScore(name);
  for (const name of [...names.filter((n) => !later(n)), ...names.filter(later)]) {
    const own = properties[name];
    const asked = lacking(built).slice(0, stock.amount.perField);
    if (questions.test(name) && fits(own, ['words'])) built[name] = asked;
    else if (isScore(name) && isObject(own) && (own.type === 'number' || own.type === 'integer'))
      built[name] = score(own, built, stock);
    else built[name] = passedOn(own, stock) ?? build(own, name, stock);
  }
  return Object.fromEntries(names.map((name) => [name, built[name] ?? null]));
}

/** What we were given of this very form: a draft to review goes on as it is. */
function passedOn(schema: Json | undefined, stock: Stock): Json | null {
  const fields = isObject(schema) && isObject(schema.properties) ? Object.keys(schema.properties) : [];
  if (fields.length < 2) return null;
  return stock.given.find((value) => fits(schema, value)) ?? null;
}

const isClaim = (properties: JsonObject) =>
  'text' in properties &&
  fits(properties.text, 'words') &&
  'sources' in properties &&
  fits(properties.sources, [1]);

function list(schema: JsonObject, name: string, stock: Stock): Json {
  if (empty.test(name)) return [];
  const items = isObject(schema.items) ? schema.items : {};
  return itemsFor(items, name, stock).filter((item) => fits(items, item));
}

function itemsFor(items: JsonObject, name: string, stock: Stock): readonly Json[] {
  const properties = isObject(items.properties) ? items.properties : null;
  const { perField, perPage } = stock.amount;
  if (properties !== null) {
    if (isClaim(properties)) return claims(name, properties, stock, perField);
    const each = 'url' in properties ? stock.sources : stock.sources.slice(0, perField);
    return each.map((source) => object(items, { ...stock, sources: [source], given: [], used: new Set() }));
  }
  if (items.type === 'integer') return stock.sources.map((source) => source.n);
  if (items.type === 'string' && isAddress(items, name)) return stock.sources.map((source) => source.url);
  if (items.type === 'string') {
    if (/fact|note|quote/i.test(name))
      return stock.sources.flatMap((source) => telling(source, stock, perPage));
    return pick(name, stock, perField).map((found) => found.text);
  }
  return [];
}

/** Sentences of a page in its order; where they are too many, those that say something particular. */
function telling(source: Source, stock: Stock, most: number): string[] {
  const all = stock.sentences.get(source.n) ?? [];
  const ranked = [...all.filter((s) => s.topic !== 'what'), ...all.filter((s) => s.topic === 'what')];
  const kept = new Set(ranked.slice(0, most));
  return all.filter((sentence) => kept.has(sentence)).map((sentence) => sentence.text);
}

interface Found {
  readonly text: string;
  readonly n: number;
}

/** Sentences for a field that stand nowhere yet: by its topic, or where it has none, two of each source. */
function pick(name: string, stock: Stock, most: number): Found[] {
  const topic = topicNamed(name);
  const fitting = stock.sources.flatMap((source): Found[] => {
    const all = (stock.sentences.get(source.n) ?? []).filter((s) => topic === null || s.topic === topic);
    const fresh = all.filter((s) => !stock.used.has(s.text));
    const share = topic === null && stock.sources.length > 1 ? 2 : most;
    return fresh.slice(0, share).map((s) => ({ text: s.text, n: source.n }));
  });
  const once = [...new Map(fitting.map((found) => [found.text, found])).values()].slice(0, most);
  for (const found of once) stock.used.add(found.text);
  return once;
}

const claims = (name: string, properties: JsonObject, stock: Stock, most: number): JsonObject[] =>
  pick(name, stock, most).map(({ text, n }) => ({ ...silentClaim(properties, stock), text, sources: [n] }));

const silentClaim = (properties: JsonObject, stock: Stock): JsonObject => ({
  ...Object.fromEntries(
    Object.entries(properties).map(([name, own]) => [
      name,
      build(own, name, { ...stock, sources: [], given: [] }),
    ]),
  ),
  text: '',
  sources: [],
});

const isAddress = (schema: JsonObject, name: string) =>
  /\b(url|link|address|website)s?\b/i.test(name) || /https?:\/\//.test(String(schema.description ?? ''));
const isDate = (schema: JsonObject, name: string) =>
  /\bdate\b/i.test(name) || /YYYY-MM-DD/.test(String(schema.description ?? ''));
const isTitle = (name: string) => /title|headline|company|subject|^name$/i.test(name);

const nothing = 'The sandbox found nothing to quote.';

/** null where nothing supports it. */
function text(schema: JsonObject, name: string, stock: Stock): string | null {
  const [source] = stock.sources;
  const mustBeSomething = (value: string | undefined, otherwise: string) =>
    value ?? (stock.sources.length === 0 ? null : otherwise);
  if (isAddress(schema, name)) return source?.url || null;
  if (isDate(schema, name)) return stock.sources.find((s) => s.date !== null)?.date?.slice(0, 10) ?? null;
  if (isTitle(name)) return mustBeSomething(source?.title || source?.url, '');
  const found = pick(name, stock, 3);
  const any = found.length > 0 ? found : pick('', { ...stock, used: new Set() }, 3);
  return any.length === 0 ? null : any.map((f) => f.text).join(' ');
}

/** What must be there and has no support: of the right form, and plainly not an answer. */
function unsupported(schema: JsonObject, name: string, stock: Stock): string {
  if (isAddress(schema, name)) return 'https://example.com/';
  if (isDate(schema, name)) return '1970-01-01';
  return `${nothing} It was asked: ${opening(stock.prompt)}`;
}

const opening = (prompt: string) => `"${prompt.replace(/\s+/g, ' ').trim().slice(0, 160)}"`;

const plainNames: Readonly<Record<Topic, string>> = {
  pricing: 'prices',
  signals: 'recent events',
  customers: 'customers',
  risks: 'risks',
  what: 'what is sold',
};

/** A question for each field that stayed empty. */
const lacking = (built: Readonly<Record<string, Json>>): string[] =>
  Object.entries(built).flatMap(([name, value]) => {
    const topic = topicNamed(name);
    return isList(value) && value.length === 0 && topic !== null
      ? [`What is known about ${plainNames[topic]}? The pages that were read do not say.`]
      : [];
  });

const isScore = (name: string) => /score|rating|confidence/i.test(name);

/** How many of the claims beside it stand in their source word for word, out of ten; within the bounds that are set. */
function score(schema: JsonObject, built: Readonly<Record<string, Json>>, stock: Stock): number {
  const all = Object.values(built).flatMap(claimsIn);
  const texts = new Map(stock.sources.map((source) => [source.n, source.text]));
  const held = all.filter(({ text, sources }) => sources.some((n) => texts.get(n)?.includes(text)));
  const most = typeof schema.maximum === 'number' ? schema.maximum : 10;
  return bounded(
    schema,
    all.length === 0 ? Math.round(most / 2) : Math.round((most * held.length) / all.length),
  );
}

function claimsIn(value: Json): { text: string; sources: number[] }[] {
  if (isList(value)) return value.flatMap(claimsIn);
  if (!isObject(value)) return [];
  const { text, sources } = value;
  if (typeof text === 'string' && isList(sources)) return [{ text, sources: sources.map(Number) }];
  return Object.values(value).flatMap(claimsIn);
}

function bounded(schema: JsonObject, value: number): number {
  const least = typeof schema.minimum === 'number' ? schema.minimum : value;
  const most = typeof schema.maximum === 'number' ? schema.maximum : value;
  return Math.min(Math.max(value, least), Math.max(most, least));
}
