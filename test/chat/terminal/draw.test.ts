import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card, CardBlock } from '../../../src/chat/card.ts';
import { columnsOf } from '../../../src/chat/terminal/columns.ts';
import { drawCard } from '../../../src/chat/terminal/draw.ts';

const plain = { color: false, width: 76 };

const empty: Card = { v: 1, title: 'Title', tone: 'neutral', status: '', body: [], actions: [], foot: '' };

const running: Card = {
  v: 1,
  title: 'Research · acme.com',
  tone: 'working',
  status: 'running · step 2 of 4',
  body: [
    { type: 'text', text: 'Asked by Ana · usually about $0.05, at most $1.80' },
    {
      type: 'steps',
      steps: [
        {
          mark: 'done',
          name: 'Gather',
          says: '7 pages of acme.com, 4 news results',
          time: '12 s',
          cost: '$0.0102',
        },
        { mark: 'working', name: 'Brief', says: 'writing on claude-sonnet-5-5…', time: '9 s', cost: '' },
        { mark: 'pending', name: 'Review', says: '', time: '', cost: '' },
        { mark: 'pending', name: 'Approval', says: 'by #sales approvers', time: '', cost: '' },
      ],
    },
  ],
  actions: [{ label: 'Stop', style: 'danger', press: { do: 'stop', run: 'run_1' } }],
  foot: '$0.0187 · 2 calls · 21 s',
};

