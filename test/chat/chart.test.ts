import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chartOf, otherSeries, seriesMax, sumOf, totalsOf } from '../../src/chat/chart.ts';
import { monthChart, weekChart } from '../support/chart-made.ts';

describe('chartOf', () => {
  test('the dearest series stands first, on the ground', () => {
    expect(weekChart().series.map(({ name }) => name)).toEqual(['research', 'lead', 'draft']);
  });

  test('what is beyond the colors that can be told apart becomes one, and no money is lost', () => {
    const row = fc.array(fc.nat(1_000_000_000_000), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(fc.array(row, { maxLength: 12 }), (rows) => {
        const series = rows.map((nano, n) => ({ name: `crew-${n}`, nano }));
        const chart = chartOf({ title: 'Spend', labels: ['a', 'b', 'c'], series, line: null });
        expect(chart.series.length).toBeLessThanOrEqual(seriesMax);
        expect(totalsOf(chart)).toEqual(totalsOf({ labels: chart.labels, series }));
        if (rows.length > seriesMax) expect(chart.series.at(-1)?.name).toBe(otherSeries);
      }),
    );
  });

  test('its words say the sum, each series, each label with its parts, and what it is compared with', () => {
    const { alt } = weekChart();
    expect(alt).toContain('Spend by day, 16–22 Nov: $59.30 in all; week before $56.40.');
    expect(alt).toContain('research $28.10, lead $20.00, draft $11.20.');
    expect(alt).toContain('Mon 16: $9.70 (research $5.10, lead $3.10, draft $1.50), week before $9.00.');
    expect(alt).toContain('Sun 22: $1.30');
  });

  test('its words say of many labels only the sums, and nothing of labels without money', () => {
    const { alt, labels, series } = monthChart();
    expect(alt).toContain(' 3: $0.0207, October $0.0060.');
    expect(alt).not.toContain('29: ');
    expect(sumOf(totalsOf({ labels, series }))).toBeGreaterThan(0);
  });

  test('a chart survives JSON', () => {
    expect(JSON.parse(JSON.stringify(weekChart()))).toEqual(weekChart());
  });
});
