import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TitleComponent } from 'echarts/components';
import { init, setPlatformAPI, use } from 'echarts/core';
import { SVGRenderer } from 'echarts/renderers';

// Only what the charts need, all of it loaded with the first picture.
use([BarChart, LineChart, GridComponent, LegendComponent, TitleComponent, SVGRenderer]);

// Without a canvas nothing can measure a text, and the guess that would be made is of another font.
setPlatformAPI({
  measureText: (text, font = '') => ({ width: widthOf(text, font) }),
});

/** About as wide as Inter draws it. */
function widthOf(text: string, font: string): number {
  const size = Number(/([\d.]+)px/.exec(font)?.[1] ?? 12);
  const heavy = /\b(?:600|bold)\b/.test(font) ? 1.04 : 1;
  return Array.from(text).reduce((all, letter) => all + size * heavy * emOf(letter), 0);
}

function emOf(letter: string): number {
  if (/[ .,:;'|iIjl!]/.test(letter)) return 0.28;
  if (/[frt()\-·]/.test(letter)) return 0.37;
  if (/[mwMW@%]/.test(letter)) return 0.88;
  if (/[A-Z]/.test(letter)) return 0.69;
  if (/[0-9$+<–]/.test(letter)) return 0.63;
  return /[\u1100-\uffff]/.test(letter) ? 1 : 0.57;
}

export { init };
