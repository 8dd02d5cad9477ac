import { addressKey, webAddress } from '../../core/address.ts';
import { isObject } from '../../core/json.ts';
import type { Material } from './material.ts';

/** Pages that a company's site usually has, the most telling kinds first. */
const kinds: readonly RegExp[] = [
  /about|company|team|who-we/i,
  /product|feature|platform|solution|how-it/i,
  /pric|plans|cost/i,
  /customer|case-stud|stories|clients/i,
  /news|blog|press|updates|changelog/i,
  /docs|documentation|guide|help/i,
];
const leftOut =
  /log-?in|sign-?(in|up)|privacy|terms|cookie|legal|imprint|impressum|\.(pdf|zip|png|jpe?g|svg|xml)$/i;

const linksMax = 5;

interface Link {
  readonly text: string;
  readonly url: string;
}

/** The addresses to read next: the one of the prompt first, then the most telling links of what was read, once. */
export function addressesToRead(material: Material): string[] {
  const asked = material.calls.flatMap(({ arguments: given }) =>
    isObject(given) && typeof given.url === 'string' ? [addressKey(given.url)] : [],
  );
  const read = new Set([...asked, ...material.sources.map((source) => addressKey(source.url))]);
  const first = addressIn(material.prompt);
  if (read.size === 0) return first === null ? [] : [first];
  if (asked.some((key) => first === null || key !== addressKey(first))) return [];
  return chosen(linksIn(material.links), material, read);
}

/** An address, or a bare name like acme.com. */
function addressIn(prompt: string): string | null {
  const [whole] = /https?:\/\/[^\s"'<>()]+/i.exec(prompt) ?? [];
  if (whole !== undefined) return whole.replace(/[.,;:!?]+$/, '');
  const [name] = /(?<![\w@./-])(?:[a-z\d-]+\.)+[a-z]{2,}(?![\w@-])/i.exec(prompt) ?? [];
  return name === undefined ? null : `https://${name}`;
}

const linksIn = (lists: string): Link[] =>
  [...lists.matchAll(/^- \[([^\]\n]*)\]\((\S+)\)$/gm)].map(([, text = '', url = '']) => ({ text, url }));

function chosen(links: readonly Link[], material: Material, read: ReadonlySet<string>): string[] {
  const hosts = material.sources.map((source) => hostOf(source.url));
  const unread = new Map<string, Link>();
  for (const link of links) {
    const key = addressKey(link.url);
    const host = hostOf(link.url);
    const own = host !== '' && hosts.some((h) => host === h || host.endsWith(`.${h}`));
    if (own && !read.has(key) && !unread.has(key) && !leftOut.test(link.url)) unread.set(key, link);
  }
  const all = [...unread.values()];
  const oneOfEach = kinds.flatMap(
    (kind) =>
      all.find((link) => kind.test(pathOf(link.url))) ?? all.find((link) => kind.test(link.text)) ?? [],
  );
  const telling = all.filter((link) =>
    kinds.some((kind) => kind.test(pathOf(link.url)) || kind.test(link.text)),
  );
  // A small site may name its pages otherwise.
  const nearTop = all.filter((link) => pathOf(link.url).split('/').filter(Boolean).length === 1);
  const urls = [...oneOfEach, ...telling, ...nearTop].map((link) => link.url);
  return [...new Set(urls)].slice(0, linksMax);
}

const hostOf = (url: string): string => (webAddress(url)?.host ?? '').replace(/^www\./, '');
const pathOf = (url: string): string => webAddress(url)?.pathname ?? '';
