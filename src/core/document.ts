import { createHash } from 'node:crypto';
import { isClaim } from './citations.ts';
import type { Source } from './fence.ts';
import { inert, inertLine } from './inert.ts';
import { canonicalJson, isList, isObject, type Json, type JsonObject } from './json.ts';
import { required, type Shape } from './shape.ts';

/** What a gate shows and a delivery sends (rule G1), for any surface. All texts are plain: nothing in them is markup. */
export interface Document {
  readonly v: 1;
  readonly title: string;
  /** What a reader must know about its making: `written by the sandbox`. */
  readonly labels: readonly string[];
  readonly blocks: readonly Block[];
  /** Those that are cited, by number. */
  readonly sources: readonly { readonly n: number; readonly url: string; readonly title: string }[];
}

export type Block =
  | { readonly type: 'heading'; readonly level: 1 | 2; readonly text: string }
  | { readonly type: 'paragraph'; readonly text: string; readonly sources: readonly number[] }
  | { readonly type: 'bullets'; readonly items: readonly Bullet[] };

export interface Bullet {
  readonly text: string;
  readonly sources: readonly number[];
}

export interface DocumentParts {
  readonly title: string;
  readonly shape: Shape;
  readonly value: Json;
  /** The run's register. */
  readonly sources: readonly Source[];
  readonly labels: readonly string[];
}

/** One value as one document. Empty parts are left out; a number that the register does not know is not shown. */
export function renderDocument({ title, shape, value, sources, labels }: DocumentParts): Document {
  const known = new Map(sources.map((source) => [source.n, source]));
  const blocks = blocksOf(shape, value, 1, known);
  const cited = new Set(
    blocks.flatMap((b) =>
      b.type === 'bullets' ? b.items.flatMap((i) => i.sources) : b.type === 'paragraph' ? b.sources : [],
    ),
  );
  return {
    v: 1,
    title: inertLine(title),
    labels: labels.map(inertLine),
    blocks: blocks.length > 0 ? blocks : [{ type: 'paragraph', text: 'Nothing to show.', sources: [] }],
    sources: [...known.values()]
      .filter((source) => cited.has(source.n))
      .sort((a, b) => a.n - b.n)
      .map((source) => ({ n: source.n, url: inertLine(source.url), title: inertLine(source.title) })),
  };
}

type KnownSources = ReadonlyMap<number, Source>;

function blocksOf(shape: Shape, value: Json, level: 1 | 2, known: KnownSources): Block[] {
  const here = required(shape);
  if (value === null) return [];
  if (here.is === 'list' && isList(value)) return listBlocks(here.of, value, level, known);
  if (here.is === 'object' && isObject(value)) {
    if (isClaim(here)) return paragraphs(claimOf(value, known));
    return Object.entries(here.fields).flatMap(([name, field]) => {
      const inside = blocksOf(field, value[name] ?? null, 2, known);
      return inside.length > 0 ? [heading(level, labelOf(name)), ...inside] : [];
    });
  }
  return paragraphs({ text: scalarText(value), sources: [] });
}

function listBlocks(shape: Shape, values: readonly Json[], level: 1 | 2, known: KnownSources): Block[] {
  const of = required(shape);
  if (of.is === 'list' || (of.is === 'object' && !isClaim(of))) {
    return values.flatMap((item, i) => {
      const { head, rest } = titled(of, item);
      const inside = head === null ? blocksOf(of, item, 2, known) : blocksOf(rest, item, 2, known);
      return head === null && inside.length === 0 ? [] : [heading(level, head ?? String(i + 1)), ...inside];
    });
  }
  const items = values
    .map((item) => (isObject(item) ? claimOf(item, known) : { text: scalarText(item), sources: [] }))
    .map((item) => ({ ...item, text: inertLine(item.text) }))
    .filter((item) => item.text !== '');
  return items.length > 0 ? [{ type: 'bullets', items }] : [];
}

/** An item of a list is headed by its first text, which is then not said again below. */
function titled(shape: Shape, item: Json): { head: string | null; rest: Shape } {
  if (shape.is !== 'object' || !isObject(item)) return { head: null, rest: shape };
  const name = Object.keys(shape.fields).find(
    (key) => shape.fields[key]?.is === 'text' && typeof item[key] === 'string',
  );
  const head = name === undefined ? '' : inertLine(String(item[name]));
  if (name === undefined || head === '' || head.length > 150) return { head: null, rest: shape };
  const { [name]: _, ...fields } = shape.fields;
  return { head, rest: { ...shape, fields } };
}

const heading = (level: 1 | 2, text: string): Block => ({ type: 'heading', level, text });

function claimOf(value: JsonObject, known: KnownSources): Bullet {
  const numbers = isList(value.sources) ? value.sources.map(Number).filter((n) => known.has(n)) : [];
  return { text: typeof value.text === 'string' ? value.text : '', sources: [...new Set(numbers)] };
}

/** The sources of a text of several paragraphs stand at its last one. */
function paragraphs({ text, sources }: Bullet): Block[] {
  const parts = inert(text)
    .split(/\n[ \t]*\n/)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.map((part, i) => ({
    type: 'paragraph',
    text: part,
    sources: i === parts.length - 1 ? sources : [],
  }));
}

const scalarText = (value: Json): string =>
  typeof value === 'boolean'
    ? value
      ? 'yes'
      : 'no'
    : typeof value === 'string'
      ? value
      : value === null
        ? ''
        : JSON.stringify(value);

/** `next_steps` as people read it: `Next steps`. */
export const labelOf = (name: string): string => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** The bytes that are stored, hashed and sent. */
export const documentBytes = (document: Document): string => canonicalJson(document as unknown as Json);

/** SHA-256 of `documentBytes`, in hex. */
export const documentHash = (document: Document): string =>
  createHash('sha256').update(documentBytes(document)).digest('hex');

const marks = (numbers: readonly number[]) =>
  numbers.length > 0 ? ` ${numbers.map((n) => `[${n}]`).join('')}` : '';

/** Plain text that also reads well as Markdown; every address is visible. */
export function documentText(document: Document): string {
  const blocks = document.blocks.map(blockText);
  const sources = document.sources.map(
    ({ n, url, title }) => `[${n}] ${title === '' ? url : `${title}: ${url}`}`,
  );
  return [
    `# ${document.title}`,
    ...(document.labels.length > 0 ? [document.labels.join(' · ')] : []),
    ...blocks,
    ...(sources.length > 0 ? ['## Sources', sources.join('\n')] : []),
  ].join('\n\n');
}

function blockText(block: Block): string {
  switch (block.type) {
    case 'heading':
      return `${block.level === 1 ? '##' : '###'} ${block.text}`;
    case 'paragraph':
      return `${block.text}${marks(block.sources)}`;
    case 'bullets':
      return block.items.map((item) => `- ${item.text}${marks(item.sources)}`).join('\n');
  }
}
