import type { PageDocument, PageElement } from './page-dom.ts';
import type { Page } from './port.ts';
import { lineOf } from './visible-text.ts';

const most = 400;
/** Longer ones carry data, not an address. */
const mostChars = 2000;
const menus = 'nav,header,menu,[role="navigation"]';

/** The address without fragment, or null when it is not an http(s) one that may be cited. */
function linkUrl(href: string, base: string): string | null {
  const url = URL.parse(href.trim(), base);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return null;
  if (url.username !== '' || url.password !== '') return null;
  url.hash = '';
  return url.href.length > mostChars ? null : url.href;
}

/** Links of menus, to be asked before hidden elements are dropped: a menu that opens by a click is still the site's map. */
export const menuLinks = (document: PageDocument): PageElement[] =>
  [...document.querySelectorAll('a[href]')].filter((a) => a.closest(menus) !== null);

/** Where these lead to, in their order: each address once, never the page itself. */
export function linksOf(anchors: Iterable<PageElement>, pageUrl: string, base: string): Page['links'] {
  const own = linkUrl(pageUrl, pageUrl);
  const links = new Map<string, string>();
  for (const anchor of anchors) {
    const url = linkUrl(anchor.getAttribute('href') ?? '', base);
    if (url === null || url === own) continue;
    const text = textOf(anchor);
    const known = links.get(url);
    if (known === undefined && links.size === most) break;
    if (known === undefined || known === '') links.set(url, text);
  }
  return [...links].map(([url, text]) => ({ url, text }));
}

function textOf(anchor: PageElement): string {
  const candidates = [
    anchor.textContent,
    anchor.getAttribute('aria-label'),
    anchor.getAttribute('title'),
    anchor.querySelector('img')?.getAttribute('alt'),
  ];
  const text = candidates.map(lineOf).find((t) => t !== '') ?? '';
  return text.length > 120 ? `${text.slice(0, 119)}…` : text;
}
