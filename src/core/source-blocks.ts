import { addressKey } from './address.ts';
import { fence, type Source } from './fence.ts';
import { isList, isObject, type Json } from './json.ts';

/** UTF-8 bytes of one page's own text, and of all of them, that a prompt shows: a step's input limit counts bytes (rule M4). */
const most = { page: 6_000, all: 60_000 };

const heads = new Set(['url', 'title', 'date']);

/**
 * The filter `sources`: fences, in the order of the list, for each object whose `url` was read in this run, with the number, title
 * and date of the register. The body is what the object says besides (`facts`, a summary); with the argument `"text"`, or when
 * it says nothing, it is the page's own text, cut. What was not read is left out, so a model can cite nothing it made up.
 */
export function sourceBlocks(value: Json | undefined, mode: unknown, register: readonly Source[]): string {
  if (value === null || value === undefined) return '';
  if (mode !== undefined && mode !== 'text') throw new Error('the filter "sources" takes "text" or nothing');
  if (!isList(value)) throw new Error('the filter "sources" needs a list of objects with a url');
  const read = new Map(register.map((source) => [addressKey(source.url), source]));
  const bodies = new Map<Source, string[]>();
  for (const item of value) {
    const url = isObject(item) ? item.url : undefined;
    if (!isObject(item) || typeof url !== 'string') {
      throw new Error('the filter "sources" needs a list of objects with a url');
    }
    const source = read.get(addressKey(url));
    if (source === undefined) continue;
    const said = bodies.get(source) ?? [];
    if (mode !== 'text') said.push(...sayings(item));
    bodies.set(source, said);
  }
  const room = Math.min(most.page, Math.floor(most.all / Math.max(1, bodies.size)));
  const texts = [...bodies].map(([source, said]) => ({
    ...source,
    text: said.join('\n') || cut(source.text, room),
  }));
  return texts.map(fence).join('\n\n');
}

const sayings = (item: { readonly [key: string]: Json }): string[] =>
  Object.entries(item).flatMap(([name, value]) => (heads.has(name) ? [] : saying(value)));

function saying(value: Json): string[] {
  if (value === null) return [];
  if (isList(value)) return value.map((part) => `- ${plain(part)}`);
  return [plain(value)];
}

const plain = (value: Json) => (typeof value === 'string' ? value : JSON.stringify(value));

function cut(text: string, room: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= room) return text;
  // A character that the cut goes through is dropped with it.
  const kept = new TextDecoder().decode(bytes.subarray(0, room)).replace(/\ufffd$/, '');
  return `${kept}\n[cut here: the page goes on]`;
}
