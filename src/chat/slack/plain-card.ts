import type { Card } from '../card.ts';

/** A title and a sentence. */
export const plainCard = (title: string, says: string): Card => ({
  v: 1,
  title,
  tone: 'neutral',
  status: '',
  body: [{ type: 'text', text: says }],
  actions: [],
  foot: '',
});
