import { html, raw } from 'hono/html';
import type { Html } from './text-html.ts';

/** Drawn here, 16 by 16, in the color of the text; the words beside them say what they mean. */
const paths = {
  check: '<path d="M3.5 8.5l3 3 6-7"/>',
  cross: '<path d="M4.5 4.5l7 7m0-7l-7 7"/>',
  clock: '<circle cx="8" cy="8" r="5.5"/><path d="M8 5v3.2l2 1.3"/>',
  circle: '<circle cx="8" cy="8" r="5"/>',
  skip: '<path d="M4 8h8"/>',
  hash: '<path d="M6.5 2.5l-1.5 11m6-11l-1.5 11M3 6h10.5M2.5 10H13"/>',
  plus: '<path d="M8 3.5v9m-4.5-4.5h9"/>',
  send: '<path d="M13.5 2.5L7 9m6.5-6.5L9 13.5 7 9 2.5 7z"/>',
  back: '<path d="M9.5 3.5L5 8l4.5 4.5"/>',
  reply: '<path d="M3 4h10v7H8l-3 2.5V11H3z"/>',
  eye: '<path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="1.8"/>',
  menu: '<path d="M2.5 4.5h11M2.5 8h11M2.5 11.5h11"/>',
  bell: '<path d="M4 11V7.200a4 4 0 0 1 8 0V11l1 1.300H3zm2.700 2.800h2.600"/>',
  crew: '<circle cx="5.2" cy="5.6" r="2"/><circle cx="10.8" cy="5.6" r="2"/><path d="M1.8 12.6c.3-2.2 1.6-3.4 3.4-3.4s3.100 1.200 3.400 3.400M9.2 9.600c.4-.3 1-.4 1.600-.4 1.800 0 3.100 1.200 3.400 3.400"/>',
} as const;

export type IconName = keyof typeof paths;

export const icon = (name: IconName): Html =>
  html`<svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">${raw(paths[name])}</svg>`;
