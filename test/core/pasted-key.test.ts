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
});
