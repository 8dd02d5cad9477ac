import fc from 'fast-check';

const surrogates = { from: 0xd800, count: 0x800 };
const last = 0x10ffff;

/** Every code point that can stand alone. The library's own unit of this kind fills a map with all of them, which takes a second each. */
const letter = fc.integer({ min: 0, max: last - surrogates.count }).map(
  (n) => String.fromCodePoint(n < surrogates.from ? n : n + surrogates.count),
  (text) => {
    const point = typeof text === 'string' ? text.codePointAt(0) : undefined;
    if (point === undefined || String.fromCodePoint(point) !== text) throw new TypeError('no letter');
    return point < surrogates.from ? point : point - surrogates.count;
  },
);

/** Any text that is well formed: control characters, bidi marks, signs beyond the first plane. */
export const anyText = (bounds: { readonly maxLength?: number } = {}): fc.Arbitrary<string> =>
  fc.string({ unit: letter, ...bounds });
