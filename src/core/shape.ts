import { didYouMean } from './nearest.ts';

/** The type of a value, as the shorthand of a crew file says it: `{ text: text, sources: [integer] }`. */
export type Shape =
  | { readonly is: 'text' | 'number' | 'integer' | 'boolean' | 'date' | 'url' }
  | { readonly is: 'choice'; readonly of: readonly string[] }
  | { readonly is: 'list'; readonly of: Shape }
  | { readonly is: 'object'; readonly name: string | null; readonly fields: Readonly<Record<string, Shape>> }
  | { readonly is: 'optional'; readonly of: Shape };

/** `path` leads to the place within what was read; `says` is a sentence without a full stop. */
export interface ShapeProblem {
  readonly path: readonly (string | number)[];
  readonly says: string;
}

/** Named types. null: the name is known, its own definition has a mistake that was reported there. */
export type NamedTypes = ReadonlyMap<string, Shape | null>;

const simple = ['text', 'number', 'integer', 'boolean', 'date', 'url'] as const;
const isSimple = (word: string): word is (typeof simple)[number] =>
  (simple as readonly string[]).includes(word);

const typeName = /^[A-Z][A-Za-z0-9]{0,39}$/;
const fieldName = /^[a-z][a-z0-9_]{0,39}$/;
const choiceWord = /^[\p{L}\p{N}][\p{L}\p{N} _.-]{0,59}$/u;

/** Providers refuse schemas beyond these; a type that names others twice over grows fast. */
const most = { parts: 300, depth: 10, choices: 50 };

type Path = readonly (string | number)[];
type Lookup = (name: string) => Shape | null | undefined;

interface Reading {
  readonly lookup: Lookup;
  readonly names: readonly string[];
  readonly problems: ShapeProblem[];
}

/** Reads `types:`. Types may name each other in any order, not themselves. */
export function readTypes(sources: Readonly<Record<string, unknown>>): {
  types: NamedTypes;
  problems: ShapeProblem[];
} {
  const types = new Map<string, Shape | null>();
  const problems: ShapeProblem[] = [];
  const open: string[] = [];
  const names = Object.keys(sources);
  const lookup: Lookup = (name) => {
    if (!Object.hasOwn(sources, name)) return undefined;
    const known = types.get(name);
    if (known !== undefined) return known;
    if (open.includes(name)) {
      const circle = [...open.slice(open.indexOf(name)), name].join(' → ');
      problems.push({ path: [name], says: `type "${name}" contains itself: ${circle}` });
      return null;
    }
    open.push(name);
    if (!typeName.test(name)) {
      problems.push({
        path: [name],
        says: `"${name}" cannot be the name of a type; begin with a capital letter, like Claim`,
      });
    }
    const shape = read(sources[name], [name], { lookup, names, problems });
    open.pop();
    const named: Shape | null = shape?.is === 'object' ? { ...shape, name } : shape;
    types.set(name, withinSize(named, [name], problems));
    return types.get(name) ?? null;
  };
  for (const name of names) lookup(name);
  return { types, problems };
}

/** Reads one type: shorthand text, `[T]`, or a map of fields. `shape` is null when there are problems. */
export function readShape(
  source: unknown,
  types: NamedTypes,
): { shape: Shape | null; problems: ShapeProblem[] } {
  const problems: ShapeProblem[] = [];
  const reading = { lookup: (name: string) => types.get(name), names: [...types.keys()], problems };
  const shape = withinSize(read(source, [], reading), [], problems);
  return { shape: problems.length > 0 ? null : shape, problems };
}

function read(source: unknown, path: Path, reading: Reading): Shape | null {
  const wrong = (says: string) => {
    reading.problems.push({ path, says });
    return null;
  };
  if (typeof source === 'string') return readWord(source.trim(), wrong, reading);
  if (Array.isArray(source)) {
    if (source.length !== 1) return wrong('a list names one type between its brackets, like [text]');
    const of = read(source[0], [...path, 0], reading);
    return of && { is: 'list', of };
  }
  if (typeof source === 'object' && source !== null)
    return readFields(Object.entries(source), path, wrong, reading);
  return wrong(
    source === null || source === undefined ? 'a type is missing here' : `${String(source)} is not a type`,
  );
}

