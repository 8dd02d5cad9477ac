import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/core/json.ts';
import { readShape, readTypes, type Shape } from '../../src/core/shape.ts';
import { checkValue, replyReader, shapeToJsonSchema, shapeToZod } from '../../src/core/shape-schema.ts';
import { anyShape, shapeAndValue } from '../support/shapes.ts';

const noTypes = readTypes({}).types;

/** The shape, and what was said about it. */
function read(source: unknown, types: Record<string, unknown> = {}) {
  const named = readTypes(types);
  const { shape, problems } = readShape(source, named.types);
  return { shape, says: [...named.problems, ...problems].map((p) => p.says) };
}

/** Writes a shape as a crew file would. */
function shorthand(shape: Shape): unknown {
  switch (shape.is) {
    case 'choice':
      return shape.of.join('|');
    case 'list': {
      const of = shorthand(shape.of);
      return typeof of === 'string' ? `[${of}]` : [of];
    }
    case 'optional':
      return `${String(shorthand(shape.of))}?`;
    case 'object':
      return Object.fromEntries(
        Object.entries(shape.fields).map(([name, field]) => [name, shorthand(field)]),
      );
    default:
      return shape.is;
  }
}

describe('the shorthand of types', () => {
  it('reads simple words, lists, options, choices and fields', () => {
    expect(read({ a: 'text', b: ['integer'], c: 'url?', d: 'low|high', e: '[date]?' }).shape).toEqual({
      is: 'object',
      name: null,
      fields: {
        a: { is: 'text' },
        b: { is: 'list', of: { is: 'integer' } },
        c: { is: 'optional', of: { is: 'url' } },
        d: { is: 'choice', of: ['low', 'high'] },
        e: { is: 'optional', of: { is: 'list', of: { is: 'date' } } },
      },
    });
  });

  it('resolves named types in any order and keeps the name of an object', () => {
    const { shape } = read('Brief', { Brief: { what: ['Claim'] }, Claim: { text: 'text' } });
    expect(shape).toEqual({
      is: 'object',
      name: 'Brief',
      fields: { what: { is: 'list', of: { is: 'object', name: 'Claim', fields: { text: { is: 'text' } } } } },
    });
  });

  it.each<[string, unknown, Record<string, unknown>, string]>([
    ['an unknown word', 'txt', {}, 'unknown type "txt"; did you mean "text"?'],
    ['an unknown name', ['Clam'], { Claim: { text: 'text' } }, 'unknown type "Clam"; did you mean "Claim"?'],
    [
      'a type that contains itself',
      'A',
      { A: { b: 'B' }, B: { a: ['A'] } },
      'type "A" contains itself: A → B → A',
    ],
    ['a type that is only itself', 'A', { A: 'A' }, 'type "A" contains itself: A → A'],
    ['a list of two types', ['text', 'url'], {}, 'a list names one type between its brackets, like [text]'],
    ['an empty list', [], {}, 'a list names one type between its brackets, like [text]'],
    ['an empty map', {}, {}, 'a type with fields needs at least one field'],
    ['nothing', null, {}, 'a type is missing here'],
    ['a bare question mark', '?', {}, 'a type is missing here'],
    ['a number', 5, {}, '5 is not a type'],
    [
      'a choice of types',
      'text|number',
      {},
      '"text|number" mixes types; a choice is between words, like low|high',
    ],
    ['a choice said twice', 'a|a', {}, '"a|a" names a choice twice'],
    ['an empty choice', 'a|', {}, '"" cannot be a choice; use words of letters and digits'],
    [
      'a field with a capital letter',
      { Url: 'url' },
      {},
      '"Url" cannot be the name of a field; use lower-case letters, digits and underscores, like next_step',
    ],
    [
      'a type in lower case',
      'text',
      { claim: { text: 'text' } },
      '"claim" cannot be the name of a type; begin with a capital letter, like Claim',
    ],
  ])('refuses %s', (_, source, types, says) => {
    expect(read(source, types).says).toEqual([says]);
  });

  it('refuses types that grow beyond what providers take, without building them', () => {
    const types = Object.fromEntries(
      Array.from({ length: 40 }, (_, i) => [`T${i}`, i === 39 ? 'text' : { a: `T${i + 1}`, b: `T${i + 1}` }]),
    );
    const { problems } = readTypes(types);
    expect(problems.map((p) => p.says)).toContain('this type has more than 300 parts');
    const deep = Array.from({ length: 11 }).reduce<unknown>((of) => [of], 'text');
    expect(read(deep).says).toEqual(['this type is nested deeper than 10 levels']);
  });

  it('reads back every shape that it can write', () => {
    fc.assert(
      fc.property(
        anyShape.filter((s) => writable(s)),
        (shape) => {
          const { shape: again, problems } = readShape(shorthand(shape), noTypes);
          expect(problems).toEqual([]);
          expect(withoutNames(again)).toEqual(withoutNames(shape));
        },
      ),
      { numRuns: 200 },
    );
  });
});

/** An optional map has no shorthand without a name. */
function writable(shape: Shape): boolean {
  if (shape.is === 'optional') return typeof shorthand(shape.of) === 'string' && writable(shape.of);
  if (shape.is === 'object') return Object.values(shape.fields).every(writable);
  return shape.is === 'list' ? writable(shape.of) : true;
}

