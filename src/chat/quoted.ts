/** Pairs of quotes that a line is read with; none of them is an escape. */
const quotes = ['""', "''", '“”', '‘’', '«»'] as const;

/** A text as one word of a line that is typed. What no pair of quotes can hold loses its straight double quotes. */
export function quoted(text: string): string {
  if (/^[^\s"'“”‘’„«»—-][^\s"'“”‘’„«»]*$/.test(text)) return text;
  const pair = quotes.find((q) => ![...q].some((sign) => text.includes(sign)));
  return pair === undefined ? `"${text.replaceAll('"', '')}"` : `${pair[0]}${text}${pair[1]}`;
}
