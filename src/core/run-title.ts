import type { Crew } from './crew.ts';
import { shownInput } from './input.ts';
import type { Json } from './json.ts';

const shownMax = 80;

/** What a run is about, for titles: its first input in one short line; null where it has none. */
export function subjectOf(crew: Crew, input: Readonly<Record<string, Json>>): string | null {
  const first = crew.input[0];
  const value = first === undefined ? null : (input[first.name] ?? null);
  if (value === null) return null;
  const isAddress = first?.type === 'website' || first?.type === 'url';
  const line = isAddress ? shortAddress(String(value)) : shownInput(value).replace(/\s+/g, ' ').trim();
  if (line.length <= shownMax) return line;
  // At the end of a word, where one ends near enough.
  const cut = line.slice(0, shownMax);
  const space = cut.lastIndexOf(' ');
  return `${(space > shownMax / 2 ? cut.slice(0, space) : cut).replace(/[\s.,;:]+$/, '')}…`;
}

/** `Deep dive`: the name of a crew or a step as it stands in titles. */
export const nameInTitle = (name: string): string =>
  name.replace(/^./, (letter) => letter.toUpperCase()).replaceAll('-', ' ');

/** `acme.com`: an address as people say it. */
export const shortAddress = (url: string): string => url.replace(/^https?:\/\//, '').replace(/\/$/, '');
