import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card, CardPart } from '../../../src/chat/card.ts';
import { noFiles } from '../../../src/chat/slack/charts.ts';
import { limits } from '../../../src/chat/slack/limits.ts';
import { messagesOf } from '../../../src/chat/slack/message.ts';
import { asTyped, escaped, pieces } from '../../../src/chat/slack/mrkdwn.ts';
import { anyText } from '../../support/any-text.ts';
import { wordsOf } from '../../support/slack/people.ts';
import { blocksProblem, type FakeBlock, lengthOf, messageCeiling } from '../../support/slack/shapes.ts';

const card = (more: Partial<Card> = {}): Card => ({
  v: 1,
  title: 'Brief',
  tone: 'neutral',
  status: '',
  body: [],
  actions: [],
  foot: '',
  ...more,
});
const all = { plan: true, tables: true, files: true, charts: noFiles, most: null };
const drawn = (of: Card, accepted = all) => messagesOf(of, accepted);
const blocksOf = (of: Card) => drawn(of).messages[0].blocks as readonly FakeBlock[];
const text = (words: string): CardPart => ({ type: 'text', text: words });
const button = (n: number) => ({ label: `Button ${n}`, style: 'plain', press: { do: 'cancel' } }) as const;

/** Slack takes each of its messages. */
function taken(of: Card, accepted = all): void {
  for (const { blocks, text: words } of drawn(of, accepted).messages) {
    expect(blocksProblem(blocks, { plan: true })).toBeNull();
    expect(lengthOf(blocks)).toBeLessThanOrEqual(messageCeiling);
    expect(words.length).toBeGreaterThan(0);
    expect(words.length).toBeLessThanOrEqual(limits.notification.most);
  }
}

test('an edit fills no more messages than there are, and its buttons are in the last', () => {
  const rows = Array.from({ length: 99 }, () => ['c'.repeat(50), 'd'.repeat(50)]);
  const long = card({
    body: [text('a'.repeat(3_000)), { type: 'table', rows }, text('Decides: Ana')],
    actions: Array.from({ length: 25 }, (_, n) => ({ ...button(n), label: 'b'.repeat(75) })),
    foot: 'f'.repeat(2_000),
  });
  for (const most of [1, 2, 3]) {
    const { messages } = messagesOf(long, { ...all, most });
    expect(messages.length).toBeLessThanOrEqual(most);
    expect(messages.at(-1)?.blocks.some(({ type }) => type === 'actions')).toBe(true);
    for (const { blocks } of messages)
      expect(blocksProblem(blocks as FakeBlock[], { plan: true })).toBeNull();
  }
});

