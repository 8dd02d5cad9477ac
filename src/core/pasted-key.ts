import { CrewsmithError } from '../errors.ts';

/** Before a key stands nothing, a sign, or a sign as JSON or an address writes it ("\\nsk-…", "%3Dsk-…"). */
const before = /(?<=^|[^A-Za-z0-9]|\\[bfnrt]|\\u[\da-fA-F]{4}|%[\da-fA-F]{2})/;

const after = (shape: RegExp) => new RegExp(before.source + shape.source);

/**
 * How provider keys begin, the longer beginning first. Long and with a digit, so that words which only begin alike
 * ("sk-learn-pipelines") are no keys. The digit is looked for no further than any key is long: else a large file of such beginnings
 * would keep everybody waiting.
 */
const shapes = [
  { provider: 'anthropic', shape: after(/sk-ant-(?=[A-Za-z_-]{0,200}\d)[A-Za-z0-9_-]{16,}/) },
  { provider: 'openai', shape: after(/sk-(?=[A-Za-z_-]{0,200}\d)[A-Za-z0-9_-]{20,}/) },
  { provider: 'google', shape: after(/AIza(?=[A-Za-z_-]{0,200}\d)[A-Za-z0-9_-]{30,}/) },
] as const;

/**
 * The provider whose key seems to stand in a text that people typed, or null. Such a text is refused, never stored and never
 * sent on (rule K4).
 */
export function looksLikeKey(text: string): 'openai' | 'anthropic' | 'google' | null {
  return shapes.find(({ shape }) => shape.test(text))?.provider ?? null;
}

/** The text with another one in the place of everything that looks like a key. */
export const withoutKeys = (text: string, instead: string): string =>
  shapes.reduce((left, { shape }) => left.replaceAll(new RegExp(shape, 'g'), instead), text);

/** Throws `key.typed` when one of the texts seems to hold a key; it is not repeated. */
export function refuseKeys(texts: readonly string[]): void {
  for (const text of texts) {
    const provider = looksLikeKey(text);
    if (provider !== null) throw new CrewsmithError('key.typed', { provider });
  }
}
