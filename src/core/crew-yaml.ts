import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
} from 'yaml';
import type { Path, Pointing, Problem, Report } from './crew-problems.ts';

const most = { bytes: 256 * 1024, depth: 24, problems: 100 };

export interface YamlFile extends Report {
  /** Plain data; undefined when the text could not be read, which is then among the problems. */
  readonly value: unknown;
  /** By line and column, each once. */
  problems(): Problem[];
}

/** Reads one YAML file, keeping the place of everything in it. */
export function readYaml(file: string, text: string): YamlFile {
  const found: Problem[] = [];
  const counter = new LineCounter();
  const put = (offset: number, says: string) => {
    const { line, col } = counter.linePos(offset);
    found.push({ file, line: Math.max(1, line), column: Math.max(1, col), says });
  };
  const tooLarge = new TextEncoder().encode(text).length > most.bytes;
  const doc = tooLarge ? null : open(text, counter, put);
  if (tooLarge) put(0, `the file is larger than ${most.bytes / 1024} KB`);
  return {
    value: doc === null ? undefined : plain(doc.contents, 0, put),
    at(path, says, pointing = {}) {
      put(offsetOf(doc, text, path, pointing), says);
    },
    problems() {
      const each = new Map(found.map((p) => [`${p.line}:${p.column} ${p.says}`, p]));
      const sorted = [...each.values()].sort((a, b) => a.line - b.line || a.column - b.column);
      return sorted.slice(0, most.problems);
    },
  };
}

type Put = (offset: number, says: string) => void;

function open(text: string, counter: LineCounter, put: Put): Document | null {
  const doc = parseDocument(text, {
    lineCounter: counter,
    prettyErrors: false,
    schema: 'core',
    logLevel: 'error',
  });
  for (const error of doc.errors) {
    if (error.code === 'DUPLICATE_KEY')
      put(error.pos[0], `the key ${wordAt(text, error.pos[0])} stands here twice`);
  }
  // What follows a syntax error is mostly its echo: only the first is said.
  const [broken] = doc.errors.filter((e) => e.code !== 'DUPLICATE_KEY').sort((a, b) => a.pos[0] - b.pos[0]);
  if (broken) {
    const says = broken.code === 'RESOURCE_EXHAUSTION' ? 'nested too deeply' : sentence(broken.message);
    put(broken.pos[0], `not valid YAML: ${says}`);
    return null;
  }
  if (doc.contents === null) {
    put(0, 'the file is empty');
    return null;
  }
  return doc as Document;
}

const sentence = (message: string) => message.charAt(0).toLowerCase() + message.slice(1).split('\n', 1)[0];

const wordAt = (text: string, offset: number) =>
  `"${/^[\w.-]*/.exec(text.slice(offset, offset + 80))?.[0] ?? ''}"`;

const startOf = (node: unknown): number => (node as Node | null)?.range?.[0] ?? 0;

/** Only what JSON knows: aliases (which can multiply), tags and keys that are no words are refused. */
function plain(node: unknown, depth: number, put: Put): unknown {
  if (node === null || node === undefined) return null;
  if (depth > most.depth) return refused(node, 'nested too deeply', put);
  if (isAlias(node))
    return refused(node, 'aliases (*name) are not used in crew files; write the value again', put);
  const tag = (node as Node & { tag?: string }).tag;
  if (tag !== undefined && !/^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag)) {
    put(startOf(node), `tags (${tag.replace('tag:yaml.org,2002:', '!!')}) are not used in crew files`);
  }
  if (isScalar(node)) return node.value;
  if (isSeq(node)) return node.items.map((item) => plain(item, depth + 1, put));
  if (!isMap(node)) return null;
  const map: Record<string, unknown> = {};
  for (const pair of node.items) {
    const key = keyOf(pair);
    if (key === null || key === '__proto__') put(startOf(pair.key), 'this cannot be a key; a key is a word');
    // Of two equal keys the first stays; the second is reported already.
    else if (!Object.hasOwn(map, key)) map[key] = plain(pair.value, depth + 1, put);
  }
  return map;
}

function refused(node: unknown, says: string, put: Put): null {
  put(startOf(node), says);
  return null;
}

const keyOf = (pair: Pair): string | null => (isScalar(pair.key) ? String(pair.key.value) : null);

function offsetOf(
  doc: Document | null,
  text: string,
  path: Path,
  { key = false, near = '' }: Pointing,
): number {
  let node: unknown = doc?.contents ?? null;
  let place: unknown = node;
  for (const [i, part] of path.entries()) {
    const next = child(node, part);
    if (next === null) break;
    node = next.value;
    place = (key && i === path.length - 1) || node === null ? (next.key ?? node) : node;
  }
  const start = startOf(place);
  if (near === '' || place !== node) return start;
  const end = (node as Node | null)?.range?.[1] ?? start;
  const within = text.slice(start, end).indexOf(near);
  return within < 0 ? start : start + within;
}

function child(node: unknown, part: PropertyKey): { key: unknown; value: unknown } | null {
  if (isSeq(node)) {
    const value = node.items[Number(part)];
    return value === undefined ? null : { key: value, value };
  }
  const pair = isMap(node) ? node.items.find((p) => keyOf(p) === String(part)) : undefined;
  return pair === undefined ? null : { key: pair.key, value: pair.value };
}
