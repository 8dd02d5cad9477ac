/**
 * Untrusted text on its way into a prompt (rule S5): fenced, its end mark defused. What was read is numbered; the number is the
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
  return `${head}\n${defused(source.text)}\n</source>`;
}

/** Text that cannot open or close a fence, however that is spelled. */
export const defused = (text: string): string =>
  text.replace(/<(?=\s*(?:\/\s*)?(?:source|links|file)\b)/gi, '‹');

/** The fenced text of a file that somebody gave: who shared it need not have written it. */
export const fenceFile = ({ name, text }: { readonly name: string; readonly text: string }): string =>
  `<file name="${attribute(name)}">\n${defused(text)}\n</file>`;

/** The links of a page, in a fence of their own: their words are the page's, too. */
export function fenceLinks(links: readonly { readonly text: string; readonly url: string }[]): string {
  const lines = links.map(({ text, url }) => `- [${text.replace(/[[\]<>\n]/g, ' ')}](${url})`);
  return `<links>\n${lines.join('\n')}\n</links>`;
}

const fencedFile = /^<file name="([^"\n]*)">\n([\s\S]*?)\n<\/file>$/gm;

/** The fenced files in a text, in order. */
export const parseFiles = (text: string): { readonly name: string; readonly text: string }[] =>
  [...text.matchAll(fencedFile)].map(([, name = '', body = '']) => ({ name, text: body }));

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
