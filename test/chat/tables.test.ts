import { expect, test } from 'vitest';
import type { Card } from '../../src/chat/card.ts';
import { messageOf } from '../../src/chat/discord/message.ts';
import { documentBlocks } from '../../src/chat/document-card.ts';
import { drawCard } from '../../src/chat/terminal/draw.ts';
import { cardHtml } from '../../src/chat/web/card-html.ts';
import { renderDocument } from '../../src/core/document.ts';

const hostile = '<script>@everyone</script> ``` **b**';
const document = renderDocument({
  title: 'Prices',
  shape: { is: 'text' },
  value: `Per month:\n| Plan | Price |\n|---|---|\n| Starter | €19 |\n| ${hostile} | https://acme.com/x |`,
  sources: [],
  labels: [],
});
const card: Card = {
  v: 1,
  title: 'Prices',
  tone: 'neutral',
  status: '',
  body: documentBlocks(document),
  actions: [],
  foot: '',
};

test('a table in a document is a table of its card, a pure function of the bytes (rule G1)', () => {
  expect(card.body).toEqual([
    { type: 'text', text: 'Per month:' },
    {
      type: 'table',
      rows: [
        ['Plan', 'Price'],
        ['Starter', '€19'],
        [hostile, 'https://acme.com/x'],
      ],
    },
  ]);
});

test('the sources of a paragraph that ends with a table stand below it', () => {
  const cited = {
    ...document,
    blocks: [{ type: 'paragraph', text: '| a | b |\n|--|--|\n| 1 | 2 |', sources: [3] } as const],
  };
  expect(documentBlocks(cited)).toEqual([
    {
      type: 'table',
      rows: [
        ['a', 'b'],
        ['1', '2'],
      ],
    },
    { type: 'text', text: '[3]' },
  ]);
});

test('on the page it is a table, its cells inert', () => {
  const html = String(cardHtml(card, null));
  expect(html).toMatch(/<th scope="col">Plan<\/th>/);
  expect(html).toContain('<td>€19</td>');
  expect(html).not.toContain('<script>');
});

test('in a terminal its columns stand below each other', () => {
  const drawn = drawCard(card, { color: false, width: 100 });
  const columns = drawn.split('\n').filter((line) => /Plan|Starter/.test(line));
  expect(columns.map((line) => line.search(/Price|€19/))).toEqual([hostile.length + 2, hostile.length + 2]);
});

test('on Discord it stands in a fence that nothing in it can end', () => {
  const json = JSON.stringify(messageOf(card, [], 1).container);
  expect(json.match(/```/g)).toHaveLength(2);
  expect(json).toContain('Starter');
});
