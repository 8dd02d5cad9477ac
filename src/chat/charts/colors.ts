import type { Look } from '../picture.ts';

export interface Colors {
  readonly ground: string;
  readonly text: string;
  readonly quiet: string;
  readonly rule: string;
  /** Of the series, in their order. Told apart by color-blind people (after Okabe and Ito), and by how light they are. */
  readonly series: readonly string[];
  /** What is compared with. */
  readonly line: string;
}

export const colorsOf: Readonly<Record<Look, Colors>> = {
  light: {
    ground: '#ffffff',
    text: '#16191d',
    quiet: '#5b636e',
    rule: '#e6e8ec',
    series: ['#0b63b0', '#f0a202', '#0f9d7a', '#a8407f', '#a3abb6'],
    line: '#16191d',
  },
  dark: {
    ground: '#1a1d21',
    text: '#f1f3f5',
    quiet: '#a7b0ba',
    rule: '#31363c',
    series: ['#4398ea', '#f5b83d', '#35c79c', '#e691c6', '#6d7783'],
    line: '#f1f3f5',
  },
};
