import { isList, isObject, type JsonObject } from '../../core/json.ts';
import type { Found } from '../port.ts';

/** What a search came upon: what its answer quotes, with the quotes, then the other results. */
export function foundIn(
  blocks: readonly { readonly begun: JsonObject; readonly cited: readonly JsonObject[] }[],
): Found[] {
  const found = new Map<string, Found>();
  const add = (url: unknown, title: unknown, quote: unknown) => {
    if (typeof url !== 'string') return;
    const old = found.get(url);
    const quotes = [old?.excerpt, quote].filter((text) => typeof text === 'string' && text !== '');
    found.set(url, {
      url,
      title: typeof title === 'string' && title !== '' ? title : (old?.title ?? ''),
      excerpt: quotes.length === 0 ? null : [...new Set(quotes)].join(' … '),
    });
  };
  for (const { url, title, cited_text: quote } of blocks.flatMap(({ cited }) => cited))
    add(url, title, quote);
  for (const { begun } of blocks) {
    // A search that failed has an error in the place of results.
    if (begun.type !== 'web_search_tool_result' || !isList(begun.content)) continue;
    for (const { url, title } of begun.content.filter(isObject)) add(url, title, null);
  }
  return [...found.values()];
}
