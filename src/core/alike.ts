/** The most equal lines in the same order, each as its old and its new index. */
export function alike(olds: readonly string[], news: readonly string[]): [number, number][] {
  const best = olds.map(() => news.map(() => 0));
  const at = (i: number, j: number) => best[i]?.[j] ?? 0;
  for (let i = olds.length - 1; i >= 0; i--) {
    const row = best[i] ?? [];
    for (let j = news.length - 1; j >= 0; j--) {
      row[j] = olds[i] === news[j] ? 1 + at(i + 1, j + 1) : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  let [i, j] = [0, 0];
  while (i < olds.length && j < news.length) {
    if (olds[i] === news[j]) pairs.push([i++, j++]);
    else if (at(i + 1, j) >= at(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}
