import { expect, test } from 'vitest';
import { cardsOfOneRun } from './support/slack/one-run.ts';
import { blocksProblem, lengthOf, messageCeiling, readView } from './support/slack/shapes.ts';
import { committable, readText } from './support/tree.ts';

test('docs/slack has the cards of one whole run as Slack takes them: "npm run slack-cards" writes them anew', async () => {
  const cards = await cardsOfOneRun();
  const files = committable().filter((path) => path.startsWith('docs/slack/') && path.endsWith('.json'));
  expect(files).toEqual([...cards.keys()].map((name) => `docs/slack/${name}.json`));
  for (const [name, { slack: card }] of cards) {
    expect(JSON.parse(readText(`docs/slack/${name}.json`))).toEqual(card);
    if ('type' in card) expect(readView(card)).toHaveProperty('view');
    else expect(blocksProblem(card.blocks, { plan: true })).toBeNull();
    expect(lengthOf(card.blocks)).toBeLessThan(messageCeiling);
  }
});
