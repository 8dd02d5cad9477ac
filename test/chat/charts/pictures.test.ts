import { describe, expect, test } from 'vitest';
import { chartOf } from '../../../src/chat/chart.ts';
import { colorsOf } from '../../../src/chat/charts/colors.ts';
import { createPictures } from '../../../src/chat/charts/index.ts';
import { amountsUpTo, scaleOf } from '../../../src/chat/charts/scale.ts';
import { monthChart, nanoOf, weekChart } from '../../support/chart-made.ts';

const looks = ['light', 'dark'] as const;

/** Width and height, from the header of a PNG. */
function sizeOf(png: Uint8Array): [number, number] {
  const bytes = Buffer.from(png);
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}

describe('a picture of a chart', () => {
  const pictures = createPictures();

  test.each(looks)(
    'in %s it has 1,600 × 800 pixels, and the same chart gives the same bytes',
    async (look) => {
      const first = await pictures.draw(weekChart(), look);
      expect(sizeOf(first)).toEqual([1600, 800]);
      expect(Buffer.from(first).equals(await pictures.draw(weekChart(), look))).toBe(true);
    },
  );

  test('other numbers, another look and texts give another picture', async () => {
    const week = weekChart();
    const others = [
      await pictures.draw(week, 'dark'),
      await pictures.draw({ ...week, line: null }, 'light'),
      await pictures.draw({ ...week, title: 'Spend' }, 'light'),
      await pictures.draw(monthChart(), 'light'),
    ];
    const first = Buffer.from(await pictures.draw(week, 'light'));
    for (const other of others) expect(first.equals(other)).toBe(false);
  });

  test('nothing at all, one thing and the largest amounts can be drawn', async () => {
    const edge = [
      chartOf({ title: 'Spend', labels: [], series: [], line: null }),
      chartOf({ title: 'Spend', labels: ['Mon'], series: [{ name: 'a', nano: [0] }], line: null }),
      chartOf({
        title: '<b>&{sum|}',
        labels: ['{a|b}'],
        series: [{ name: '</svg>{sum|x}', nano: [Number.MAX_SAFE_INTEGER] }],
        line: { name: '"', nano: [null] },
      }),
    ];
    for (const chart of edge) expect(sizeOf(await pictures.draw(chart, 'light'))).toEqual([1600, 800]);
  });
});

describe('the axis', () => {
  test.each([
    [14.4, 15, 5, '$15'],
    [0.0207, 0.025, 0.005, '$0.025'],
    [1.3, 1.5, 0.5, '$1.50'],
    [12_345, 12_500, 2_500, '$12,500'],
    [0.00003, 0.00003, 0.00001, '$0.00003'],
  ])('for $%d it ends at %d in steps of %d, written %s', (most, max, step, text) => {
    const scale = scaleOf(nanoOf(most));
    expect(scale.max).toBeCloseTo(max, 9);
    expect(scale.step).toBeCloseTo(step, 9);
    expect(scale.format(scale.max)).toBe(text);
  });

  test('it never ends below the most, and has five lines at most', () => {
    for (let most = 1; most < 1e16; most = Math.ceil(most * 1.37)) {
      const { max, step } = scaleOf(most);
      expect(max * 1e9).toBeGreaterThanOrEqual(most * (1 - 1e-9));
      expect(Math.round(max / step)).toBeLessThanOrEqual(5);
    }
  });

  test('amounts beside each other have the same decimals, and little is never nothing', () => {
    const amount = amountsUpTo(nanoOf(13.2));
    expect([13.2, 0.9, 0, 0.001].map((d) => amount(nanoOf(d)))).toEqual([
      '$13.20',
      '$0.90',
      '$0.00',
      '<$0.01',
    ]);
  });
});

/** Linear light of red, green and blue. */
const linear = (hex: string) =>
  [1, 3, 5].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });

type Light = readonly number[];
const times = (matrix: readonly Light[], light: Light) =>
  matrix.map((row) => row.reduce((all, factor, i) => all + factor * (light[i] ?? 0), 0));

/** How people see who lack one kind of cone (Machado, Oliveira and Fernandes 2009), and those who do not. */
const eyes: Readonly<Record<string, readonly Light[]>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no long cones': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no medium cones': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'no short cones': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** CIE L*a*b* of linear light. */
function lab(light: Light): Light {
  const [x = 0, y = 0, z = 0] = times(
    [
      [0.4124, 0.3576, 0.1805],
      [0.2126, 0.7152, 0.0722],
      [0.0193, 0.1192, 0.9505],
    ],
    light,
  );
  const [fx = 0, fy = 0, fz = 0] = [x / 0.9505, y, z / 1.089].map((t) =>
    t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116,
  );
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

const luminance = (hex: string) => times([[0.2126, 0.7152, 0.0722]], linear(hex))[0] ?? 0;
const contrast = (a: string, b: string) => {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
};

describe.each(looks)('the colors in %s', (look) => {
  const colors = colorsOf[look];

  test.each(Object.keys(eyes))('every two series are told apart by eyes with %s', (eye) => {
    const seen = colors.series.map((hex) => lab(times(eyes[eye] ?? [], linear(hex))));
    const near = seen.flatMap((a, i) =>
      seen.slice(i + 1).map((b, n) => ({
        pair: `${i} ${i + 1 + n}`,
        distance: Math.hypot(...a.map((v, k) => v - (b[k] ?? 0))),
      })),
    );
    expect(near.filter(({ distance }) => distance < 14)).toEqual([]);
  });

  test('texts have a contrast of 4.5 and series of 1.9 to the ground', () => {
    for (const text of [colors.text, colors.quiet])
      expect(contrast(text, colors.ground)).toBeGreaterThan(4.5);
    for (const series of colors.series) expect(contrast(series, colors.ground)).toBeGreaterThan(1.9);
  });
});
