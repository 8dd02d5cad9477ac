// Control characters and those that turn the direction of a line: they can change what a terminal or a card shows.
const unseen = /[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;
const unseenButLines = /(?![\t\n])[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Text of a model, a page or a person as it may be shown (rule S5): lines and tabs stay, other unseen characters go. */
export const inert = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(unseenButLines, '');

/** The same on one line. */
export const inertLine = (text: string): string =>
  inert(text).replace(/\s+/g, ' ').replace(unseen, '').trim();

/** Whether the text holds characters that `inert` would take away; line ends of any kind are fine. */
export const hasUnseen = (text: string): boolean =>
  !text.isWellFormed() || text.replace(/\r\n?/g, '\n').search(unseenButLines) >= 0;
