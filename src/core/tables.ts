/** A text, or a table in it; the first row of a table is its head, and every row is as long as that. */
export type TextOrTable = { readonly text: string } | { readonly rows: readonly (readonly string[])[] };

/** `|---|:--:|`: what tells a table of Markdown from lines with bars in them. */
const ruler = /^\s*\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?\s*$/;

/** A text taken apart into what is a table of Markdown and what is none; nothing else in it is read as markup. Pure. */
export function tablesIn(text: string): TextOrTable[] {
  const lines = text.split('\n');
  const found: TextOrTable[] = [];
  let plain: string[] = [];
  const endPlain = () => {
    const words = plain.join('\n').trim();
    if (words !== '') found.push({ text: words });
    plain = [];
  };
  for (let at = 0; at < lines.length; at++) {
    const head = cellsOf(lines[at] ?? '');
    const under = lines[at + 1] ?? '';
    const isTable = head.length > 1 && ruler.test(under) && cellsOf(under).length === head.length;
    if (!isTable) {
      plain.push(lines[at] ?? '');
      continue;
    }
    endPlain();
    const rows = [head];
    for (at += 2; at < lines.length && (lines[at] ?? '').includes('|'); at++) {
      const cells = cellsOf(lines[at] ?? '');
      rows.push(head.map((_, column) => cells[column] ?? ''));
    }
    at -= 1;
    found.push({ rows });
  }
  endPlain();
  return found;
}

/** Of one line; a bar after a backslash is part of its cell. */
const cellsOf = (line: string): string[] =>
  line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '')
    .split(/(?<!\\)\|/)
    .map((cell) => cell.replaceAll('\\|', '|').trim());

/** Where nothing but text of one width can be shown: a row a line, columns one below the other. Pure. */
export function tableLines(
  rows: readonly (readonly string[])[],
  widthOf: (text: string) => number = (text) => [...text].length,
): string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat(Math.max(0, (widths[column] ?? 0) - widthOf(cell))))
      .join('  ')
      .trimEnd(),
  );
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  return [...lines.slice(0, 1), rule, ...lines.slice(1)];
}
