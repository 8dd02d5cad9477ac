/** Marks that reorder what is read, and what is not seen at all: tags, joiners, the byte order mark. */
const unseen = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/** Text of others without what is not seen (rule S5): no control characters, no bidi controls. New lines stay; a tab becomes a space. */
export const seenText = (text: string): string =>
  text
    .replaceAll(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replaceAll('\t', ' ')
    .replaceAll(/\p{Cc}/gu, (sign) => (sign === '\n' ? sign : ''))
    .replaceAll(unseen, '')
    .toWellFormed();
