import type { Document } from '../core/document.ts';
import { type TextOrTable, tablesIn } from '../core/tables.ts';
import type { CardBlock, CardPart } from './card.ts';

/** A document as blocks of a card: a pure function of its bytes (rule G1). Every address is visible. */
export function documentBlocks(document: Document): CardPart[] {
  const blocks = document.blocks.flatMap(drawn);
  const labels = document.labels.map((label): CardPart => ({ type: 'text', text: label }));
  if (document.sources.length === 0) return [...labels, ...blocks];
  const sources = document.sources.map(
    ({ n, url, title }) => `[${n}] ${title === '' ? url : `${title}: ${url}`}`,
  );
  return [...labels, ...blocks, { type: 'heading', text: 'Sources' }, { type: 'bullets', items: sources }];
}

function drawn(block: Document['blocks'][number]): CardPart[] {
  switch (block.type) {
    case 'heading':
      return [{ type: 'heading', text: block.text }];
    case 'paragraph':
      return paragraph(block.text, marks(block.sources));
    case 'bullets':
      return [{ type: 'bullets', items: block.items.map((item) => item.text + marks(item.sources)) }];
  }
}

/** Its sources stand at its end: after a table on a line of their own. */
function paragraph(text: string, sources: string): CardPart[] {
  const parts = tablesIn(text);
  const ends = parts.at(-1);
  if (ends === undefined || 'text' in ends)
    return [
      ...parts.slice(0, -1).map(textOrTable),
      { type: 'text', text: `${ends?.text ?? text}${sources}` },
    ];
  const below = sources.trim();
  return [...parts.map(textOrTable), ...(below === '' ? [] : [{ type: 'text', text: below } as const])];
}

const textOrTable = (part: TextOrTable): CardPart =>
  'rows' in part ? { type: 'table', rows: part.rows } : { type: 'text', text: part.text };

const marks = (numbers: readonly number[]) =>
  numbers.length > 0 ? ` ${numbers.map((n) => `[${n}]`).join('')}` : '';

/** With all of a long text in its place. */
export const unfolded = (body: readonly CardBlock[]): CardPart[] =>
  body.flatMap((block) => (block.type === 'long' ? block.parts : [block]));
