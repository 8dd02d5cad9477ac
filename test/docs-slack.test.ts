import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cardsOfOneRun } from './support/slack/one-run.ts';
import { blocksProblem, lengthOf, messageCeiling, readView } from './support/slack/shapes.ts';
import { committable, readText, root } from './support/tree.ts';

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

test('docs/slack/README.md shows each card with its JSON beside its picture, and the pictures stay small', () => {
  const files = committable().filter((path) => path.startsWith('docs/slack/'));
  const named = (ending: string) =>
    files.filter((path) => path.endsWith(ending)).map((path) => path.slice('docs/slack/'.length));
  const readme = readText('docs/slack/README.md');
  const linked = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, to]) => to);
  expect(linked).toEqual(named('.json').flatMap((json) => [json, json.replace('.json', '.png')]));
  expect(named('.png')).toHaveLength(named('.json').length);
  const bytes = named('.png').reduce((sum, name) => sum + statSync(join(root, 'docs/slack', name)).size, 0);
  expect(bytes).toBeLessThan(1_000_000);
});
