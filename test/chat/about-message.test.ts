import { expect, test } from 'vitest';
import { splitWords } from '../../commands/words.ts';
import { aboutMessage } from '../../src/chat/about-message.ts';

test.each([
  ['look at https://acme.com/pricing please', 'https://acme.com/pricing'],
  ['They are at acme.com.', 'acme.com'],
  ['(see https://acme.com/about, then call)', 'https://acme.com/about'],
  ['e.g. 3.5 hours at shop.acme.co.uk/a?b=c', 'shop.acme.co.uk/a?b=c'],
])('what "%s" is about is its address', (text, address) => {
  expect(aboutMessage(text)).toBe(address);
});

test.each([
  'We are 40 people, e.g. 3.5 teams',
  'She said "yes" and left',
  `It's "so" or so`,
  'one\n\ntwo   lines',
])('a message without an address is one word of the line: %j', (text) => {
  expect(splitWords(`research ${aboutMessage(text)}`)).toEqual(['research', text.replaceAll(/\s+/g, ' ')]);
});

test('a message without words adds nothing', () => {
  expect(aboutMessage(' \n')).toBe('');
});
