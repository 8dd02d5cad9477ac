import type { Page } from './port.ts';
import { lineOf, visibleText } from './visible-text.ts';

/** A page that is text already. Markdown's first heading is its title. */
export function readText(text: string, url: string, textChars: number): Page {
  const clean = visibleText(text).trim();
  const heading = /^#{1,2} +(.+)$/m.exec(clean.slice(0, 2000))?.[1];
  return {
    url,
    title: lineOf(heading) || nameOf(url),
    date: null,
    text: cutText(clean, textChars),
    links: [],
  };
}

/** At most `chars` characters of it, and a last line that says what is missing. */
export function cutText(text: string, chars: number): string {
  if (text.length <= chars) return text;
  const kept = text.slice(0, chars).replace(/[\uD800-\uDBFF]$/, '');
  return `${kept}\n\n[Cut here: these are the first ${chars} of ${text.length} characters of the page.]`;
}

/** What a page is called that does not say. */
export function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return pathname.split('/').findLast((part) => part !== '') ?? host;
}
