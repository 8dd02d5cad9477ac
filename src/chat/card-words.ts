import { tableLines } from '../core/tables.ts';
import type { Card, CardPart, CardStep } from './card.ts';
import { unfolded } from './document-card.ts';

/** A sign for each state of a step, where nothing is drawn. */
export const stepMarks: Readonly<Record<CardStep['mark'], string>> = {
  done: '✔',
  working: '▸',
  waiting: '◆',
  pending: '○',
  failed: '✖',
  skipped: '–',
};

/** A sign for each tone of a card, before its title or status. */
export const toneMarks: Readonly<Record<Card['tone'], string>> = {
  working: '●',
  waiting: '◆',
  good: '✔',
  bad: '✖',
  neutral: '',
};

/** All words of a card, for a file and for a platform that takes no blocks. Nothing in it is escaped. */
export function plainText({ title, status, body, foot }: Card): string {
  return [[title, status].filter(Boolean).join(' · '), ...unfolded(body).map(wordsOf), foot]
    .filter((part) => part !== '')
    .join('\n\n');
}

function wordsOf(block: CardPart): string {
  switch (block.type) {
    case 'text':
    case 'heading':
      return block.text;
    case 'bullets':
      return block.items.map((item) => `- ${item}`).join('\n');
    case 'table':
      return tableLines(block.rows).join('\n');
    case 'steps':
      return block.steps
        .map(
          ({ mark, name, says, time, cost }) =>
            `${stepMarks[mark]} ${[name, says, time, cost].filter(Boolean).join('  ')}`,
        )
        .join('\n');
    case 'link':
      return `${block.label}: ${block.url}`;
    case 'fields':
      return block.fields.map(({ name, value }) => `${name}: ${value}`).join('\n');
    case 'chart':
      return block.chart.alt;
    case 'notice':
      return '';
  }
}
