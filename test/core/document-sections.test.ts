import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, editableFields } from '../../src/core/document-edit.ts';
import { editsOf, type Section, sectionsOf } from '../../src/core/document-sections.ts';
import type { Json } from '../../src/core/json.ts';
import type { Shape } from '../../src/core/shape.ts';

const claim: Shape = {
  is: 'object',
  name: null,
  fields: { text: { is: 'text' }, sources: { is: 'list', of: { is: 'integer' } } },
};
const brief: Shape = {
  is: 'object',
  name: null,
  fields: {
    what: { is: 'list', of: claim },
    open: { is: 'list', of: { is: 'text' } },
    summary: { is: 'text' },
  },
};
const claims = (texts: readonly string[]): Json => texts.map((text, i) => ({ text, sources: [i + 1] }));
const value: Json = {
  what: claims(['One', 'Two', 'Three']),
  open: ['Why?', 'When?'],
  summary: 'First.\n\nSecond.',
};
const sections = () => sectionsOf(editableFields(brief, value));
const section = (label: string): Section => {
  const found = sections().find((s) => s.label === label);
  if (found === undefined) throw new Error(`no section ${label}`);
  return found;
};
/** The claims after a person has sent the section with this text. */
const edited = (label: string, text: string): Json | null => {
  const edits = editsOf(section(label), text);
  return edits === null ? null : applyEdits(brief, value, edits);
};

test('a list is one section with a line an item, everything else stands alone', () => {
  expect(sections().map((s) => [s.label, s.text])).toEqual([
    ['What', 'One\nTwo\nThree'],
    ['Open', 'Why?\nWhen?'],
    ['Summary', 'First.\n\nSecond.'],
  ]);
});

describe('a section that comes back', () => {
  test('as it was has no edits, also with the line ends of a browser', () => {
    for (const s of sections()) expect(editsOf(s, `${s.text.replaceAll('\n', '\r\n')}\r\n`)).toEqual([]);
  });

  test.each([
    [
      'a changed line keeps its sources',
      'One\nZwei\nThree',
      [
        ['One', 1],
        ['Zwei', 2],
        ['Three', 3],
      ],
    ],
    [
      'a line that is gone takes its item away',
      'One\nThree',
      [
        ['One', 1],
        ['Three', 3],
      ],
    ],
    [
      'one gone and one changed',
      'Two\nDrei',
      [
        ['Two', 2],
        ['Drei', 3],
      ],
    ],
    [
      'empty lines mean nothing',
      '\nOne\n\nTwo\n\nThree\n',
      [
        ['One', 1],
        ['Two', 2],
        ['Three', 3],
      ],
    ],
    ['nothing left', '', []],
  ])('%s', (_, text, wanted) => {
    const { what } = edited('What', text) as { what: { text: string; sources: number[] }[] };
    expect(what.map((c) => [c.text, c.sources[0]])).toEqual(wanted);
  });

  test.each(['One\nTwo\nThree\nFour', 'Zero\nOne\nTwo', 'Two\nOne\nThree'])(
    'with a line that no source belongs to is refused: %j',
    (text) => expect(edited('What', text)).toBeNull(),
  );

  test('as a single text may have paragraphs', () => {
    expect(edited('Summary', 'Other.\r\n\r\nWords.')).toMatchObject({ summary: 'Other.\n\nWords.' });
  });
});

test('what was typed stands in the draft, line by line, or is refused: nothing is lost', () => {
  const word = fc.constantFrom('One', 'Two', 'Three', 'Four', 'Five');
  fc.assert(
    fc.property(fc.array(word, { maxLength: 5 }), (lines) => {
      const draft = edited('What', lines.join('\n')) as { what: { text: string }[] } | null;
      if (draft !== null) expect(draft.what.map((c) => c.text)).toEqual(lines);
      else expect(lines.length).toBeGreaterThan(0);
    }),
  );
});