function readFields(
  entries: readonly (readonly [string, unknown])[],
  path: Path,
  wrong: (says: string) => null,
  reading: Reading,
): Shape | null {
  if (entries.length === 0) return wrong('a type with fields needs at least one field');
  const fields: Record<string, Shape> = {};
  let whole = true;
  for (const [name, source] of entries) {
    if (!fieldName.test(name)) {
      const says = `"${name}" cannot be the name of a field; use lower-case letters, digits and underscores, like next_step`;
      reading.problems.push({ path: [...path, name], says });
      whole = false;
      continue;
    }
    const shape = read(source, [...path, name], reading);
    if (shape === null) whole = false;
    else fields[name] = shape;
  }
  return whole ? { is: 'object', name: null, fields } : null;
}

function readWord(word: string, wrong: (says: string) => null, reading: Reading): Shape | null {
  if (word.endsWith('?')) {
    const of = readWord(word.slice(0, -1).trim(), wrong, reading);
    return of && (of.is === 'optional' ? of : { is: 'optional', of });
  }
  if (word.startsWith('[') && word.endsWith(']')) {
    const of = readWord(word.slice(1, -1).trim(), wrong, reading);
    return of && { is: 'list', of };
  }
  if (word.includes('|')) return readChoice(word, wrong, reading);
  if (isSimple(word)) return { is: word };
  const named = reading.lookup(word);
  if (named !== undefined) return named;
  if (word === '') return wrong('a type is missing here');
  return wrong(`unknown type "${word}"${didYouMean(word, [...simple, ...reading.names])}`);
}

function readChoice(word: string, wrong: (says: string) => null, reading: Reading): Shape | null {
  const of = word.split('|').map((choice) => choice.trim());
  const type = of.find((choice) => isSimple(choice) || reading.names.includes(choice));
  if (type !== undefined) return wrong(`"${word}" mixes types; a choice is between words, like low|high`);
  const bad = of.find((choice) => !choiceWord.test(choice));
  if (bad !== undefined) return wrong(`"${bad}" cannot be a choice; use words of letters and digits`);
  if (new Set(of).size < of.length) return wrong(`"${word}" names a choice twice`);
  if (of.length > most.choices) return wrong(`a choice has at most ${most.choices} words`);
  return { is: 'choice', of };
}

function withinSize(shape: Shape | null, path: Path, problems: ShapeProblem[]): Shape | null {
  if (shape === null) return null;
  const { parts, depth } = measure(shape, new Map());
  if (parts <= most.parts && depth <= most.depth) return shape;
  const says =
    parts > most.parts
      ? `this type has more than ${most.parts} parts`
      : `this type is nested deeper than ${most.depth} levels`;
  problems.push({ path, says });
  return null;
}

type Size = { readonly parts: number; readonly depth: number };

/** Named types are shared, so each is measured once however often it is named. */
function measure(shape: Shape, seen: Map<Shape, Size>): Size {
  const known = seen.get(shape);
  if (known) return known;
  const children =
    shape.is === 'object'
      ? Object.values(shape.fields)
      : 'of' in shape && shape.is !== 'choice'
        ? [shape.of]
        : [];
  const sizes = children.map((child) => measure(child, seen));
  const size = {
    parts: sizes.reduce((sum, s) => sum + s.parts, 1),
    depth: Math.max(0, ...sizes.map((s) => s.depth)) + (shape.is === 'object' || shape.is === 'list' ? 1 : 0),
  };
  seen.set(shape, size);
  return size;
}

/** The shape without its optional mark. */
export const required = (shape: Shape): Shape => (shape.is === 'optional' ? required(shape.of) : shape);

/** What people call it: `a list`, `text`. */
export function nameOf(shape: Shape): string {
  switch (shape.is) {
    case 'optional':
      return nameOf(shape.of);
    case 'object':
      return shape.name === null ? 'an object' : `a ${shape.name}`;
    case 'list':
      return 'a list';
    case 'text':
      return 'text';
    default:
      return `a ${shape.is}`;
  }
}

/** `pages[0].url`; empty for the whole value. */
export const pathText = (path: readonly PropertyKey[]): string =>
  path
    .map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i > 0 ? '.' : ''}${String(part)}`))
    .join('');
