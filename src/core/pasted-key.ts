import { CrewsmithError } from '../errors.ts';

/**
 * How provider keys begin, the longer beginning first. Long and with a digit, so that words which only begin alike
 * ("sk-learn-pipelines") are no keys.
 */
const shapes = [
  { provider: 'anthropic', begins: /(?<![A-Za-z0-9])sk-ant-/, atLeast: 16 },
  { provider: 'openai', begins: /(?<![A-Za-z0-9])sk-/, atLeast: 20 },
  { provider: 'google', begins: /(?<![A-Za-z0-9])AIza/, atLeast: 30 },
] as const;

/** What a key consists of, as much of it as stands together. */
const together = /[A-Za-z0-9_-]+/g;

/**
 * The provider whose key seems to stand in a text that people typed, or null. Such a text is refused, never stored and never
 * sent on (rule K4).
 */
export function looksLikeKey(text: string): 'openai' | 'anthropic' | 'google' | null {
  const runs = text.match(together) ?? [];
  return shapes.find((shape) => runs.some((run) => isLike(shape, run)))?.provider ?? null;
}

/** The first beginning has the most behind it: to try the others as well would take for ever on a text that is made of them. */
function isLike({ begins, atLeast }: (typeof shapes)[number], run: string): boolean {
  const found = begins.exec(run);
  if (found === null) return false;
  const rest = run.slice(found.index + found[0].length);
  return rest.length >= atLeast && /\d/.test(rest);
}

/** Throws `key.typed` when one of the texts seems to hold a key; it is not repeated. */
export function refuseKeys(texts: readonly string[]): void {
  for (const text of texts) {
    const provider = looksLikeKey(text);
    if (provider !== null) throw new CrewsmithError('key.typed', { provider });
  }
}
