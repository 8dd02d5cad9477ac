import { describe, expect, test } from 'vitest';
import { subjectOf } from '../../src/core/run-title.ts';
import { lineCrew as crew } from '../support/crews.ts';

describe('what a run is about', () => {
  test('is its first input', () => {
    expect(subjectOf(crew, { topic: 'acme.com' })).toBe('acme.com');
  });

  test('is one line, cut at a word where it is long', () => {
    const topic = `Tell our customers\nthat prices change on 1 March. ${'Nothing else changes. '.repeat(9)}`;
    const subject = subjectOf(crew, { topic }) ?? '';
    expect(subject).toBe('Tell our customers that prices change on 1 March. Nothing else changes. Nothing…');
    expect(subjectOf(crew, { topic: 'x'.repeat(200) })).toBe(`${'x'.repeat(80)}…`);
  });

  test('is nothing where nothing was given', () => {
    expect(subjectOf(crew, {})).toBeNull();
  });
});
