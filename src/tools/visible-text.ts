import { inert } from '../core/inert.ts';

// The joiners U+200C and U+200D stay: some scripts are misspelt without them.
const invisible = /[\u00AD\u200B\u2060-\u2064\u{E0000}-\u{E007F}]/gu;

/** Without control, direction, zero-width and tag characters: they carry text that no person sees. */
export const visibleText = (text: string) =>
  inert(text)
    .replace(invisible, '')
    .replace(/\u00A0/g, ' ');

/** On one line. */
export const lineOf = (text: string | null | undefined) =>
  visibleText(text ?? '')
    .replace(/\s+/g, ' ')
    .trim();
