/** Edits between two words; two neighbors swapped count as one. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          at(i - 1, j) + 1,
          at(i, j - 1) + 1,
          at(i - 1, j - 1) + same,
          swapped ? at(i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
  }
  return at(a.length, b.length);
}

/** The known words that somebody may have meant, best first, at most three; none when nothing is close. */
export function nearest(word: string, known: Iterable<string>): string[] {
  // Longer words are not compared: the cost is the product of both lengths, and nobody types them by hand.
  if (word.length > 64) return [];
  const wanted = word.toLowerCase();
  const allowed = Math.max(1, Math.floor(wanted.length / 3));
  return [...known]
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .filter(
      ({ candidate, far }) =>
        far <= allowed || (wanted.length > 2 && candidate.toLowerCase().startsWith(wanted)),
    )
    .sort((a, b) => a.far - b.far)
    .slice(0, 3)
    .map(({ candidate }) => candidate);
}

/** `; did you mean "writer"?`, the known words when nothing is near and they are few, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const all = [...known];
  const [best] = nearest(word, all);
  if (best !== undefined) return `; did you mean "${best}"?`;
  return all.length > 0 && all.length <= 12 ? `; known here: ${all.join(', ')}` : '';
}
