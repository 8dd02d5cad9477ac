import type { Card } from './card.ts';

/** A card of a surface's own words: a title and sentences. */
export const plainCard = (title: string, ...says: readonly string[]): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: says.map((text) => ({ type: 'text', text })),
  actions: [],
  foot: '',
});
