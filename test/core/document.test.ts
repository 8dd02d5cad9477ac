import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentBytes, documentHash, documentText, renderDocument } from '../../src/core/document.ts';
import { applyEdits, editableFields } from '../../src/core/document-edit.ts';
import type { Source } from '../../src/core/fence.ts';
import type { Json } from '../../src/core/json.ts';
import { readShape, readTypes, type Shape } from '../../src/core/shape.ts';
import { checkValue } from '../../src/core/shape-schema.ts';
import { anyText } from '../support/any-text.ts';
import { shapeAndValue } from '../support/shapes.ts';

const { types } = readTypes({ Claim: { text: 'text', sources: ['integer'] } });

function shapeOf(source: unknown): Shape {
  const { shape, problems } = readShape(source, types);
  if (shape === null) throw new Error(problems.map((p) => p.says).join());
  return shape;
}

const source = (n: number): Source => ({
  n,
  url: `https://acme.com/${n}`,
  title: `Page ${n}`,
  date: null,
  text: 'x',
});
const sources = [source(3), source(1), source(2)];
const brief = shapeOf({
  what_they_do: ['Claim'],
  pricing: ['Claim'],
  score: 'number',
  good: 'boolean',
  open: ['text'],
});
const value: Json = {
  what_they_do: [
    { text: 'Sells anvils.', sources: [3, 1, 3] },
    { text: '**Best** <b>ever</b>\n# of all', sources: [9] },
  ],
  pricing: [],
  score: 8.5,
  good: true,
  open: ['Who buys?'],
};

