import { parseFences } from '../../core/fence.ts';
import type { Item, ModelEvent, ModelRequest, Provider } from '../port.ts';
import { ProviderFailure } from '../port.ts';
import { extract, sentences } from './extract.ts';

/** Pages that a company's site usually has; looked for in the links that were read. */
const wanted = /about|company|team|product|feature|platform|pricing|plans|news|blog|press|customer|docs/i;
const linksMax = 5;

/**
 * The offline provider: asks no model, costs nothing, and answers the same each time, by extraction from what it was given. What
 * it writes is labelled by the engine (rule K7).
 */
export function createSandbox(): Provider {
  return {
    name: 'sandbox',

    async *stream(request, _key, signal) {
      const events = [...answer(request)];
      for (const event of events) {
        if (signal.aborted) throw new ProviderFailure('aborted', 'The call was stopped.', { money: 'none' });
        yield event;
      }
    },

    verify: async () => ({ state: 'healthy', models: ['sandbox'] }),
  };
}

function* answer(request: ModelRequest): Generator<ModelEvent> {
  const all = request.conversation.map((said) => said.items.map(textOf).join('\n')).join('\n');
  const links = request.tools.some((tool) => tool.name === 'web.fetch') && !hasResults(request) ? toRead(all) : [];
  const raw = { provider: 'sandbox', model: request.model, items: [] } as const;
  const input = tokens(request.instructions) + tokens(all);
  if (links.length > 0) {
    yield usage(input, tokens(links.join(' ')));
    for (const [i, url] of links.entries()) {
      yield { type: 'tool-call', id: `sandbox_${i + 1}`, tool: 'web.fetch', arguments: { url } };
    }
    yield { type: 'finish', reason: 'tool-calls', word: 'tool-calls', raw };
    return;
  }
  const text = request.output === null ? plain(all) : JSON.stringify(extract(request.output.schema, all));
  yield usage(input, tokens(text));
  const size = Math.max(1, Math.ceil(text.length / 4));
  for (let at = 0; at < text.length; at += size) yield { type: 'text', text: text.slice(at, at + size) };
  yield { type: 'finish', reason: 'stop', word: 'stop', raw };
}

const textOf = (item: Item): string => (item.type === 'call' ? '' : item.text);

const hasResults = (request: ModelRequest) =>
  request.conversation.some((said) => said.items.some((item) => item.type === 'result'));

/** The address in the prompt where nothing was read yet; else the most telling of the links of what was read. */
function toRead(text: string): string[] {
  const read = new Set(parseFences(text).map((source) => source.url));
  const links = [...text.matchAll(/^- \[([^\]\n]*)\]\((\S+)\)$/gm)].map(([, name = '', url = '']) => ({ name, url }));
  if (read.size === 0) {
    const [address] = text.match(/https?:\/\/[^\s"'<>)]+/) ?? [];
    return address === undefined ? [] : [address];
  }
  const [first] = read;
  const host = first === undefined ? '' : new URL(first).host;
  const telling = links.filter(({ name, url }) => hostOf(url) === host && !read.has(url) && (wanted.test(name) || wanted.test(url)));
  return [...new Set(telling.map((link) => link.url))].slice(0, linksMax);
}

const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : '');

function plain(text: string): string {
  const found = parseFences(text).flatMap((source) => sentences(source.text).slice(0, 2));
  return found.length > 0 ? found.slice(0, 8).join(' ') : 'I have read what was given.';
}

const tokens = (text: string): number => Math.ceil(Buffer.byteLength(text) / 4);

const usage = (inputTokens: number, outputTokens: number): ModelEvent => ({
  type: 'usage',
  usage: { inputTokens, outputTokens, cacheReadTokens: 0, cacheWriteTokens: 0, reasoningTokens: 0, searches: 0 },
});

