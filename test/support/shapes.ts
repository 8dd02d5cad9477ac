import fc from 'fast-check';
import type { Json } from '../../src/core/json.ts';
import type { Shape } from '../../src/core/shape.ts';
import { anyText } from './any-text.ts';

/** Shapes and values that fit them, for properties. */
const name = fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/);
const claim: Shape = {
  is: 'object',
  name: 'Claim',
  fields: { text: { is: 'text' }, sources: { is: 'list', of: { is: 'integer' } } },
};

const { shape } = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.constantFrom('text', 'number', 'integer', 'boolean', 'date', 'url').map((is): Shape => ({ is })),
    fc
      .uniqueArray(fc.stringMatching(/^[a-z]{1,6}$/), { minLength: 2, maxLength: 4 })
      .map((of): Shape => ({ is: 'choice', of })),
    fc.constant(claim),
    tie('shape').map((of): Shape => ({ is: 'list', of })),
    tie('shape').map((of): Shape => (of.is === 'optional' ? of : { is: 'optional', of })),
    fc
      .dictionary(name, tie('shape'), { minKeys: 1, maxKeys: 4, noNullPrototype: true })
      .map((fields): Shape => ({ is: 'object', name: null, fields })),
  ),
}));

export const anyShape = shape;

/** Made once: each that the library makes fills a map with all letters. */
const address = fc.webUrl();

function anyValueOf(of: Shape): fc.Arbitrary<Json> {
  switch (of.is) {
    case 'text':
      return anyText({ maxLength: 30 });
    case 'number':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => (n === 0 ? 0 : n));
    case 'integer':
      return fc.maxSafeInteger();
    case 'boolean':
      return fc.boolean();
    case 'date':
      return fc
        .date({ min: new Date('1900-01-01'), max: new Date('2199-12-31'), noInvalidDate: true })
        .map((date) => date.toISOString().slice(0, 10));
    case 'url':
      return address;
    case 'choice':
      return fc.constantFrom(...of.of);
    case 'list':
      return fc.array(anyValueOf(of.of), { maxLength: 4 });
    case 'optional':
      return fc.option(anyValueOf(of.of));
    case 'object':
      return fc.record(
        Object.fromEntries(Object.entries(of.fields).map(([key, field]) => [key, anyValueOf(field)])),
        { noNullPrototype: true },
      );
  }
}

/** A shape with a value that fits it. */
export const shapeAndValue = anyShape.chain((of) => anyValueOf(of).map((value) => ({ shape: of, value })));
