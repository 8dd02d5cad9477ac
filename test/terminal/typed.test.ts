import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { typedHere } from '../../src/cli/typed.ts';

/** The words that a shell hands on to the program. */
const inShell = (line: string) =>
  execFileSync('sh', ['-c', `npm() { shift 3; printf '%s\\n' "$@"; }; ${line}`], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');

// As it stood there before, the first set a limit of $0, and the second gave the role in the whole workspace.
test.each([
  ['budget set $20 week workspace', ['budget', 'set', '20', 'week', 'workspace']],
  ['access grant @bo approver #sales', ['access', 'grant', '@bo', 'approver', '#sales']],
  ['budget raise $0.50', ['budget', 'raise', '0.50']],
  ['draft "Answer #3, please"', ['draft', 'Answer #3, please']],
  ['research acme.com/#team', ['research', 'acme.com/#team']],
])('%s, as the terminal advises it, arrives whole through a shell', (words, arrive) => {
  expect(inShell(typedHere(words))).toEqual(arrive);
});
