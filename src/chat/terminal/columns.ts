let graphemes: Intl.Segmenter | undefined;

// East Asian wide and full-width blocks of Unicode's EastAsianWidth.txt, in coarse ranges.
const wide =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** Made when a line asks for it: that takes milliseconds, and most lines are plain. */
function lettersOf(text: string): string[] {
  graphemes ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return Array.from(graphemes.segment(text), (s) => s.segment);
}

function widthOfLetter(letter: string): number {
  if (/^[\p{Mark}\u200c\u200d]+$/u.test(letter)) return 0;
  return wide.test(letter) || /^\p{Emoji_Presentation}|\ufe0f/u.test(letter) ? 2 : 1;
}

/** Columns that a terminal gives to a line. */
export function columnsOf(line: string): number {
  if (/^[ -~]*$/.test(line)) return line.length;
  return lettersOf(line).reduce((sum, letter) => sum + widthOfLetter(letter), 0);
}

/** The line with spaces up to `columns`; one that is longer stays as it is. */
export function padTo(line: string, columns: number): string {
  return line + ' '.repeat(Math.max(0, columns - columnsOf(line)));
}

/** The line in at most `columns`, its end replaced by `…` where it is longer. */
export function cutTo(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  if (columns < 1) return '';
  return `${take(line, columns - 1, 0).trimEnd()}…`;
}

/**
 * The lines of a text of at most `columns`; what has no space to break at is broken anyway, but for addresses: a terminal breaks
 * those itself, so that they can still be opened and copied whole.
 */
export function wrapTo(text: string, columns: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line.trimEnd(), columns));
}

function wrapLine(line: string, columns: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (columnsOf(rest) > columns) {
    const fits = take(rest, columns, 1);
    const space = rest[fits.length] === ' ' ? fits.length : fits.lastIndexOf(' ');
    const end = rest.slice(0, Math.max(0, space)).trim() === '' ? endOfFirst(rest, fits.length) : space;
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return rest === '' && lines.length > 0 ? lines : [...lines, rest];
}

/** Where to break a line whose first word alone does not fit. */
function endOfFirst(line: string, fitting: number): number {
  const address = /^\s*\S*?https?:\/\/\S+/.exec(line);
  return address === null ? fitting : address[0].length;
}

/** As many letters as fit, and `least` of them even if they do not. */
function take(line: string, columns: number, least: 0 | 1): string {
  let taken = '';
  let used = 0;
  for (const letter of lettersOf(line)) {
    used += widthOfLetter(letter);
    if (used > columns && (least === 0 || taken !== '')) break;
    taken += letter;
  }
  return taken;
}
