import { alike } from './alike.ts';

/** What differs between two texts, sentence by sentence, as people read it. Pure. */
export interface Difference {
  /** `− ` before what went, `+ ` before what came, `…` for what stayed between them; a line each. */
  readonly lines: readonly string[];
  /** False: there is more than so many lines. */
  readonly isWhole: boolean;
}

const linesMost = 2_000;
/** Sentences of one text times those of the other; beyond it what is between their beginning and end counts as new. */
const pairsMost = 4_000_000;

/** Empty where nothing but spaces differs. */
export function textDifference(before: string, after: string): Difference {
  const [old, now] = [sentencesOf(before), sentencesOf(after)];
  const head = sameAtStart(old, now);
  const tail = sameAtStart(old.slice(head).reverse(), now.slice(head).reverse());
  const went = old.slice(head, old.length - tail);
  const came = now.slice(head, now.length - tail);
  const stayed = went.length * came.length > pairsMost ? [] : alike(went, came);
  const lines: string[] = [];
  let [i, j] = [0, 0];
  for (const [at, as] of [...stayed, [went.length, came.length] as const]) {
    const gone = went.slice(i, at).map((sentence) => `− ${sentence}`);
    const fresh = came.slice(j, as).map((sentence) => `+ ${sentence}`);
    if (gone.length + fresh.length > 0 && lines.length > 0) lines.push('…');
    lines.push(...gone, ...fresh);
    [i, j] = [at + 1, as + 1];
  }
  return { lines: lines.slice(0, linesMost), isWhole: lines.length <= linesMost };
}

function sameAtStart(one: readonly string[], other: readonly string[]): number {
  const at = one.findIndex((sentence, n) => sentence !== other[n]);
  return at < 0 ? one.length : at;
}

/** A sentence ends at its sign or with its line. */
const sentencesOf = (text: string): string[] =>
  text
    .split(/\n+|(?<=[.!?…]["”’»)]?)\s+/)
    .map((sentence) => sentence.replaceAll(/\s+/g, ' ').trim())
    .filter((sentence) => sentence !== '');

/** How many words one text has that the other has not, each counted as often as it stands there. */
export function wordsBetween(before: string, after: string): { added: number; removed: number } {
  const left = new Map<string, number>();
  for (const word of wordsOf(before)) left.set(word, (left.get(word) ?? 0) + 1);
  let added = 0;
  for (const word of wordsOf(after)) {
    const count = left.get(word) ?? 0;
    if (count === 0) added += 1;
    else left.set(word, count - 1);
  }
  return { added, removed: [...left.values()].reduce((sum, count) => sum + count, 0) };
}

const wordsOf = (text: string) => text.split(/\s+/).filter((word) => word !== '');