describe('a document (rule G1)', () => {
  it('has a heading for each part that is not empty, claims with their numbers, and the cited sources only', () => {
    expect(
      renderDocument({ title: 'Brief on acme.com', shape: brief, value, sources, labels: ['sandbox'] }),
    ).toEqual({
      v: 1,
      title: 'Brief on acme.com',
      labels: ['sandbox'],
      blocks: [
        { type: 'heading', level: 1, text: 'What they do' },
        {
          type: 'bullets',
          items: [
            { text: 'Sells anvils.', sources: [3, 1] },
            { text: '**Best** <b>ever</b> # of all', sources: [] },
          ],
        },
        { type: 'heading', level: 1, text: 'Score' },
        { type: 'paragraph', text: '8.5', sources: [] },
        { type: 'heading', level: 1, text: 'Good' },
        { type: 'paragraph', text: 'yes', sources: [] },
        { type: 'heading', level: 1, text: 'Open' },
        { type: 'bullets', items: [{ text: 'Who buys?', sources: [] }] },
      ],
      sources: [
        { n: 1, url: 'https://acme.com/1', title: 'Page 1' },
        { n: 3, url: 'https://acme.com/3', title: 'Page 3' },
      ],
    });
  });

  it('reads as text with visible addresses at its end', () => {
    const document = renderDocument({
      title: 'Brief',
      shape: shapeOf(['Claim']),
      value: [{ text: 'Sells anvils.', sources: [3] }],
      sources,
      labels: ['sandbox'],
    });
    expect(documentText(document)).toBe(
      '# Brief\n\nsandbox\n\n- Sells anvils. [3]\n\n## Sources\n\n[3] Page 3: https://acme.com/3',
    );
  });

  it('heads each item of a list of objects by its first text', () => {
    const shape = shapeOf([{ url: 'url', title: 'text', facts: ['text'] }]);
    const document = renderDocument({
      title: 't',
      shape,
      value: [{ url: 'https://acme.com/', title: 'Home', facts: ['a'] }],
      sources,
      labels: [],
    });
    expect(documentText(document)).toBe('# t\n\n## Home\n\n### Url\n\nhttps://acme.com/\n\n### Facts\n\n- a');
  });

  it('keeps paragraphs of a plain text and says when there is nothing', () => {
    const render = (text: string) =>
      renderDocument({ title: 't', shape: { is: 'text' }, value: text, sources, labels: [] }).blocks;
    expect(render('One.\nStill one.\n\n\nTwo.')).toEqual([
      { type: 'paragraph', text: 'One.\nStill one.', sources: [] },
      { type: 'paragraph', text: 'Two.', sources: [] },
    ]);
    expect(render(' ')).toEqual([{ type: 'paragraph', text: 'Nothing to show.', sources: [] }]);
  });

  it('holds no characters that could command a terminal or turn a line around (rule S5)', () => {
    fc.assert(
      fc.property(shapeAndValue, anyText(), ({ shape, value: any }, title) => {
        const text = documentText(renderDocument({ title, shape, value: any, sources, labels: [title] }));
        expect(text).not.toMatch(/(?!\n|\t)\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });

  it('keeps its bytes and hash through JSON and any order of keys', () => {
    fc.assert(
      fc.property(shapeAndValue, ({ shape, value: any }) => {
        const document = renderDocument({ title: 't', shape, value: any, sources, labels: [] });
        const bytes = documentBytes(document);
        expect(documentBytes(JSON.parse(bytes))).toBe(bytes);
        expect(documentHash(JSON.parse(JSON.stringify(document)))).toBe(documentHash(document));
        const { v, title, labels, blocks, sources: cited } = document;
        expect(documentHash({ sources: cited, blocks, labels, title, v })).toBe(documentHash(document));
      }),
    );
  });

  it('has another hash when one character of it differs', () => {
    const hash = (text: string) =>
      documentHash(renderDocument({ title: 't', shape: { is: 'text' }, value: text, sources, labels: [] }));
    expect(hash('a')).toMatch(/^[0-9a-f]{64}$/);
    expect(hash('a')).not.toBe(hash('b'));
  });
});

describe('an edit (rule G2)', () => {
  it('is offered for each text, not for sources, numbers and addresses', () => {
    expect(editableFields(brief, value)).toEqual([
      { path: 'what_they_do[0].text', label: 'What they do 1', text: 'Sells anvils.' },
      { path: 'what_they_do[1].text', label: 'What they do 2', text: '**Best** <b>ever</b>\n# of all' },
      { path: 'open[0]', label: 'Open 1', text: 'Who buys?' },
    ]);
    expect(editableFields({ is: 'text' }, 'Hello')).toEqual([{ path: '', label: 'Text', text: 'Hello' }]);
  });

  it('changes the text and keeps the sources with it', () => {
    const edited = applyEdits(brief, value, [
      { path: 'what_they_do[0].text', text: ' Sells steel anvils. ' },
    ]);
    expect(edited).toMatchObject({
      what_they_do: [{ text: 'Sells steel anvils.', sources: [3, 1, 3] }, {}],
      score: 8.5,
    });
  });

  it('takes an item away when its text is emptied, by the places of the draft that was opened', () => {
    const edits = [
      { path: 'what_they_do[0].text', text: '' },
      { path: 'what_they_do[1].text', text: 'Kept.' },
      { path: 'open[0]', text: ' ' },
    ];
    expect(applyEdits(brief, value, edits)).toMatchObject({
      what_they_do: [{ text: 'Kept.', sources: [9] }],
      open: [],
    });
  });

  it('is refused for a text that is not there or is too long', () => {
    const edit = (path: string, text: string) => () => applyEdits(brief, value, [{ path, text }]);
    expect(edit('what_they_do[7].text', 'x')).toThrow(
      'The draft has no text at "what_they_do[7].text" that can be edited.',
    );
    expect(edit('what_they_do[0].sources', '[1]')).toThrow(
      'The draft has no text at "what_they_do[0].sources" that can be edited.',
    );
    expect(edit('open[0]', 'x'.repeat(20_001))).toThrow(
      'The text at "open[0]" has more than 20000 characters.',
    );
  });

  it('keeps shape, sources and all that was not edited, for any value and any text', () => {
    fc.assert(
      fc.property(
        shapeAndValue,
        fc.string({ minLength: 1, unit: 'grapheme' }).filter((t) => t.trim() !== ''),
        fc.nat(),
        ({ shape, value: any }, text, pick) => {
          const fields = editableFields(shape, any);
          expect(applyEdits(shape, any, [])).toEqual(any);
          const field = fields[pick % Math.max(1, fields.length)];
          if (field === undefined) return;
          const edited = applyEdits(shape, any, [{ path: field.path, text }]);
          expect(checkValue(shape, edited)).toEqual({ ok: true, value: edited });
          const others = (all: Json) => editableFields(shape, all).filter((f) => f.path !== field.path);
          expect(others(edited)).toEqual(others(any));
          expect(sourcesIn(edited)).toEqual(sourcesIn(any));
        },
      ),
      { numRuns: 300 },
    );
  });
});

const sourcesIn = (all: Json): Json[] => {
  const found: Json[] = [];
  JSON.stringify(all, (key, part) => {
    if (key === 'sources') found.push(part);
    return part;
  });
  return found;
};
