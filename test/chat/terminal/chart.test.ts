import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chartOf } from '../../../src/chat/chart.ts';
import { columnsOf } from '../../../src/chat/terminal/columns.ts';
import { drawCard } from '../../../src/chat/terminal/draw.ts';
import { monthChart, weekChart } from '../../support/chart-made.ts';

const drawn = (chart: ReturnType<typeof weekChart>, width: number) =>
  drawCard(
    {
      v: 1,
      title: 'Spend',
      tone: 'neutral',
      status: '',
      body: [{ type: 'chart', chart }],
      actions: [],
      foot: '',
    },
    { color: false, width },
  )
    .split('\n')
    .slice(1);

describe('a chart in a terminal', () => {
  test('is a bar for each label with its sum and what it is compared with, and names what the fills mean', () => {
    expect(drawn(weekChart(), 76)).toEqual([
      'Spend by day, 16–22 Nov',
      '                                                          week before',
      'Mon 16  ███████████████▓▓▓▓▓▓▓▓▓▓▒▒▒▒              $9.70        $9.00',
      'Tue 17  ███████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒      $11.80        $8.20',
      'Wed 18  ███████████████▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒       $11.40       $14.40',
      'Thu 19  ████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒          $10.70       $12.10',
      'Fri 20  ███████████████████▓▓▓▓▓▓▓▓▓▓▓▒▒▒▒▒▒▒▒▒▒  $13.20       $11.50',
      'Sat 21  ███▓                                       $1.20        $1.20',
      'Sun 22  ██▓▒                                       $1.30        $0.00',
      '█ research $28.10  ▓ lead $20.00  ▒ draft $11.20',
    ]);
  });

  test('has a line for each series where there are many labels', () => {
    expect(drawn(monthChart(), 60)).toEqual([
      'Spend by day, November',
      'research          ▄█▂▆ ▄█▂▆ ▄█▂▆ ▄█▂▆ ▄█         $0.1380',
      'lead             ▃ ▂▄▁▃ ▂▄▁▃ ▂▄▁▃ ▂▄▁▃ ▂         $0.0675',
      'draft            ▁▂ ▂▃▁▂ ▂▃▁▂ ▂▃▁▂ ▂▃▁▂          $0.0440',
      'a-crew-with-a-…  ▂▁▂ ▁▂▁▂ ▁▂▁▂ ▁▂▁▂ ▁▂▁▂         $0.0360',
      'other            ▂▃▃▃▂▂▃▃▃▂▂▃▃▃▂▂▃▃▃▂▂▃▃         $0.0705',
      'October           ▇▄▂█▆▃ ▇▄▂█▆▃ ▇▄▂█▆▃ ▇▄▂█▆▃ ▇  $0.1780',
      '                 1                           30',
    ]);
  });

  test('leaves out what is compared with where there is no room for it', () => {
    expect(drawn(weekChart(), 28).join('\n')).not.toContain('week before');
    expect(drawn(weekChart(), 28)[1]).toBe('Mon 16  █████▓▓▒▒      $9.70');
  });

  test('stays within the width, whatever the numbers and names', () => {
    const nano = fc.nat(9_000_000_000_000);
    const data = fc.integer({ min: 0, max: 40 }).chain((length) => {
      const row = fc.array(nano, { minLength: length, maxLength: length });
      const named = fc.record({ name: fc.string({ maxLength: 40 }), nano: row });
      return fc.record({
        title: fc.string(),
        labels: fc.array(fc.string({ maxLength: 12 }), { minLength: length, maxLength: length }),
        series: fc.array(named, { maxLength: 7 }),
        line: fc.option(named),
      });
    });
    fc.assert(
      fc.property(data, fc.integer({ min: 24, max: 100 }), (made, width) => {
        for (const line of drawn(chartOf(made), width)) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }),
    );
  });
});
