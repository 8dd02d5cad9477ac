/**
 * Untrusted text on its way into a prompt (rule S5): fenced, numbered, its end mark defused. The number is the
 * run's citation number for that address; a claim cites it.
 */
export interface Source {
  readonly n: number;
  readonly url: string;
  readonly title: string;
  /** ISO date as the page states it, or null. */
  readonly date: string | null;
  readonly text: string;
}

const attribute = (value: string) =>
  value
    .replace(/[\r\n]+/g, ' ')
    .replace(/"/g, "'")
    .replace(/[<>]/g, '');

/** The fenced text of one source. */
export function fence(source: Source): string {
  const date = source.date === null ? '' : ` date="${attribute(source.date)}"`;
  const head = `<source n="${source.n}" url="${attribute(source.url)}" title="${attribute(source.title)}"${date}>`;
  return `${head}\n${source.text.replace(/<(?=\/?source\b)/gi, '‹')}\n</source>`;
}

const fenced =
  /<source n="(\d+)" url="([^"]*)" title="([^"]*)"(?: date="([^"]*)")?>\n([\s\S]*?)\n<\/source>/g;

/** Every fenced source in a text, in order; what stands between them is not returned. */
export function parseFences(text: string): Source[] {
  return [...text.matchAll(fenced)].map(([, n = '0', url = '', title = '', date, body = '']) => ({
    n: Number(n),
    url,
    title,
    date: date ?? null,
    text: body,
  }));
}
