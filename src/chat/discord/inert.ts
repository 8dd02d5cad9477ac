import { seenText } from '../seen-text.ts';

/** As Discord finds addresses: within them nothing is markup. */
const address = /https?:\/\/[^\s<]+[^<.,:;"'\]\s]/g;
const anywhere = /[\\*_~`|[\]<@]|:(?=[\w+-]+:)/g;
const atLineStart = /^([^\S\n]*(?:\d+(?=\.\s))?)(#{1,3}(?=\s)|>|-|\+|\.(?=\s))/gm;

/** Text of others as Discord shows it word by word (rule S5): no markup, no mention, no hidden or reordering character. */
export function escaped(text: string): string {
  let out = '';
  let at = 0;
  const plain = seenText(text);
  for (const match of plain.matchAll(address)) {
    out += marked(plain.slice(at, match.index)) + match[0];
    at = match.index + match[0].length;
  }
  return lineStarts(out + marked(plain.slice(at)));
}

const marked = (text: string) => text.replaceAll(anywhere, (sign) => `\\${sign}`);
const lineStarts = (text: string) => text.replaceAll(atLineStart, '$1\\$2');

/** The same in one line. */
export const escapedLine = (text: string): string => escaped(text.replaceAll(/\s+/g, ' ').trim());

/** At most so many characters, with a sign that there was more. */
export const clipped = (text: string, most: number): string =>
  text.length <= most
    ? text
    : `${text
        .slice(0, most - 1)
        .toWellFormed()
        .replace(/[\ufffd\\]+$/, '')}…`;

/** In one line, for places where nothing is markup: a button, a label, the name of a thread. */
export const plainLine = (text: string, most: number): string =>
  clipped(seenText(text).replaceAll(/\s+/g, ' ').trim() || '…', most);

/** Escaped pieces of at most `most` characters, cut at paragraphs, else at lines, else at words. */
export function pieces(text: string, most: number): string[] {
  const found: string[] = [];
  for (let rest = seenText(text).trim(); rest !== ''; ) {
    let cut = cutAt(rest, most);
    let piece = escaped(rest.slice(0, cut));
    // Escaping makes it longer.
    while (piece.length > most) {
      cut = cutAt(rest, Math.max(1, Math.floor((cut * most) / piece.length) - 1));
      piece = escaped(rest.slice(0, cut));
    }
    found.push(piece.trimEnd());
    rest = rest.slice(cut).trimStart();
  }
  return found;
}

function cutAt(text: string, most: number): number {
  if (text.length <= most) return text.length;
  const head = text.slice(0, most);
  const [at] = ['\n\n', '\n', ' '].map((sign) => head.lastIndexOf(sign)).filter((i) => i > most / 2);
  // Not within a character of two units.
  return at ?? (most > 1 && /[\ud800-\udbff]$/.test(head) ? most - 1 : most);
}
