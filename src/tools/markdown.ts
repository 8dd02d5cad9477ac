import Turndown from 'turndown';
import type { PageElement } from './page-dom.ts';
import { lineOf, visibleText } from './visible-text.ts';

/**
 * Markdown of an element, made for reading and for finding a quoted sentence again: headings, lists, tables and code
 * stay, emphasis and escapes do not, links are their text (a page lists its links beside).
 */
export function markdownOf(element: PageElement): string {
  const service = new Turndown({
    headingStyle: 'atx',
    bulletListMarker: '-',
    codeBlockStyle: 'fenced',
    hr: '---',
  });
  service.escape = (text) => text;
  service.addRule('plain', { filter: ['em', 'i', 'strong', 'b', 'a'], replacement: (content) => content });
  service.addRule('image', {
    filter: 'img',
    replacement: (_content, node) => {
      const alt = lineOf((node as PageElement).getAttribute('alt'));
      return alt === '' ? '' : `(image: ${alt})`;
    },
  });
  service.addRule('summary', { filter: 'summary', replacement: (content) => `\n\n${content}\n\n` });
  service.addRule('cell', {
    filter: ['td', 'th'],
    replacement: (content) => `| ${content.replace(/\s+/g, ' ').trim().replace(/\|/g, '/')} `,
  });
  service.addRule('row', {
    filter: 'tr',
    replacement: (content, node) => `${content}|\n${headOf(node as PageElement)}`,
  });
  service.addRule('table', { filter: 'table', replacement: (content) => `\n\n${content}\n\n` });
  service.addRule('rows', { filter: ['thead', 'tbody', 'tfoot'], replacement: (content) => content });
  const text = visibleText(service.turndown(element as Parameters<typeof service.turndown>[0]));
  return text
    .replace(/^([ \t]*)-[ ]{3}/gm, '$1- ')
    .replace(/[ \t]+$/gm, '')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** The line under a table's first row. */
function headOf(row: PageElement): string {
  const [first] = row.closest('table')?.querySelectorAll('tr') ?? [];
  return first === row ? `${'| --- '.repeat(row.children.length)}|\n` : '';
}
