import fc from 'fast-check';
import { expect, test } from 'vitest';
import { tablesIn } from '../../src/core/tables.ts';

test('a table of Markdown is taken out of the text around it, with or without bars at its ends', () => {
  const text =
    'Prices:\n| Plan | A month |\n|:---|---:|\n| Starter | €19 |\n| Work\\|shop | |\nAll with a trial.';
  expect(tablesIn(text)).toEqual([
    { text: 'Prices:' },
    {
      rows: [
        ['Plan', 'A month'],
        ['Starter', '€19'],
        ['Work|shop', ''],
      ],
    },
    { text: 'All with a trial.' },
  ]);
  expect(tablesIn('a | b\n--|--\n1 | 2 | 3\n4')).toEqual([
    {
      rows: [
        ['a', 'b'],
        ['1', '2'],
      ],
    },
    { text: '4' },
  ]);
});

test.each([
  ['a bar in a line', 'yes | no'],
  ['bars in lines that follow each other', '| a | b |\n| c | d |'],
  ['a line below a heading', 'Prices\n---'],
  ['a ruler of another width', '| a | b |\n|---|---|---|'],
])('%s is no table', (_, text) => {
  expect(tablesIn(text)).toEqual([{ text }]);
});

test('rows are as long as the head, and no word is lost but those beyond it', () => {
  const word = fc.stringMatching(/^[a-z]{1,6}$/);
  const row = fc.array(word, { minLength: 2, maxLength: 5 });
  fc.assert(
    fc.property(row, fc.array(row, { maxLength: 5 }), (head, rows) => {
      const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
      const text = [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
      const cut = rows.map((cells) => head.map((_, i) => cells[i] ?? ''));
      expect(tablesIn(text)).toEqual([{ rows: [head, ...cut] }]);
    }),
  );
});
