import type { Card } from '../src/chat/card.ts';
import { CrewsmithError } from '../src/errors.ts';
import { answer, text } from './cards.ts';

/** What failed, what can be done next, and small at the end the code; what was not foreseen is not told in its own words. */
export function errorCard(error: unknown): Card {
  const known = error instanceof CrewsmithError ? error : new CrewsmithError('internal.hidden', {});
  const { says, next, code } = known;
  return answer(says, next === '' ? [] : [text(next)], { tone: 'bad', foot: code });
}