describe('drawCard', () => {
  test('a running card has its status at the right, its steps in columns and its foot beside the button', () => {
    expect(drawCard(running, plain).split('\n')).toEqual([
      '● Research · acme.com                                  running · step 2 of 4',
      'Asked by Ana · usually about $0.05, at most $1.80',
      '✔ Gather    7 pages of acme.com, 4 news results  12 s  $0.0102',
      '▸ Brief     writing on claude-sonnet-5-5…        9 s',
      '○ Review',
      '○ Approval  by #sales approvers',
      '[ Stop ]                                            $0.0187 · 2 calls · 21 s',
    ]);
  });

  test('a narrow terminal cuts what a step says, keeps the columns and puts the status and foot below', () => {
    expect(drawCard(running, { color: false, width: 40 }).split('\n')).toEqual([
      '● Research · acme.com',
      'running · step 2 of 4',
      'Asked by Ana · usually about $0.05, at',
      'most $1.80',
      '✔ Gather    7 pages of a…  12 s  $0.0102',
      '▸ Brief     writing on c…  9 s',
      '○ Review',
      '○ Approval  by #sales ap…',
      '[ Stop ]        $0.0187 · 2 calls · 21 s',
    ]);
  });

  test('each tone and each state of a step has its own mark', () => {
    const tones = (['working', 'waiting', 'good', 'bad', 'neutral'] as const).map((tone) =>
      drawCard({ ...empty, tone }, plain),
    );
    expect(tones).toEqual(['● Title', '◆ Title', '✔ Title', '✖ Title', 'Title']);
    const marks = ['done', 'working', 'waiting', 'pending', 'failed', 'skipped'] as const;
    const steps = marks.map((mark) => ({ mark, name: mark, says: '', time: '', cost: '' }));
    const lines = drawCard({ ...empty, body: [{ type: 'steps', steps }] }, plain).split('\n');
    expect(lines.slice(1)).toEqual([
      '✔ done',
      '▸ working',
      '◆ waiting',
      '○ pending',
      '✖ failed',
      '– skipped',
    ]);
  });

  test('bullets hang, fields align and headings stand alone', () => {
    const body: CardBlock[] = [
      { type: 'heading', text: 'Pricing' },
      { type: 'bullets', items: ['From $10 a seat and month, with a free tier for three', 'No public list'] },
      {
        type: 'fields',
        fields: [
          { name: 'Score', value: '8.6' },
          { name: 'Needs', value: '1 of: Bo, Chi' },
        ],
      },
    ];
    expect(drawCard({ ...empty, body }, { color: false, width: 32 }).split('\n')).toEqual([
      'Title',
      'Pricing',
      '• From $10 a seat and month,',
      '  with a free tier for three',
      '• No public list',
      'Score  8.6',
      'Needs  1 of: Bo, Chi',
    ]);
  });

  test('buttons that do not fit in one row go on in the next', () => {
    const press = { do: 'stop', run: 'run_1' } as const;
    const actions = ['Approve', 'Edit', 'Request changes', 'Reject'].map((label) => ({
      label,
      style: 'plain' as const,
      press,
    }));
    expect(drawCard({ ...empty, actions, foot: 'draft 1' }, { color: false, width: 40 }).split('\n')).toEqual(
      ['Title', '[ Approve ] [ Edit ] [ Request changes ]', '[ Reject ]                       draft 1'],
    );
  });

  test('color changes nothing but the color: without it the lines are the same', () => {
    const colored = drawCard(running, { color: true, width: 76 });
    expect(colored).not.toBe(drawCard(running, plain));
    expect(stripVTControlCharacters(colored)).toBe(drawCard(running, plain));
    expect(colored).toContain('\u001b[2m$0.0187 · 2 calls · 21 s\u001b[22m');
  });

  test('escape sequences, control and bidi characters of others are removed (rule S5)', () => {
    const text = [
      '\u001b]0;title\u0007one',
      '\u001b[2J\u001b[31mtwo\u001b[0m',
      '\u009b31mthree',
      'fo\u0008ur\u0000',
      '\u202efive\u2066',
      'six\u{e0041}\u200f',
      '\u001b]8;;https://evil.example\u001b\\seven\u001b]8;;\u001b\\',
    ].join('\r\n');
    const card = {
      ...empty,
      title: 'a\nb\u001b[5m\u202e',
      body: [{ type: 'text' as const, text }],
      foot: 'x\u0007',
    };
    expect(drawCard(card, plain).split('\n')).toEqual([
      'a b',
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
      'x',
    ]);
  });

  test('no text can put a control or bidi character on the screen, or a line beyond the width', () => {
    const nasty = fc.string({
      unit: fc.oneof(
        fc.constantFrom(
          '\u001b',
          '[',
          ']',
          '3',
          'm',
          ';',
          '\u0007',
          '\u009b',
          '\u202e',
          '\u2066',
          '\n',
          '\r',
          '\t',
          ' ',
        ),
        fc.constantFrom('日', '👩‍👩‍👧', '🇩🇪', 'é', 'e\u0301', '\u200d'),
        fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
      ),
      maxLength: 60,
    });
    const step = fc.record({
      mark: fc.constantFrom('done', 'working', 'waiting', 'pending', 'failed', 'skipped'),
      name: nasty,
      says: nasty,
      time: nasty,
      cost: nasty,
    });
    const block: fc.Arbitrary<CardBlock> = fc.oneof(
      fc.record({ type: fc.constantFrom('text', 'heading'), text: nasty }),
      fc.record({ type: fc.constant('bullets'), items: fc.array(nasty, { maxLength: 3 }) }),
      fc.record({ type: fc.constant('steps'), steps: fc.array(step, { maxLength: 3 }) }),
      fc.record({
        type: fc.constant('fields'),
        fields: fc.array(fc.record({ name: nasty, value: nasty }), { maxLength: 3 }),
      }),
    );
    const card: fc.Arbitrary<Card> = fc.record({
      v: fc.constant(1),
      title: nasty,
      tone: fc.constantFrom('working', 'waiting', 'good', 'bad', 'neutral'),
      status: nasty,
      body: fc.array(block, { maxLength: 3 }),
      actions: fc.array(
        fc.record({
          label: nasty,
          style: fc.constantFrom('primary', 'plain', 'danger'),
          press: fc.constant({ do: 'stop', run: 'run_1' } as const),
        }),
        { maxLength: 4 },
      ),
      foot: nasty,
    });
    fc.assert(
      fc.property(card, fc.integer({ min: 24, max: 100 }), (drawn, width) => {
        for (const line of drawCard(drawn, { color: false, width }).split('\n')) {
          expect(line).not.toMatch(/[\p{Cc}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u);
          // An address stays whole.
          if (!line.includes('://')) expect(columnsOf(line)).toBeLessThanOrEqual(width);
        }
      }),
      { numRuns: 300 },
    );
  });

  test('a key’s last four are seen at 80 columns', () => {
    const key = 'compatible/production/main ••••cdef';
    const body: CardBlock[] = [{ type: 'fields', fields: [{ name: key, value: 'healthy' }] }];
    expect(drawCard({ ...empty, body }, { color: false, width: 80 })).toContain(`${key}  healthy`);
  });

  test('an address that is wider than the terminal stays whole on a line of its own, so that it can be opened', () => {
    const link = `https://discord.com/oauth2/authorize?client_id=800000000000000001&permissions=${'3'.repeat(40)}`;
    const body: CardBlock[] = [
      { type: 'text', text: `A server is joined by ${link} and then claimed there` },
      { type: 'bullets', items: [`Invite it: (${link})`] },
    ];
    const lines = drawCard({ ...empty, body }, plain).split('\n');
    expect(lines).toContain(link);
    expect(lines).toContain('and then claimed there');
    expect(lines).toContain(`  (${link})`);
  });
});
