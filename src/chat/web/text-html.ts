import { html } from 'hono/html';
import { inert } from '../../core/inert.ts';

export type Html = ReturnType<typeof html>;

const looksLikeAddress = /https?:\/\/[^\s<>"'`{}|\\^]+/gi;
/** An address that can be opened as it is read: a host in plain letters, and nobody's name or password before it. */
const plainAddress = /^https?:\/\/[a-z0-9.-]*[a-z0-9](?::\d{1,5})?(?:[/?#].*)?$/i;
/** Ends the sentence around an address. */
const after = /[\].,;:!?)]+$/;

const citation = /\[\d{1,3}\]/g;

/** Text of others: nothing in it is markup, and an address opens what it shows (rule S5). */
export function lineHtml(text: string): Html[] {
  const words = inert(text);
  const parts: Html[] = [];
  let from = 0;
  for (const match of words.matchAll(looksLikeAddress)) {
    const url = match[0].replace(after, '');
    if (!plainAddress.test(url) || URL.parse(url) === null) continue;
    parts.push(...citedHtml(words.slice(from, match.index)));
    parts.push(
      html`<a class="address" href="${url}" target="_blank" rel="noopener noreferrer nofollow ugc">${url}</a>`,
    );
    from = match.index + url.length;
  }
  return [...parts, ...citedHtml(words.slice(from))];
}

function citedHtml(text: string): Html[] {
  const parts: Html[] = [];
  let from = 0;
  for (const match of text.matchAll(citation)) {
    parts.push(html`${text.slice(from, match.index)}<span class="cite">${match[0]}</span>`);
    from = match.index + match[0].length;
  }
  return [...parts, html`${text.slice(from)}`];
}

/** Paragraphs where blank lines are, line ends kept within. */
export function textHtml(text: string): Html[] {
  return inert(text)
    .trim()
    .split(/\n{2,}/)
    .filter((part) => part !== '')
    .map((part) => html`<p>${lineHtml(part)}</p>`);
}
