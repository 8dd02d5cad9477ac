/** Texts as Slack's markup takes them. Pure. */

/** Once, over what is not ours: nothing in it can be a mention or a link any more (rule S5). */
export const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const unescaped = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** In bold. A star within would end it, so another sign that looks like one stands there. */
export const bold = (text: string): string => `*${escaped(oneLine(text)).replaceAll('*', '∗')}*`;

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();

/** At most this many characters, whole ones, with a sign where something was cut. */
export function clipped(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, wholeUntil(text, most - 1))}…`;
}

/** Pieces of at most `most` characters: cut between paragraphs, else lines, else words, else anywhere but within a sign. */
export function pieces(text: string, most: number): string[] {
  const found: string[] = [];
  let rest = text.trim();
  while (rest.length > most) {
    const at = cutIn(rest, most);
    found.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  return rest === '' ? found : [...found, rest];
}

function cutIn(text: string, most: number): number {
  const head = text.slice(0, most + 1);
  for (const border of ['\n\n', '\n', ' ']) {
    const at = head.lastIndexOf(border);
    // A border near the beginning would leave pieces of a few words.
    if (at > most / 2) return at;
  }
  return wholeUntil(text, most);
}

/** Not within a pair of surrogates, nor within `&amp;`. */
function wholeUntil(text: string, at: number): number {
  const open = /&[a-z]{0,4}$/.exec(text.slice(Math.max(0, at - 5), at));
  const before = open !== null && /^&[a-z]+;/.test(text.slice(at - open[0].length)) ? open[0].length : 0;
  const cut = at - before;
  const code = text.charCodeAt(cut - 1);
  return code >= 0xd800 && code <= 0xdbff ? cut - 1 : cut;
}

/**
 * What a person typed, as the desk reads it: mentions keep their ids without names, an address is as it was typed.
 * `<http://acme.com|acme.com>` is `acme.com`.
 */
export function asTyped(text: string): string {
  const plain = text.replace(/<([^<>]*)>/g, (whole, inner: string) => {
    const [to = '', label] = inner.split('|', 2);
    if (/^[@#][A-Z0-9]+$/.test(to)) return `\u0001${to}\u0002`;
    if (/^(?:https?:\/\/|mailto:)/.test(to)) return label ?? to;
    return whole;
  });
  return unescaped(plain).replaceAll('\u0001', '<').replaceAll('\u0002', '>').trim();
}
