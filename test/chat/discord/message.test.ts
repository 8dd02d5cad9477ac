import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Card } from '../../../src/chat/card.ts';
import { escaped, pieces } from '../../../src/chat/discord/inert.ts';
import { limits } from '../../../src/chat/discord/limits.ts';
import { messageOf, noticeOf } from '../../../src/chat/discord/message.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { anyText } from '../../support/any-text.ts';
import { messageProblem } from '../../support/discord/shapes.ts';
import { readSpec, specProblems } from '../../support/openapi.ts';

const spec = readSpec('discord-openapi.json');

const cardWith = (more: Partial<Card>): Card => ({
  v: 1,
  title: 'Research · acme.com',
  tone: 'working',
  status: 'running · step 2 of 4',
  body: [],
  actions: [],
  foot: '$0.0312 · 3 calls · 41 s',
  ...more,
});

const button = (n: number) => ({ label: `Button ${n}`, style: 'plain' as const, customId: `p:${n}` });

function drawn(card: Card, buttons = 0) {
  const all = Array.from({ length: buttons }, (_, n) => button(n));
  const { container, charts, file } = messageOf(card, all, 7);
  const json = { components: [container], flags: 32_768, allowed_mentions: { parse: [] } };
  const files = [...charts.map((_, n) => `chart-${n}.png`), ...(file === null ? [] : [file.name])];
  const problems = spec === null ? [] : specProblems(spec, 'MessageCreateRequest', json as unknown as Json);
  return { json, file, problem: messageProblem(json as unknown as JsonObject, files), problems };
}

const textIn = (card: Card) => JSON.stringify(drawn(card).json);

describe('a card on Discord', () => {
  test('is one message of components within every limit, whatever is in it', () => {
    const text = anyText({ maxLength: 3_000 });
    const block = fc.oneof(
      fc.record({ type: fc.constant('text' as const), text }),
      fc.record({ type: fc.constant('heading' as const), text }),
      fc.record({ type: fc.constant('bullets' as const), items: fc.array(text, { maxLength: 8 }) }),
      fc.record({
        type: fc.constant('fields' as const),
        fields: fc.array(fc.record({ name: text, value: text }), { maxLength: 8 }),
      }),
    );
    const card = fc.record({
      title: text,
      status: text,
      foot: text,
      body: fc.array(block, { maxLength: 6 }),
    });
    fc.assert(
      fc.property(card, fc.nat(30), (more, buttons) => {
        const { problem, problems } = drawn(cardWith(more), buttons);
        expect([problem, problems]).toEqual([null, []]);
      }),
      { numRuns: 150 },
    );
  });

  test(`is checked against Discord's own description${spec === null ? ' (skipped: no specs)' : ''}`, () => {
    const body = [{ type: 'text' as const, text: 'Green tea' }];
    expect(drawn(cardWith({ body }), 3).problems).toEqual([]);
    if (spec === null) return;
    const wrong = { components: [{ type: 10, content: 'x'.repeat(4_001) }], flags: 32_768, nonsense: 1 };
    expect(specProblems(spec, 'MessageCreateRequest', wrong)).not.toEqual([]);
  });

  test('what is shortened keeps its last lines, where it says who decides; a long text is what it says in short', () => {
    const words = Array.from({ length: 8 }, (_, n) => ({
      type: 'text' as const,
      text: `${n} ${'x'.repeat(900)}`,
    }));
    const asks = ['Decides: Bo', 'Once approved, it is published.'].map((text) => ({
      type: 'text' as const,
      text,
    }));
    const cut = JSON.stringify(messageOf(cardWith({ body: [...words, ...asks] }), [], 1).container);
    expect(cut).toMatch(/Shortened.*Decides: Bo.*it is published/s);
    expect(drawn(cardWith({ body: [...words, ...asks] }), 3).problems).toEqual([]);
    const long = { type: 'long' as const, summary: 'In short.', parts: words };
    const { container, file } = messageOf(cardWith({ body: [long] }), [], 1);
    expect(JSON.stringify(container)).toContain('In short.');
    expect(JSON.stringify(container)).not.toContain('7 xxx');
    expect(file?.text).toContain('7 xxx');
  });

  test('at the limit of texts it is whole; one over, the whole of it is in a file', () => {
    const head = '### Research · acme.com\n-# ● running · step 2 of 4'.length;
    const rest =
      head + '-# $0.0312 · 3 calls · 41 s'.length + '-# Shortened: the whole text is in the file.'.length;
    // Pieces of a text are joined by one sign each.
    const room = limits.text.most - rest;
    const words = (n: number) => 'x'.repeat(n);
    const body = (n: number) =>
      [words(900), words(900), words(900), words(n - 2_700 - 4)].map((text) => ({
        type: 'text' as const,
        text,
      }));
    expect(drawn(cardWith({ body: body(room) })).file).toBeNull();
    const over = drawn(cardWith({ body: body(room + 1) }));
    expect(over.file?.text).toContain(words(900));
    expect(over.problem).toBeNull();
  });

  test('has 25 buttons in rows of five at most; a 26th has no place', () => {
    const rows = (n: number) => JSON.stringify(drawn(cardWith({}), n).json).match(/"custom_id"/g)?.length;
    expect([rows(5), rows(25), rows(26)]).toEqual([5, 25, 25]);
  });

  test('shows markup, mentions and hidden signs of others as the signs that they are', () => {
    const hostile =
      '@everyone <@1> **b** [a](https://evil.example) `c` ~~d~~ ||e|| <t:0> :smile: \u202egnp.exe';
    const text = textIn(cardWith({ body: [{ type: 'text', text: hostile }] }));
    expect(text).toContain('\\\\@everyone \\\\<\\\\@1> \\\\*\\\\*b');
    expect(text).toContain('\\\\[a\\\\](https://evil.example)');
    expect(text).not.toMatch(/\u202e|[^\\]\*\*b|[^\\]`c/);
    expect(escaped('# one\n> two\n- three\n1. four\n-# five')).toBe(
      '\\# one\n\\> two\n\\- three\n1\\. four\n\\-# five',
    );
  });

  test('leaves addresses as they are, so that people see where they lead', () => {
    expect(escaped('see https://acme.com/a_b_c?d=*e* and _this_')).toBe(
      'see https://acme.com/a_b_c?d=*e* and \\_this\\_',
    );
  });

  test('calls only accounts and roles, and says on a locked screen only the words for it', () => {
    const people = [
      { native: '42', name: 'Bo' },
      { native: '&7', name: '@Reviewers' },
      { native: '@everyone', name: 'x' },
    ];
    const body = [
      { type: 'notice' as const, people, push: 'Note · tea waits' },
      { type: 'text' as const, text: 'the draft' },
    ];
    const notice = noticeOf(cardWith({ body }));
    expect(notice).toEqual({ content: '<@42> <@&7> Note · tea waits', people: ['42'], roles: ['7'] });
    expect(noticeOf(cardWith({}))).toBeNull();
  });

  test('is split at paragraphs, then lines, then words; a piece loses nothing', () => {
    const paragraphs = Array.from({ length: 9 }, (_, n) => `${n} ${'word '.repeat(50)}`.trim());
    const all = pieces(paragraphs.join('\n\n'), 600);
    expect(all.every((piece) => piece.length <= 600)).toBe(true);
    expect(all.join('\n\n')).toBe(paragraphs.join('\n\n'));
    expect(pieces('x'.repeat(10), 4).join('')).toBe('x'.repeat(10));
    expect(pieces('*'.repeat(10), 4).join('')).toBe('\\*'.repeat(10));
  });
});
