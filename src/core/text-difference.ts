import { diffArrays } from 'diff';

/** What differs between two texts, sentence by sentence, as people read it. Pure. */
export interface Difference {
  /** `− ` before what went, `+ ` before what came, `…` for what stayed between them; a line each. */
  readonly lines: readonly string[];
  /** False: there is more than so many lines. */
  readonly isWhole: boolean;
}

const linesMost = 2_000;

/** Empty where nothing but spaces differs. */
export function textDifference(before: string, after: string): Difference {
  const parts = diffArrays(sentencesOf(before), sentencesOf(after));
  const lines = parts.flatMap(({ value, added, removed }, n) => {
    if (added) return value.map((sentence) => `+ ${sentence}`);
    if (removed) return value.map((sentence) => `− ${sentence}`);
    // What stays at either end goes without saying.
    return n === 0 || n === parts.length - 1 ? [] : ['…'];
  });
  return { lines: lines.slice(0, linesMost), isWhole: lines.length <= linesMost };
}

/** A sentence ends at its sign or with its line. */
const sentencesOf = (text: string): string[] =>
  text
    .split(/\n+|(?<=[.!?…]["”’»)]?)\s+/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');