const withoutNames = (shape: Shape | null): unknown =>
  JSON.parse(JSON.stringify(shape), (key, value) =>
    key === 'name' && (value === null || value === 'Claim') ? undefined : value,
  );

/** Asserts what strict structured output demands of a schema, at every level. */
function expectStrict(schema: Json): void {
  if (Array.isArray(schema)) {
    for (const part of schema) expectStrict(part);
  } else if (typeof schema === 'object' && schema !== null) {
    const node = schema as { readonly [key: string]: Json };
    if (node.type === 'object') {
      expect(node.additionalProperties).toBe(false);
      expect(node.required).toEqual(Object.keys(node.properties as object));
      for (const field of Object.values(node.properties as object)) expectStrict(field as Json);
    } else {
      if (node.items !== undefined) expectStrict(node.items);
      if (node.anyOf !== undefined) expectStrict(node.anyOf);
    }
  }
}

describe('a shape as a schema', () => {
  it('asks strictly: every field required, none beside them, optional as a union with null', () => {
    const { shape } = read({ score: 'number', note: 'text?', pages: [{ url: 'url' }] });
    expect(shape && shapeToJsonSchema(shape)).toEqual({
      type: 'object',
      properties: {
        score: { type: 'number' },
        note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
        pages: {
          type: 'array',
          items: {
            type: 'object',
            properties: {
              url: { type: 'string', description: 'A full address that begins with http:// or https://.' },
            },
            required: ['url'],
            additionalProperties: false,
          },
        },
      },
      required: ['score', 'note', 'pages'],
      additionalProperties: false,
    });
  });

  it('is an object at its root and strict everywhere, for every shape', () => {
    fc.assert(
      fc.property(anyShape, (shape) => {
        const schema = shapeToJsonSchema(shape) as { readonly [key: string]: Json };
        expect(schema.type).toBe('object');
        expectStrict(schema);
      }),
      { numRuns: 200 },
    );
  });

  it('wraps a list at the root, and the reply is unwrapped again', () => {
    const list: Shape = { is: 'list', of: { is: 'text' } };
    expect(shapeToJsonSchema(list)).toMatchObject({
      properties: { value: { type: 'array' } },
      required: ['value'],
    });
    expect(replyReader(list)('{"value":["a"]}')).toEqual({ ok: true, value: ['a'] });
    expect(replyReader(list)('["a"]')).toEqual({
      ok: false,
      problems: ['the answer must be an object with the field "value"'],
    });
  });
});

describe('a value against its shape', () => {
  it('passes when it was made for the shape, by checkValue and by the schema alike', () => {
    fc.assert(
      fc.property(shapeAndValue, ({ shape, value }) => {
        expect(checkValue(shape, value)).toEqual({ ok: true, value });
        expect(shapeToZod(shape).safeParse(value).success).toBe(true);
        const reply = shape.is === 'object' ? value : { value };
        expect(replyReader(shape)(JSON.stringify(reply)).ok).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('is told apart from every other value by short sentences with paths', () => {
    const { shape } = read({
      pages: [{ url: 'url', on: 'date', n: 'integer', tone: 'low|high' }],
      note: 'text',
    });
    const value = { pages: [{ url: 'ftp://acme.com', on: '2026-02-30', n: 1.5, tone: 'mid' }] };
    expect(shape && checkValue(shape, value)).toEqual({
      ok: false,
      problems: [
        'pages[0].url must be an address that begins with http:// or https://',
        'pages[0].on must be a date like 2026-11-24',
        'pages[0].n must be a whole number',
        'pages[0].tone must be one of: low, high',
        'note is missing',
      ],
    });
    expect(checkValue({ is: 'list', of: { is: 'text' } }, 'x')).toEqual({
      ok: false,
      problems: ['the answer must be a list'],
    });
  });

  it('makes a missing optional field null and drops fields that nobody asked for', () => {
    const { shape } = read({ a: 'text?', b: 'text' });
    expect(shape && checkValue(shape, { b: 'x', c: 1 })).toEqual({ ok: true, value: { a: null, b: 'x' } });
  });

  it('says at most twelve problems and how many more there are', () => {
    const checked = checkValue(
      { is: 'list', of: { is: 'text' } },
      Array.from({ length: 20 }, () => 1),
    );
    expect(checked.ok === false && checked.problems.at(-1)).toBe('and 8 more');
  });

  it('refuses numbers that JSON cannot hold', () => {
    expect(checkValue({ is: 'number' }, Number.POSITIVE_INFINITY).ok).toBe(false);
    expect(checkValue({ is: 'integer' }, 2 ** 53).ok).toBe(false);
  });

  it('reads a reply inside a code block, and says when it is empty or no JSON', () => {
    const { shape } = read({ a: 'text' });
    if (shape === null) throw new Error('no shape');
    expect(replyReader(shape)('```json\n{"a":"x"}\n```')).toEqual({ ok: true, value: { a: 'x' } });
    expect(replyReader(shape)('Sure! Here it is')).toEqual({
      ok: false,
      problems: ['the answer is not JSON'],
    });
    expect(replyReader(shape)(' ')).toEqual({ ok: false, problems: ['the answer is empty'] });
  });
});
