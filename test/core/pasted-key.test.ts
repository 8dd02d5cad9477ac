import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { looksLikeKey } from '../../src/core/pasted-key.ts';

const tail = 'abc1def2ghi3jkl4mno5pqr6stu7vwx8yz90';

describe('a key where it does not belong (rule K4)', () => {
  test.each([
    [`sk-${tail}`, 'openai'],
    [`sk-proj-${tail}`, 'openai'],
    [`sk-ant-api03-${tail}`, 'anthropic'],
    [`AIza${tail}`, 'google'],
    [`keys add openai sk-${tail}`, 'openai'],
    [`here it is: "sk-ant-${tail}", thanks`, 'anthropic'],
    [`OPENAI_API_KEY=sk-${tail}`, 'openai'],
  ])('is seen in %s', (text, provider) => {
    expect(looksLikeKey(text)).toBe(provider);
  });

  test.each([
    'research acme.com',
    'sk-',
    'sk-learn-pipelines-in-production-code',
    `risk-${tail}`,
    `disk-${tail}`,
    'AIza',
    'AIzation of everything, and of nothing at all',
    'https://acme.com/sk-1',
  ])('is not seen in %s', (text) => {
    expect(looksLikeKey(text)).toBeNull();
  });

  test('is seen wherever a plain pattern would see it', () => {
    const plain = [
      ['anthropic', /(?<![A-Za-z0-9])sk-ant-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{16,}/],
      ['openai', /(?<![A-Za-z0-9])sk-(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{20,}/],
      ['google', /(?<![A-Za-z0-9])AIza(?=[A-Za-z_-]*\d)[A-Za-z0-9_-]{30,}/],
    ] as const;
    const piece = fc.constantFrom('sk-', 'sk-ant-', 'AIza', '1', '-', '_', ' ', 'é', 'x', 'tenletters', '=');
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join('');
        expect(looksLikeKey(text)).toBe(plain.find(([, shape]) => shape.test(text))?.[0] ?? null);
      }),
      { numRuns: 2_000 },
    );
  });

  test('is looked for in no more time than a text is long, whatever it is made of', () => {
    // Each beginning tried to its end, this takes minutes.
    for (const text of ['sk-'.repeat(200_000), 'AIza-'.repeat(100_000), `${'sk-ant-'.repeat(80_000)}!`])
      expect(looksLikeKey(text)).toBeNull();
  });
});
