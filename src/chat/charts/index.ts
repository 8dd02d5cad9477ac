import { fileURLToPath } from 'node:url';
import type { Chart } from '../chart.ts';
import type { Look, Pictures } from '../picture.ts';
import { colorsOf } from './colors.ts';
import { optionOf, size } from './option.ts';

/** Pictures as ECharts draws them; it, the rasterizer and the font are loaded with the first picture. */
export function createPictures(): Pictures {
  return {
    async draw(chart, look) {
      const { renderAsync } = await import('@resvg/resvg-js');
      const picture = await renderAsync(await svgOf(chart, look), {
        fitTo: { mode: 'zoom', value: 2 },
        font: { loadSystemFonts: false, fontFiles: fonts(), defaultFontFamily: 'Inter' },
      });
      return picture.asPng();
    },
  };
}

async function svgOf(chart: Chart, look: Look): Promise<string> {
  const { init } = await import('./echarts.ts');
  const drawing = init(null, null, { renderer: 'svg', ssr: true, ...size });
  try {
    drawing.setOption(optionOf(chart, colorsOf[look]));
    return drawing.renderToSVGString();
  } finally {
    // Its timers would keep the process alive.
    drawing.dispose();
  }
}

/** Ours, so that a picture looks the same on every machine. */
const fonts = (): string[] => [
  fileURLToPath(import.meta.resolve('@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf')),
  fileURLToPath(import.meta.resolve('@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf')),
];
