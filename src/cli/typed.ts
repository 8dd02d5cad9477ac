/**
 * A command as it is typed in a terminal, so that it may be copied into any shell: they take `$5` for a variable and what stands
 * behind `#` for a comment. What is in quotes is left as it is.
 */
export const typedHere = (words: string): string =>
  `npm run crew -- ${words.replaceAll(/"[^"]*"|(?<!\S)(?:\$(\d\S*)|(#\S+))/g, forShells)}`;

const forShells = (word: string, amount?: string, channel?: string): string =>
  amount ?? (channel === undefined ? word : `"${channel}"`);
