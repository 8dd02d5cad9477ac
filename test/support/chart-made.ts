import { type Chart, chartOf } from '../../src/chat/chart.ts';

/** Dollars as the ledger has them. */
export const nanoOf = (dollars: number) => Math.round(dollars * 1e9);

/** A week of three crews beside the week before. */
export const weekChart = (): Chart =>
  chartOf({
    title: 'Spend by day, 16–22 Nov',
    labels: ['Mon 16', 'Tue 17', 'Wed 18', 'Thu 19', 'Fri 20', 'Sat 21', 'Sun 22'],
    series: [
      { name: 'draft', nano: [1.5, 1.4, 2.8, 1.9, 3.4, 0, 0.2].map(nanoOf) },
      { name: 'research', nano: [5.1, 6.2, 4.8, 3.9, 6.4, 0.9, 0.8].map(nanoOf) },
      { name: 'lead', nano: [3.1, 4.2, 3.8, 4.9, 3.4, 0.3, 0.3].map(nanoOf) },
    ],
    line: { name: 'week before', nano: [9, 8.2, 14.4, 12.1, 11.5, 1.2, 0].map(nanoOf) },
  });

/** A month, of seven crews, whose end is still to come. */
export const monthChart = (): Chart => {
  const days = Array.from({ length: 30 }, (_, i) => i);
  return chartOf({
    title: 'Spend by day, November',
    labels: days.map((day) => String(day + 1)),
    series: ['research', 'lead', 'draft', 'a-crew-with-a-rather-long-name', 'five', 'six', 'seven'].map(
      (name, n) => ({
        name,
        nano: days.map((day) => (day > 22 ? 0 : nanoOf((((day * 7 + n * 3) % 5) * 0.003) / (n + 1)))),
      }),
    ),
    line: { name: 'October', nano: days.map((day) => nanoOf(((day * 5) % 7) * 0.002)) },
  });
};
