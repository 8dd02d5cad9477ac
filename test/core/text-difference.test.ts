import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { textDifference } from '../../src/core/text-difference.ts';

describe('what differs between two texts', () => {
  test('is told sentence by sentence, with a sign for what stayed between', () => {
    const before = 'Tea is green. It is old. People like it.\n\nIt comes from China.';
    const after = 'Tea is green. It is very old. People like it.\n\nIt comes from China and Japan.';
    expect(textDifference(before, after).lines).toEqual([
      '− It is old.',
      '+ It is very old.',
      '…',
      '− It comes from China.',
      '+ It comes from China and Japan.',
    ]);
  });

  test('is nothing where only spaces differ', () => {
    expect(textDifference('One.  Two.', 'One.\nTwo. ').lines).toEqual([]);
  });

  test('of texts without anything in common is both, and of very many lines says that there is more', () => {
    const many = (word: string) => Array.from({ length: 3_000 }, (_, n) => `${word} ${n}.`).join('\n');
    const { lines, isWhole } = textDifference(many('a'), many('b'));
    expect([lines.length, isWhole]).toEqual([2_000, false]);
    expect(textDifference('Old.', 'New.')).toEqual({ lines: ['− Old.', '+ New.'], isWhole: true });
  });

  test('holds each sentence that went and each that came, whatever they are', () => {
    const sentence = fc.constantFrom('One.', 'Two.', 'Three.', 'Four.');
    const text = fc.array(sentence, { maxLength: 12 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const { lines } = textDifference(before.join(' '), after.join(' '));
        const count = (of: readonly string[], one: string) => of.filter((each) => each === one).length;
        for (const one of ['One.', 'Two.', 'Three.', 'Four.'])
          expect(count(lines, `+ ${one}`) - count(lines, `− ${one}`)).toBe(
            count(after, one) - count(before, one),
          );
      }),
    );
  });
});
