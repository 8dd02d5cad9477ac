import type { Json } from '../../core/json.ts';
import type { ModelRequest } from '../port.ts';
import { type Amount, extract, saidSentences } from './extract.ts';
import { addressesToRead } from './links.ts';
import { type Material, materialOf } from './material.ts';
import { sentencesOf } from './sentences.ts';

export type Answer =
  | { readonly calls: readonly { readonly tool: string; readonly arguments: Json }[] }
  /** `cut`: it did not fit into what was allowed. */
  | { readonly text: string; readonly cut: boolean };

/** Tried in this order until the answer is short enough. */
const amounts: readonly Amount[] = [
  { perField: 3, perPage: 8 },
  { perField: 2, perPage: 4 },
  { perField: 1, perPage: 1 },
];

const bytesPerToken = 4;

/** A rough count: four bytes a token, never less than what the bytes are. */
export const tokensIn = (text: string): number => Math.ceil(Buffer.byteLength(text) / bytesPerToken);

/** What the sandbox answers to a request: the same each time, made of nothing but the conversation. */
export function answer(request: ModelRequest): Answer {
  const material = materialOf(request);
  if (request.tools.some((tool) => tool.name === 'web.fetch')) {
    const addresses = addressesToRead(material);
    if (addresses.length > 0) {
      return { calls: addresses.map((url) => ({ tool: 'web.fetch', arguments: { url } })) };
    }
  }
  const texts = amounts.map((amount) => () => write(request, material, amount));
  let text = '';
  for (const written of texts) {
    text = written();
    if (tokensIn(text) <= request.maxOutputTokens) return { text, cut: false };
  }
  return { text: text.slice(0, request.maxOutputTokens * bytesPerToken), cut: true };
}

function write(request: ModelRequest, material: Material, amount: Amount): string {
  if (request.output !== null) return JSON.stringify(extract(request.output.schema, material, amount));
  if (request.tools.length > 0) {
    const { length } = material.sources;
    return `I have read ${length === 1 ? 'one page' : `${length} pages`} and can answer now.`;
  }
  const quoted = material.sources.flatMap((source) =>
    sentencesOf(source.text, source.title).slice(0, amount.perField),
  );
  const sentences = material.sources.length > 0 ? quoted : saidSentences(material.quoted);
  const words = sentences
    .slice(0, 3 * amount.perField)
    .map((sentence) => sentence.text)
    .join(' ');
  return words || 'The sandbox asks no model: it quotes what was read, and nothing was.';
}
