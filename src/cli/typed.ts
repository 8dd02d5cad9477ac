/** A command as it is typed in a terminal. */
export const typedHere = (words: string): string => `npm run crew -- ${words}`;
