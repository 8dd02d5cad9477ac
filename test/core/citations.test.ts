import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkCitations, pruneCitations } from '../../src/core/citations.ts';
import type { Json } from '../../src/core/json.ts';
import { repairCitations, repairForm } from '../../src/core/repair.ts';
import { readShape, readTypes, type Shape } from '../../src/core/shape.ts';
import { checkValue } from '../../src/core/shape-schema.ts';
import { shapeAndValue } from '../support/shapes.ts';

const { types } = readTypes({
  Claim: { text: 'text', sources: ['integer'] },
  Page: { url: 'url', facts: ['text'] },
});

function shapeOf(source: unknown): Shape {
  const { shape, problems } = readShape(source, types);
  if (shape === null) throw new Error(problems.map((p) => p.says).join());
  return shape;
}

const citable = { numbers: new Set([1, 3]), urls: new Set(['https://acme.com/']), pagesMustBeRead: true };

describe('citations (rule R9)', () => {
  const brief = shapeOf({ what: ['Claim'], head: 'Claim?', open: ['text'] });

  it('find each claim that names no source, or only sources that nobody read', () => {
    const value = {
      what: [
        { text: 'Sells anvils.', sources: [1] },
        { text: 'Sells rockets.', sources: [] },
        { text: 'Sells magnets.', sources: [2, 9] },
        { text: 'Sells glue.', sources: [2, 3] },
      ],
      head: { text: 'Leads the market.', sources: [4] },
      open: ['Who buys?'],
    };
    expect(checkCitations(brief, value, citable)).toEqual([
      { path: 'what[1]', text: 'Sells rockets.', why: 'names no source' },
      { path: 'what[2]', text: 'Sells magnets.', why: 'names sources 2, 9, which nobody read' },
      { path: 'head', text: 'Leads the market.', why: 'names source 4, which nobody read' },
    ]);
    expect(pruneCitations(brief, value, citable)).toEqual({
      value: {
        what: [
          { text: 'Sells anvils.', sources: [1] },
          { text: 'Sells glue.', sources: [3] },
        ],
        head: null,
        open: ['Who buys?'],
      },
      removed: [
        { path: 'what[1]', text: 'Sells rockets.' },
        { path: 'what[2]', text: 'Sells magnets.' },
        { path: 'head', text: 'Leads the market.' },
      ],
      nothingLeft: false,
    });
  });

  it('say when nothing is left, and not when nothing was removed', () => {
    const value = { what: [{ text: 'Sells rockets.', sources: [] }], head: null, open: ['Who buys?'] };
    expect(pruneCitations(brief, value, citable).nothingLeft).toBe(true);
    expect(pruneCitations(brief, { what: [], head: null, open: [] }, citable).nothingLeft).toBe(false);
  });

  it('empty a claim that must be there, and keep the rest', () => {
    const shape = shapeOf({ head: 'Claim', more: ['Claim'] });
    const pruned = pruneCitations(
      shape,
      { head: { text: 'a', sources: [2] }, more: [{ text: 'b', sources: [1] }] },
      citable,
    );
    expect(pruned).toMatchObject({
      value: { head: { text: '', sources: [] }, more: [{ text: 'b' }] },
      nothingLeft: false,
    });
  });

  it('drop pages that were not read, whatever spelling of the address was', () => {
    const shape = shapeOf({ pages: ['Page'] });
    const value = {
      pages: [
        { url: 'https://ACME.com#top', facts: [] },
        { url: 'https://other.com/', facts: ['x'] },
      ],
    };
    expect(pruneCitations(shape, value, citable)).toEqual({
      value: { pages: [{ url: 'https://ACME.com#top', facts: [] }] },
      removed: [{ path: 'pages[1]', text: 'https://other.com/' }],
      nothingLeft: false,
    });
    expect(checkCitations(shape, value, { ...citable, pagesMustBeRead: false })).toEqual([]);
  });

  it('leave nothing when a page that must be there was not read', () => {
    const pruned = pruneCitations(
      shapeOf({ page: 'Page', more: ['Claim'] }),
      { page: { url: 'https://other.com/', facts: [] }, more: [{ text: 'b', sources: [1] }] },
      citable,
    );
    expect(pruned.nothingLeft).toBe(true);
  });

  it('hold after pruning, and what is left still has its shape', () => {
    fc.assert(
      fc.property(shapeAndValue, fc.boolean(), ({ shape, value }, pagesMustBeRead) => {
        const some = { numbers: new Set([0, 1, 2]), urls: new Set<string>(), pagesMustBeRead };
        const pruned = pruneCitations(shape, value, some);
        const before = checkCitations(shape, value, some);
        if (before.length === 0) expect(pruned.removed).toEqual([]);
        if (pruned.nothingLeft) return;
        expect(checkCitations(shape, pruned.value, some)).toEqual([]);
        expect(checkValue(shape, pruned.value)).toEqual({ ok: true, value: pruned.value });
      }),
      { numRuns: 300 },
    );
  });

  it('are asked for again in words a model can act on', () => {
    const unsupported = checkCitations(
      brief,
      { what: [{ text: 'Sells\nrockets.', sources: [] }] as Json, head: null, open: [] },
      citable,
    );
    expect(repairCitations(unsupported, citable.numbers)).toBe(
      [
        'Your answer says things that no source supports.',
        '- what[0] names no source: "Sells rockets."',
        'The sources that were read are 1, 3. Give each statement the number of the source that says it, and each page the exact address that was read.',
        'Leave out what no source says. Answer again, in full, in the same form.',
      ].join('\n'),
    );
    expect(repairForm(['note is missing'])).toContain('- note is missing\n');
  });
});
