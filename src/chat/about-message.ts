import { quoted } from './quoted.ts';

/** With a scheme, or a host whose end is a word: "e.g." and "3.5" are none. */
const addresses = /https?:\/\/\S+|(?:[\w-]+\.)+[a-z]{2,}\b(?:\/\S*)?/i;

/** Ends the sentence around an address. */
const after = /[\].,;:!?)>"'”’]+$/;

/** The words for a message that a crew is to run on: what it is about is its first address, else its text. */
export function aboutMessage(text: string): string {
  const words = text.replaceAll(/\s+/g, ' ').trim();
  const [address] = addresses.exec(words) ?? [];
  if (address !== undefined) return address.replace(after, '');
  return words === '' ? '' : quoted(words);
}
