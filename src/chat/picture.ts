import type { Chart } from './chart.ts';

export type Look = 'light' | 'dark';

/** Turns charts into pictures, for surfaces that show pictures. */
export interface Pictures {
  /** A PNG of 1,600 × 800 pixels. The same chart gives the same bytes. */
  draw(chart: Chart, look: Look): Promise<Uint8Array>;
}
