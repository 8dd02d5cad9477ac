import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Crew, InputField, InputType } from '../../src/core/crew.ts';
import { normalizeInput, normalizeInputs } from '../../src/core/input.ts';
import { isCrewsmithError } from '../../src/errors.ts';

const field = (type: InputType, more: Partial<InputField> = {}): InputField => ({
  name: 'it',
  type,
  label: 'It',
  example: null,
  required: true,
  choices: [],
  ...more,
});

/** The value, or why it was refused. */
function use(type: InputType, text: string, more: Partial<InputField> = {}) {
  try {
    return normalizeInput(field(type, more), text);
  } catch (error) {
    if (isCrewsmithError(error, 'input.invalid')) return { why: error.detail.why };
    throw error;
  }
}

describe('an input', () => {
  it.each([
    ['acme.com', 'https://acme.com/'],
    [' ACME.com/About ', 'https://acme.com/About'],
    ['https://acme.com/x?y=1#z', 'https://acme.com/x?y=1'],
    ['http://intranet/start', 'http://intranet/start'],
    ['acme.com:8443', 'https://acme.com:8443/'],
    ['127.0.0.1:8080', 'http://127.0.0.1:8080/'],
    ['localhost:3000/x', 'http://localhost:3000/x'],
    ['[::1]:80', 'http://[::1]/'],
    ['bücher.example', 'https://xn--bcher-kva.example/'],
  ])('that is a website takes %s', (text, address) => {
    expect(use('website', text)).toBe(address);
  });

  it.each([
    ['Acme', '"Acme" is not the address of a website; write it like acme.com or https://acme.com/about'],
    [
      'Acme Corp',
      '"Acme Corp" is not the address of a website; write it like acme.com or https://acme.com/about',
    ],
    [
      'acme,com',
      '"acme,com" is not the address of a website; write it like acme.com or https://acme.com/about',
    ],
    [
      'javascript:alert(1)',
      '"javascript:alert(1)" is not the address of a website; write it like acme.com or https://acme.com/about',
    ],
    ['ana@acme.com', '"ana@acme.com" is a mail address; write the website, like acme.com'],
    ['file:///etc/hosts', '"file:///etc/hosts" is not an address; it begins with http:// or https://'],
    ['https://me:pass@acme.com', 'the address carries a user name or password; leave it out'],
    ['https://', '"https://" is not an address; it begins with http:// or https://'],
    [`acme.com/${'x'.repeat(2_000)}`, 'it has 2009 characters; 2000 are possible'],
    [' ', 'it is empty; write something like acme.com'],
    ['acme\u0000.com', 'it holds control characters'],
    ['acme.com\u202egro', 'it holds control characters'],
  ])('that is a website refuses %j', (text, why) => {
    expect(use('website', text, { example: 'acme.com' })).toEqual({ why });
  });

  it('that is text keeps lines and tabs, and refuses other control characters and more than 20,000 characters', () => {
    expect(use('text', ' a\r\nb\tc ')).toBe('a\nb\tc');
    expect(use('text', 'a\u001b[31mb')).toEqual({ why: 'it holds control characters' });
    expect(use('text', 'a\ud800')).toEqual({ why: 'it holds control characters' });
    expect(use('text', 'x'.repeat(20_000))).toHaveLength(20_000);
    expect(use('text', 'x'.repeat(20_001))).toEqual({ why: 'it has 20001 characters; 20000 are possible' });
    expect(use('text', '')).toEqual({ why: 'it is empty' });
  });

  it('of another type becomes its value or says how to write it', () => {
    expect(use('number', '-12.5')).toBe(-12.5);
    expect(use('number', '1e9')).toEqual({ why: '"1e9" is not a number; write it in digits, like 12.5' });
    expect(use('integer', '12')).toBe(12);
    expect(use('integer', '1.5')).toEqual({ why: '"1.5" is not a whole number' });
    expect(use('boolean', 'Yes')).toBe(true);
    expect(use('boolean', 'maybe')).toEqual({ why: '"maybe" is neither yes nor no' });
    expect(use('date', '2024-02-29')).toBe('2024-02-29');
    expect(use('date', '2026-02-29')).toEqual({
      why: '"2026-02-29" is not a date; write it like 2026-11-24',
    });
    expect(use('date', 'tomorrow')).toEqual({ why: '"tomorrow" is not a date; write it like 2026-11-24' });
    expect(use('choice', 'LOW', { choices: ['low', 'high'] })).toBe('low');
    expect(use('choice', 'mid', { choices: ['low', 'high'] })).toEqual({
      why: '"mid" is not one of low, high',
    });
    expect(use('url', 'https://acme.com')).toBe('https://acme.com/');
    expect(use('url', 'acme.com')).toEqual({
      why: '"acme.com" is not an address; it begins with http:// or https://',
    });
  });

  it('that is a website is the same when it is normalized twice, and is nothing but an http address', () => {
    fc.assert(
      fc.property(fc.oneof(fc.webUrl(), fc.domain(), fc.string(), fc.ipV4()), (text) => {
        const once = use('website', text);
        if (typeof once !== 'string') return;
        expect(once).toMatch(/^https?:\/\/[^\s@/?]+\/\S*$/);
        expect(use('website', once)).toBe(once);
      }),
    );
  });
});

describe('the inputs of a crew', () => {
  const crew: Crew = {
    v: 1,
    name: 'research',
    summary: 's',
    input: [
      field('website', { name: 'company', label: 'Company', example: 'acme.com' }),
      field('text', { name: 'focus', required: false }),
    ],
    agents: {},
    steps: [],
  };

  it('are null where they may be left out and were', () => {
    expect(normalizeInputs(crew, { company: 'acme.com' })).toEqual({
      company: 'https://acme.com/',
      focus: null,
    });
    expect(normalizeInputs(crew, { company: 'acme.com', focus: ' prices ' })).toEqual({
      company: 'https://acme.com/',
      focus: 'prices',
    });
  });

  it('are refused when one is missing or nobody asked for it', () => {
    expect(() => normalizeInputs(crew, { focus: 'x' })).toThrow(
      'The crew "research" needs: Company (like acme.com).',
    );
    expect(() => normalizeInputs(crew, { company: 'acme.com', depth: '3' })).toThrow(
      'The crew "research" asks for no "depth". It asks for: company, focus.',
    );
  });
});
