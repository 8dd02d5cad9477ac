import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  costNano,
  formatUsd,
  parseUsd,
  type Rates,
  type TierRates,
  toJsonNano,
  type Used,
  worstNano,
} from '../../src/core/money.ts';
import { isCrewsmithError } from '../../src/errors.ts';

const pico = fc.bigInt({ min: 0n, max: 200_000_000n });
const tier = fc.record({ inputPico: pico, cacheReadPico: pico, cacheWritePico: pico, outputPico: pico });

const dearer = (base: TierRates, more: TierRates): TierRates => ({
  inputPico: base.inputPico + more.inputPico,
  cacheReadPico: base.cacheReadPico + more.cacheReadPico,
  cacheWritePico: base.cacheWritePico + more.cacheWritePico,
  outputPico: base.outputPico + more.outputPico,
});

/** Rates as they are in the world: a larger input is never cheaper. */
const anyRates: fc.Arbitrary<Rates> = fc
  .record({
    base: tier,
    more: fc.option(tier),
    above: fc.integer({ min: 1, max: 400_000 }),
    searchNano: pico,
  })
  .map(({ base, more, above, searchNano }) => ({
    date: '2026-11-16',
    contextWindow: null,
    searchNano,
    ...base,
    tiers: more === null ? [] : [{ aboveInputTokens: above, ...dearer(base, more) }],
  }));

const tokens = fc.integer({ min: 0, max: 500_000 });
const anyUsed: fc.Arbitrary<Used> = fc
  .record({
    inputTokens: tokens,
    outputTokens: tokens,
    read: fc.double({ min: 0, max: 1, noNaN: true }),
    write: fc.double({ min: 0, max: 1, noNaN: true }),
    searches: fc.option(fc.nat(20)),
  })
  .map(({ inputTokens, outputTokens, read, write, searches }) => {
    const cacheReadTokens = Math.floor(inputTokens * read);
    return {
      inputTokens,
      outputTokens,
      cacheReadTokens,
      cacheWriteTokens: Math.floor((inputTokens - cacheReadTokens) * write),
      searches,
    };
  });

/** The exact cost in thousandths of a nano-dollar, worked out apart from the code under test. */
function exactPico(used: Used, rates: Rates): bigint {
  const input = used.inputTokens ?? 0;
  const at = rates.tiers.findLast((t) => input > t.aboveInputTokens) ?? rates;
  const read = used.cacheReadTokens ?? 0;
  const write = used.cacheWriteTokens ?? 0;
  return (
    BigInt(input - read - write) * at.inputPico +
    BigInt(read) * at.cacheReadPico +
    BigInt(write) * at.cacheWritePico +
    BigInt(used.outputTokens ?? 0) * at.outputPico +
    BigInt(used.searches ?? 0) * (rates.searchNano ?? 0n) * 1000n
  );
}

const cost = (used: Used, rates: Rates): bigint => {
  const nano = costNano(used, rates);
  if (nano === null) throw new Error('the cost of known usage is unknown');
  return nano;
};

const luna: Rates = {
  date: '2026-09-23',
  contextWindow: 1_050_000,
  searchNano: 10_000_000n,
  inputPico: 100_000n,
  cacheReadPico: 10_000n,
  cacheWritePico: 125_000n,
  outputPico: 500_000n,
  tiers: [
    {
      aboveInputTokens: 272_000,
      inputPico: 200_000n,
      cacheReadPico: 20_000n,
      cacheWritePico: 250_000n,
      outputPico: 750_000n,
    },
  ],
};

const used = (more: Partial<Used>): Used => ({
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  cacheWriteTokens: 0,
  searches: 0,
  ...more,
});

