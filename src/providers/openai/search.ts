import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import { countIn } from '../count.ts';
import type { Found } from '../port.ts';

const objects = (value: Json | undefined): JsonObject[] => (isList(value) ? value.filter(isObject) : []);

/** What a search came upon: what its answer cites, with the words that it cites it for, then the other addresses that it saw. */
export function foundIn(items: readonly JsonObject[]): Found[] {
  const cited = new Map<string, Found>();
  for (const part of items.flatMap((item) => objects(item.content))) {
    const text = typeof part.text === 'string' ? part.text : '';
    let before = 0;
    for (const note of objects(part.annotations)) {
      if (note.type !== 'url_citation' || typeof note.url !== 'string') continue;
      const start = countIn(note.start_index) ?? text.length;
      const url = plain(note.url);
      const old = cited.get(url);
      // Several citations may stand side by side behind the same words.
      const words = wordsBefore(text, before, start) || (old?.excerpt ?? '');
      const excerpt = old?.excerpt && old.excerpt !== words ? `${old.excerpt} … ${words}` : words;
      const title = typeof note.title === 'string' ? note.title : '';
      cited.set(url, { url, title, excerpt: excerpt === '' ? null : excerpt });
      before = countIn(note.end_index) ?? start;
    }
  }
  const seen = items
    .flatMap((item) => (isObject(item.action) ? objects(item.action.sources) : []))
    .flatMap((source) => (typeof source.url === 'string' ? [plain(source.url)] : []));
  const others = [...new Set(seen)].filter((url) => !cited.has(url));
  return [...cited.values(), ...others.map((url) => ({ url, title: '', excerpt: null }))];
}

/** The mark that OpenAI puts on what it cites says nothing about the page. */
const plain = (url: string): string =>
  url.replace(/([?&])utm_source=openai(&|(?=#)|$)/, (_, before: string, after: string) =>
    after === '&' ? before : '',
  );

const wordsBefore = (text: string, from: number, to: number): string =>
  text
    .slice(from, to)
    .split('\n')
    .at(-1)
    ?.replace(/[\s([]+$/, '')
    .replace(/^[\s.,;:)\]*-]+/, '') ?? '';

/** Billable searches, where the reply counts them; else those that it lists. Opening a page is none. */
export function searchesIn(response: JsonObject, items: readonly JsonObject[]): number {
  const used = isObject(response.tool_usage) ? response.tool_usage.web_search : null;
  const told = isObject(used) ? countIn(used.num_requests) : null;
  if (told !== null) return told;
  return items.filter(
    ({ type, action }) => type === 'web_search_call' && (!isObject(action) || action.type === 'search'),
  ).length;
}
