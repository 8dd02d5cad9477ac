import type { Document } from '../core/document.ts';
import type { CardPart } from './card.ts';

/** A document as blocks of a card: a pure function of its bytes (rule G1). Every address is visible. */
export function documentBlocks(document: Document): CardPart[] {
  const blocks = document.blocks.map(drawn);
  const labels = document.labels.map((label): CardPart => ({ type: 'text', text: label }));
  if (document.sources.length === 0) return [...labels, ...blocks];
  const sources = document.sources.map(
    ({ n, url, title }) => `[${n}] ${title === '' ? url : `${title}: ${url}`}`,
  );
  return [...labels, ...blocks, { type: 'heading', text: 'Sources' }, { type: 'bullets', items: sources }];
}

function drawn(block: Document['blocks'][number]): CardPart {
  switch (block.type) {
    case 'heading':
      return { type: 'heading', text: block.text };
    case 'paragraph':
      return { type: 'text', text: block.text + marks(block.sources) };
    case 'bullets':
      return { type: 'bullets', items: block.items.map((item) => item.text + marks(item.sources)) };
  }
}

const marks = (numbers: readonly number[]) =>
  numbers.length > 0 ? ` ${numbers.map((n) => `[${n}]`).join('')}` : '';
