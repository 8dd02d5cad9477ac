import { addressKey } from './address.ts';
import { isList, isObject, type Json, type JsonObject } from './json.ts';
import { pathText, required, type Shape } from './shape.ts';

/** What may be cited in this run (rule S5): numbers and addresses of the run's register. */
export interface Citable {
  readonly numbers: ReadonlySet<number>;
  readonly urls: ReadonlySet<string>;
  /** The step read pages itself: each object with a `url` must be one that was read. */
  readonly pagesMustBeRead: boolean;
}

export interface Unsupported {
  readonly path: string;
  readonly text: string;
  /** Completes "…": `names no source`. */
  readonly why: string;
}

/** A claim is an object with `text` and a list `sources` of integers. */
export function isClaim(shape: Shape): boolean {
  if (shape.is !== 'object') return false;
  const { text, sources } = shape.fields;
  if (text === undefined || sources === undefined || required(text).is !== 'text') return false;
  const list = required(sources);
  return list.is === 'list' && required(list.of).is === 'integer';
}

const isPage = (shape: Shape): boolean =>
  shape.is === 'object' && shape.fields.url !== undefined && required(shape.fields.url).is === 'url';

/** Claims without a source that may be cited, and pages that were not read (rule R9). */
export function checkCitations(shape: Shape, value: Json, citable: Citable): readonly Unsupported[] {
  const unsupported: Unsupported[] = [];
  const judge = judgeOf(citable);
  walk(shape, value, [], (part, at, path) => {
    const { why, text } = judge(part, at);
    if (why !== null) unsupported.push({ path: pathText(path), text, why });
  });
  return unsupported;
}

export interface Pruned {
  readonly value: Json;
  readonly removed: readonly { readonly path: string; readonly text: string }[];
  /** Something was removed and no supported claim and no read page is left: the step has failed. */
  readonly nothingLeft: boolean;
}

/**
 * The value without what `checkCitations` finds, and without unknown numbers beside known ones. An item of a list is dropped, an
 * optional part becomes null, a claim that must be there is emptied. A page that must be there and was not read leaves nothing.
 */
export function pruneCitations(shape: Shape, value: Json, citable: Citable): Pruned {
  const removed: { path: string; text: string }[] = [];
  const judge = judgeOf(citable);
  let supported = 0;
  let impossible = false;

  const prune = (part: Shape, at: Json, path: readonly PropertyKey[]): Json | typeof dropped => {
    const here = required(part);
    if (at === null) return null;
    if (here.is === 'list' && isList(at)) {
      return at.map((item, i) => prune(here.of, item, [...path, i])).filter((item) => item !== dropped);
    }
    if (here.is !== 'object' || !isObject(at)) return at;
    const { why, text } = judge(here, at);
    if (why !== null) {
      removed.push({ path: pathText(path), text });
      return dropped;
    }
    if (isClaim(here) ? text !== '' : isPage(here) && citable.pagesMustBeRead) supported++;
    const kept = Object.entries(here.fields).map(([name, field]): [string, Json] => [
      name,
      isClaim(here) && name === 'sources'
        ? knownOnly(at[name] ?? null)
        : pruneField(field, at[name] ?? null, [...path, name]),
    ]);
    return Object.fromEntries(kept);
  };

  const pruneField = (field: Shape, at: Json, path: readonly PropertyKey[]): Json => {
    const kept = prune(field, at, path);
    if (kept !== dropped) return kept;
    if (field.is === 'optional') return null;
    if (isObject(at) && isClaim(field)) return { ...at, text: '', sources: [] };
    impossible = true;
    return at;
  };

  const knownOnly = (numbers: Json): Json =>
    isList(numbers) ? numbers.filter((n) => citable.numbers.has(Number(n))) : numbers;

  const pruned = prune(shape, value, []);
  const left = pruned === dropped ? null : pruned;
  return { value: left, removed, nothingLeft: impossible || (removed.length > 0 && supported === 0) };
}

const dropped = Symbol('dropped');

type Judge = (shape: Shape, value: JsonObject) => { readonly why: string | null; readonly text: string };

function judgeOf(citable: Citable): Judge {
  const read = new Set([...citable.urls].map(addressKey));
  return (shape, value) => {
    if (isClaim(shape)) {
      const numbers = isList(value.sources) ? value.sources.map(Number) : [];
      const text = typeof value.text === 'string' ? value.text : '';
      // An empty claim says nothing: it is what is left of one that was removed.
      if (text === '' || numbers.some((n) => citable.numbers.has(n))) return { why: null, text };
      return {
        why: numbers.length === 0 ? 'names no source' : `names ${sources(numbers)}, which nobody read`,
        text,
      };
    }
    const { url } = value;
    if (!citable.pagesMustBeRead || !isPage(shape) || typeof url !== 'string') return { why: null, text: '' };
    return { why: read.has(addressKey(url)) ? null : 'was not read', text: url };
  };
}

const sources = (numbers: readonly number[]) =>
  numbers.length === 1 ? `source ${numbers[0]}` : `sources ${numbers.join(', ')}`;

/** Every object of a value with its shape, outside in. */
function walk(
  shape: Shape,
  value: Json,
  path: readonly PropertyKey[],
  see: (shape: Shape, value: JsonObject, path: readonly PropertyKey[]) => void,
): void {
  const here = required(shape);
  if (here.is === 'list' && isList(value)) {
    for (const [i, item] of value.entries()) walk(here.of, item, [...path, i], see);
  }
  if (here.is !== 'object' || !isObject(value)) return;
  see(here, value, path);
  for (const [name, field] of Object.entries(here.fields))
    walk(field, value[name] ?? null, [...path, name], see);
}
