import { stripVTControlCharacters } from 'node:util';
import { seenText } from '../seen-text.ts';

/** Text of others as a terminal may show it (rule S5): without escape sequences, and without what is not seen. */
export const inertText = (text: string): string => seenText(stripVTControlCharacters(text));

/** The same in one line. */
export function inertLine(text: string): string {
  return inertText(text).replace(/\s+/g, ' ').trim();
}