describe('the cost of a call (rule M1)', () => {
  it('is never below the exact amount and less than one nano-dollar above it: one rounding, up', () => {
    fc.assert(
      fc.property(anyUsed, anyRates, (u, rates) => {
        const over = cost(u, rates) * 1000n - exactPico(u, rates);
        expect(over >= 0n && over < 1000n).toBe(true);
      }),
    );
  });

  it('never falls when a call uses more', () => {
    const more = fc.record({ input: tokens, output: tokens, searches: fc.nat(5) });
    fc.assert(
      fc.property(anyUsed, more, anyRates, (u, m, rates) => {
        const larger = {
          ...u,
          inputTokens: (u.inputTokens ?? 0) + m.input,
          outputTokens: (u.outputTokens ?? 0) + m.output,
          searches: (u.searches ?? 0) + m.searches,
        };
        expect(cost(larger, rates) >= cost(u, rates)).toBe(true);
      }),
    );
  });

  it('is never above the worst case of bounds that the call kept to', () => {
    const slack = fc.record({ input: fc.nat(300_000), output: fc.nat(300_000) });
    fc.assert(
      fc.property(anyUsed, slack, anyRates, (u, s, rates) => {
        const worst = worstNano((u.inputTokens ?? 0) + s.input, (u.outputTokens ?? 0) + s.output, rates);
        expect(worst >= cost({ ...u, searches: 0 }, rates)).toBe(true);
      }),
    );
  });

  it('counts plain input, cache reads, cache writes, output and searches apart', () => {
    const u = used({
      inputTokens: 10_000,
      cacheReadTokens: 6_000,
      cacheWriteTokens: 1_000,
      outputTokens: 500,
      searches: 2,
    });
    // 3,000 × 0.1 + 6,000 × 0.01 + 1,000 × 0.125 + 500 × 0.5 millionths of a dollar, and two searches at a cent.
    expect(costNano(u, luna)).toBe(300_000n + 60_000n + 125_000n + 250_000n + 20_000_000n);
  });

  it('takes the dearer rates for the whole call from one token above the boundary', () => {
    expect(costNano(used({ inputTokens: 272_000, outputTokens: 10 }), luna)).toBe(27_200_000n + 5_000n);
    expect(costNano(used({ inputTokens: 272_001, outputTokens: 10 }), luna)).toBe(54_400_200n + 7_500n);
  });

  it('rounds a part of a nano-dollar up, once', () => {
    const cheap = { ...luna, inputPico: 37_500n, outputPico: 150_100n };
    expect(costNano(used({ inputTokens: 1 }), cheap)).toBe(38n);
    expect(costNano(used({ inputTokens: 1, outputTokens: 1 }), cheap)).toBe(188n);
  });

  it('is unknown when input or output is unknown, and plain input where nothing is said of a cache', () => {
    expect(costNano(used({ inputTokens: null }), luna)).toBeNull();
    expect(costNano(used({ outputTokens: null }), luna)).toBeNull();
    const silent = {
      inputTokens: 1000,
      outputTokens: 0,
      cacheReadTokens: null,
      cacheWriteTokens: null,
      searches: null,
    };
    expect(costNano(silent, luna)).toBe(100_000n);
  });
});

describe('the worst case of a call (rule M4)', () => {
  it('takes the dearest input rate, cache writes included, and the dearer rates as soon as they may apply', () => {
    expect(worstNano(272_000, 1000, luna)).toBe(34_000_000n + 500_000n);
    expect(worstNano(272_001, 1000, luna)).toBe(68_000_250n + 750_000n);
  });
});

describe('amounts as people read and write them', () => {
  it.each([
    [0n, '$0.00'],
    [1n, '<$0.0001'],
    [49_999n, '<$0.0001'],
    [50_000n, '$0.0001'],
    [12_345_678n, '$0.0123'],
    [1_800_000_000n, '$1.80'],
    [9_999_940_000n, '$9.9999'],
    [9_999_960_000n, '$10.00'],
    [1_234_567_890_000n, '$1234.57'],
    [-31_200_000n, '-$0.0312'],
  ])('%s nano-dollars are shown as %s', (nano, text) => {
    expect(formatUsd(nano)).toBe(text);
  });

  it('shows nothing but nothing as nothing', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 15n }), (nano) => {
        expect(formatUsd(nano)).not.toMatch(/^\$0\.0+$/);
      }),
    );
  });

  it.each([
    ['$1.50', 1_500_000_000n],
    ['0.5', 500_000_000n],
    ['$20', 20_000_000_000n],
    [' $0.000000001 ', 1n],
  ])('reads %s as %s nano-dollars', (text, nano) => {
    expect(parseUsd(text)).toBe(nano);
  });

  it.each(['', '$', '-1', '1,5', '1.5.0', 'twenty', '€5', '1e3', '$0.0000000001', '$9007200', '$9999999'])(
    'refuses "%s"',
    (text) => {
      expect(() => parseUsd(text)).toThrow(expect.toSatisfy((e) => isCrewsmithError(e, 'money.invalid')));
    },
  );

  it('reads back what it shows of whole cents', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 1n, max: 10n ** 8n }), (cents) => {
        const nano = cents * 10_000_000n;
        expect(parseUsd(formatUsd(nano))).toBe(nano);
      }),
    );
  });

  it('goes into JSON only where it stays exact', () => {
    expect(toJsonNano(2n ** 53n - 1n)).toBe(9_007_199_254_740_991);
    expect(() => toJsonNano(2n ** 53n)).toThrow(
      expect.toSatisfy((e) => isCrewsmithError(e, 'internal.impossible')),
    );
  });
});