describe('each limit, at it and one over', () => {
  test('every limit names the page that says so', () => {
    for (const { most, source } of Object.values(limits)) {
      expect(most).toBeGreaterThan(0);
      expect(source).toMatch(/^https:\/\/docs\.slack\.dev\//);
    }
  });

  test('a header has 150 characters; a longer title is cut with a sign', () => {
    const at = card({ title: 'a'.repeat(150) });
    expect(blocksOf(at)[0]).toMatchObject({ text: { text: 'a'.repeat(150) } });
    const over = card({ title: 'a'.repeat(151) });
    expect(blocksOf(over)[0]).toMatchObject({ text: { text: `${'a'.repeat(149)}…` } });
    taken(at);
    taken(over);
  });

  test('a section has 3,000 characters; a longer text goes on in the next one', () => {
    const sections = (length: number) =>
      blocksOf(card({ body: [text('a'.repeat(length))] })).filter((b) => b.type === 'section').length;
    expect([sections(3_000), sections(3_001)]).toEqual([1, 2]);
    taken(card({ body: [text('a'.repeat(3_001))] }));
    // Counted as it is sent.
    expect(blocksOf(card({ body: [text('&'.repeat(600))] })).length).toBe(2);
    expect(blocksOf(card({ body: [text('&'.repeat(601))] })).length).toBe(3);
  });

  test('a button has 75 characters, a row 25 buttons', () => {
    const label = (length: number) => card({ actions: [{ ...button(0), label: 'b'.repeat(length) }] });
    taken(label(75));
    taken(label(76));
    expect(wordsOf(blocksOf(label(76)))).toContain(`${'b'.repeat(74)}…`);
    const rows = (n: number) =>
      blocksOf(card({ actions: Array.from({ length: n }, (_, i) => button(i)) })).filter(
        (b) => b.type === 'actions',
      );
    expect([rows(25).length, rows(26).length]).toEqual([1, 2]);
    taken(card({ actions: Array.from({ length: 26 }, (_, i) => button(i)) }));
  });

  test('the longest press that there is fits the value of a button', () => {
    const press = { do: 'say', words: 'w'.repeat(500) } as const;
    taken(card({ actions: [{ label: 'Say', style: 'plain', press }] }));
  });

  test('fields stand ten in a section, 2,000 characters each', () => {
    const fields = (n: number, length: number) =>
      card({
        body: [
          {
            type: 'fields',
            fields: Array.from({ length: n }, () => ({ name: 'n', value: 'v'.repeat(length) })),
          },
        ],
      });
    const sections = (n: number) => blocksOf(fields(n, 5)).filter((b) => b.type === 'section').length;
    expect([sections(10), sections(11)]).toEqual([1, 2]);
    taken(fields(1, 2_000 - 4));
    taken(fields(1, 2_001));
  });

  test('a message has 50 blocks and 12,000 characters; a longer card is several, the buttons on the last', () => {
    const headings = (n: number) =>
      card({ body: Array.from({ length: n }, (_, i) => text(`paragraph ${i}`)), actions: [button(1)] });
    expect([drawn(headings(48)).messages.length, drawn(headings(49)).messages.length]).toEqual([1, 2]);
    const long = card({
      body: Array.from({ length: 10 }, () => text('a'.repeat(2_900))),
      actions: [button(1)],
    });
    const { messages, file } = drawn(long);
    expect([messages.length, file]).toEqual([3, null]);
    expect(messages.map(({ blocks }) => blocks.some((b) => b.type === 'actions'))).toEqual([
      false,
      false,
      true,
    ]);
    for (const { blocks } of messages) expect(lengthOf(blocks)).toBeLessThanOrEqual(12_000);
    taken(headings(49));
    taken(long);
  });

  test('what needs more than three messages is shortened, with the whole as a file; without files it goes on', () => {
    const long = card({
      body: Array.from({ length: 20 }, (_, i) => text(`${i} ${'a'.repeat(2_900)}`)),
      actions: [button(1)],
    });
    const { messages, file } = drawn(long);
    expect(messages).toHaveLength(1);
    expect(messages[0].blocks.some((b) => b.type === 'actions')).toBe(true);
    expect(wordsOf(messages[0].blocks as never)).toContain('The whole text is in the file');
    expect(file?.name).toBe('brief.txt');
    expect(file?.text).toContain(`19 ${'a'.repeat(2_900)}`);
    expect(drawn(long, { ...all, files: false }).messages.length).toBe(5);
    taken(long);
    taken(long, { ...all, files: false });
    const asks = card({ body: [...long.body, text('Decides: Bo'), text('Once approved, it is published.')] });
    expect(drawn(asks).messages).toHaveLength(1);
    expect(wordsOf(blocksOf(asks))).toMatch(/file in this thread\..*Decides: Bo.*it is published/s);
  });

  test('a long text is what it says in short, with all of it as a file; without files it stands there', () => {
    const long = card({ body: [{ type: 'long', summary: 'In short.', parts: [text('All of it.')] }] });
    expect(wordsOf(blocksOf(long))).toContain('In short.');
    expect(wordsOf(blocksOf(long))).not.toContain('All of it.');
    expect(drawn(long).file?.text).toContain('All of it.');
    const { messages, file } = drawn(long, { ...all, files: false });
    expect(wordsOf(messages[0].blocks as never)).toContain('All of it.');
    expect(file).toBeNull();
  });

  test('an edit has as many messages as there are, and its end in the last of them', () => {
    const body = Array.from({ length: 20 }, (_, i) => text(`${i} ${'a'.repeat(2_900)}`));
    for (const files of [true, false]) {
      const { messages } = messagesOf(card({ body, foot: 'the end' }), { ...all, files, most: 2 });
      expect(messages).toHaveLength(2);
      expect(wordsOf(messages[1]?.blocks as never)).toContain('the end');
    }
  });
});

describe('a table', () => {
  const table = (...rows: string[][]): CardPart => ({ type: 'table', rows });
  const prices = table(['Plan', 'A month'], ['Starter', '€19 <@U1>'], ['', '`€49`']);
  const typesOf = (of: Card, accepted = all) =>
    drawn(of, accepted).messages.flatMap(({ blocks }) => blocks.map(({ type }) => type));

  test('is a block of raw text, in which nothing is markup', () => {
    const of = card({ body: [prices] });
    taken(of);
    expect(blocksOf(of)[1]).toMatchObject({
      type: 'table',
      rows: [
        [{ type: 'raw_text', text: 'Plan' }, { text: 'A month' }],
        [{ text: 'Starter' }, { text: '€19 <@U1>' }],
        [{ text: ' ' }, { text: '`€49`' }],
      ],
    });
  });

  test('is lines of one width where Slack has no tables, where there is one already, and beyond its limits', () => {
    const lines = blocksOf(card({ body: [prices] })).length;
    expect(lines).toBe(2);
    const plain = drawn(card({ body: [prices] }), { ...all, tables: false }).messages[0].blocks[1];
    expect(plain).toMatchObject({
      type: 'section',
      text: {
        text: '```\nPlan     A month\n───────  ─────────\nStarter  €19 &lt;@U1&gt;\n         ˋ€49ˋ\n```',
      },
    });
    expect(typesOf(card({ body: [prices, prices] }))).toEqual(['header', 'table', 'section']);
    taken(card({ body: [prices, prices] }));
    const rows = (count: number) => Array.from({ length: count }, (_, i) => [String(i), 'a'.repeat(40)]);
    expect(typesOf(card({ body: [table(...rows(100))] }))).toEqual(['header', 'table']);
    for (const over of [
      table(...rows(101)),
      table(Array.from({ length: 21 }, (_, i) => `column ${i}`)),
      table(['a'.repeat(10_001), 'b']),
    ]) {
      expect(typesOf(card({ body: [over] }))).not.toContain('table');
      taken(card({ body: [over] }));
    }
  });
});

describe('texts of others are inert', () => {
  test.each([
    ['<!channel> and <!here>', '&lt;!channel&gt; and &lt;!here&gt;'],
    ['<@U123> look', '&lt;@U123&gt; look'],
    ['<https://evil.example|acme.com>', '&lt;https://evil.example|acme.com&gt;'],
    ['fish & chips &amp; more', 'fish &amp; chips &amp;amp; more'],
  ])('%s', (given, shown) => {
    const of = card({
      title: given,
      body: [text(given), { type: 'bullets', items: [given] }, { type: 'heading', text: given }],
      foot: given,
    });
    const marked = JSON.stringify(blocksOf(of).filter((b) => b.type !== 'header'));
    expect(marked).toContain(JSON.stringify(shown).slice(1, -1));
    expect(marked).not.toContain(JSON.stringify(given).slice(1, -1));
    // Slack finds neither names nor addresses in it.
    expect(marked.match(/"type":"mrkdwn"/g)?.length).toBe(marked.match(/"verbatim":true/g)?.length);
    expect(drawn(of).messages[0].text).toBe(shown);
  });

  test('the people of a notice are called, and its words stand in the notification, not those of the card', () => {
    const of = card({
      title: 'Secret words of a model',
      body: [{ type: 'notice', people: [{ native: 'T1:U2', name: 'Bo' }], push: 'A run waits & waits' }],
    });
    expect(wordsOf(blocksOf(of))).toContain('<@U2>');
    expect(drawn(of).messages[0].text).toBe('A run waits &amp; waits');
  });

  test('whatever a card holds, Slack takes its messages and nobody is called', () => {
    const words = fc.oneof(
      anyText({ maxLength: 8_000 }),
      fc.string({ unit: 'grapheme', maxLength: 300 }),
      fc.constantFrom(
        '',
        ' ',
        '<!channel>',
        '😀'.repeat(500),
        'مرحبا بالعالم '.repeat(400),
        '&'.repeat(3_001),
        'x'.repeat(40_000),
      ),
    );
    const block: fc.Arbitrary<CardPart> = fc.oneof(
      words.map(text),
      words.map((heading) => ({ type: 'heading' as const, text: heading })),
      fc.array(words, { maxLength: 5 }).map((items) => ({ type: 'bullets' as const, items })),
    );
    const cards = fc.record({
      title: words,
      foot: words,
      status: words,
      body: fc.array(block, { maxLength: 12 }),
    });
    fc.assert(
      fc.property(cards, fc.boolean(), (parts, files) => {
        const of = card(parts);
        taken(of, { ...all, files });
        const sent = JSON.stringify(
          drawn(of, { ...all, files }).messages.map(({ blocks }) =>
            blocks.filter((b) => b.type !== 'header'),
          ),
        );
        expect(sent).not.toMatch(/<[!@#h]/);
      }),
      { numRuns: 60 },
    );
  });
});

describe('pieces of a text', () => {
  test('are cut between paragraphs first, and hold together what they were', () => {
    const paragraphs = ['a'.repeat(60), 'b'.repeat(30), 'c'.repeat(30)].join('\n\n');
    expect(pieces(paragraphs, 100)).toEqual([`${'a'.repeat(60)}\n\n${'b'.repeat(30)}`, 'c'.repeat(30)]);
    fc.assert(
      fc.property(anyText({ maxLength: 400 }), (given) => {
        const cut = pieces(escaped(given), 50);
        for (const piece of cut) {
          expect(piece.length).toBeLessThanOrEqual(50);
          expect(piece.isWellFormed() || !given.isWellFormed()).toBe(true);
          expect(piece).not.toMatch(/&(?!amp;|lt;|gt;)/);
        }
        expect(cut.join('').replaceAll(/\s/g, '')).toBe(escaped(given).replaceAll(/\s/g, ''));
      }),
    );
  });
});

test.each([
  ['note <http://acme.com|acme.com>', 'note acme.com'],
  ['note <https://acme.com/a?b=1&amp;c=2>', 'note https://acme.com/a?b=1&c=2'],
  ['access grant <@U2|bo> approver', 'access grant <@U2> approver'],
  ['spend <#C1|sales>', 'spend <#C1>'],
  ['note a &lt;b&gt; &amp;amp; c', 'note a <b> &amp; c'],
])('what Slack sends as %s was typed as %s', (sent, typed) => {
  expect(asTyped(sent)).toBe(typed);
});
