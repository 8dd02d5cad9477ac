import { Readability } from '@mozilla/readability';
import { markdownOf } from './markdown.ts';
import { dateOf } from './page-date.ts';
import { dropUnread, type PageDocument, type PageElement, parsePage } from './page-dom.ts';
import { linksOf, menuLinks } from './page-links.ts';
import type { Page } from './port.ts';
import { cutText, nameOf } from './text-page.ts';
import { lineOf } from './visible-text.ts';

/** Looking for the article in a larger page takes seconds and finds little. */
const mostElements = 30_000;

/**
 * An HTML page as text. Slow, and recursive over the page's tree: it throws RangeError for one nested without end, so
 * whatever strangers wrote is read in a process of its own (`page-reader.ts`).
 * `textChars` cuts the text, and the text then says so (rule M2).
 */
export function readHtml(html: string, url: string, textChars: number): Page {
  const document = parsePage(html);
  const date = dateOf(document);
  const base = URL.parse(document.querySelector('base[href]')?.getAttribute('href') ?? '', url)?.href ?? url;
  const title = titleOf(document, url);
  const menus = new Set(menuLinks(document));
  const anchors = [...document.querySelectorAll('a[href]')];
  dropUnread(document);
  const visible = new Set(document.querySelectorAll('a[href]'));
  const links = linksOf(
    anchors.filter((a) => menus.has(a) || visible.has(a)),
    url,
    base,
  );
  dropMenus(document);
  const text = markdownOf(articleOf(document) ?? document.body);
  return { url, title, date, text: cutText(text, textChars), links };
}

function titleOf(document: PageDocument, url: string): string {
  const title =
    lineOf(document.querySelector('head > title, title')?.textContent) ||
    lineOf(document.querySelector('meta[property="og:title"]')?.getAttribute('content')) ||
    lineOf(document.querySelector('h1')?.textContent) ||
    nameOf(url);
  return title.length > 300 ? `${title.slice(0, 299)}…` : title;
}

const lengthOf = (element: PageElement) => lineOf(element.textContent).length;

/**
 * The article of a page that says it is one, without what stands around it. null where that would lose much of the page:
 * losing a site's facts is worse than keeping its side column.
 */
function articleOf(document: PageDocument): PageElement | null {
  const says = document.querySelector('meta[property="og:type"][content="article"]') !== null;
  if (!says && document.querySelectorAll('article').length !== 1) return null;
  if (document.querySelectorAll('*').length > mostElements) return null;
  const all = lengthOf(document.body);
  const found = new Readability<PageElement>(document.cloneNode(true), {
    serializer: (node) => node,
  }).parse();
  const content = found?.content ?? null;
  return content !== null && lengthOf(content) >= all / 2 ? content : null;
}

/** Menus are in the page's links. */
function dropMenus(document: PageDocument): void {
  for (const menu of [...document.querySelectorAll('nav,menu,[role="navigation"]')]) menu.remove();
}
