import { stripVTControlCharacters } from 'node:util';

// Bidi controls and marks reorder what is read; tags and the byte order mark are not seen at all.
const unseen = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\u{e0000}-\u{e007f}]/gu;

/**
 * Text of others as a terminal may show it (rule S5): without escape sequences, control characters and bidi controls.
 * New lines stay; a tab becomes a space.
 */
export function inertText(text: string): string {
  return stripVTControlCharacters(text.replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n'))
    .replace(/\t/g, ' ')
    .replace(/\p{Cc}/gu, (c) => (c === '\n' ? c : ''))
    .replace(unseen, '')
    .toWellFormed();
}

/** The same in one line. */
export function inertLine(text: string): string {
  return inertText(text).replace(/\s+/g, ' ').trim();
}
