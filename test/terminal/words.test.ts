import fc from 'fast-check';
import { expect, test } from 'vitest';
import { arg, flag, onOff, timeLeft } from '../../commands/cards.ts';
import { commands } from '../../commands/index.ts';
import type { CommandSpec } from '../../commands/port.ts';
import { findCommand, matchWords, splitWords, usageOf } from '../../commands/words.ts';
import { refuseKeys } from '../../src/core/pasted-key.ts';
import { CrewsmithError } from '../../src/errors.ts';

const spec: CommandSpec = {
  name: 'brew',
  summary: 'Brews.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'none',
  args: [
    arg('kind', 'what to brew', { choices: ['tea', 'coffee'] }),
    arg('wish', 'how', { required: false, rest: true }),
  ],
  flags: [flag('max', '$0.50', 'Most.'), flag('set', 'A=B', 'Sets.', { many: true }), onOff('json', 'JSON.')],
  run: () => Promise.reject(new Error('not run here')),
};

function refusal(what: () => unknown): CrewsmithError {
  try {
    what();
  } catch (error) {
    if (error instanceof CrewsmithError) return error;
  }
  throw new Error('it was accepted');
}

test.each([
  ['', []],
  ['  research   acme.com ', ['research', 'acme.com']],
  ['draft "two words" \'and "more"\'', ['draft', 'two words', 'and "more"']],
  ['changes “shorter, please”', ['changes', 'shorter, please']],
  ["it's the owner's", ["it's", 'the', "owner's"]],
  ['--client="Acme Ltd" x', ['--client=Acme Ltd', 'x']],
  ['decide ""', ['decide', '']],
  ['—max $1', ['--max', '$1']],
])('%s is split as people mean it', (line, words) => {
  expect(splitWords(line)).toEqual(words);
});

test('a quote that stays open is said', () => {
  expect(refusal(() => splitWords('draft "two words')).says).toContain('" is missing');
});

test('words that are quoted come back as they were', () => {
  const word = fc.string({ minLength: 1 }).filter((w) => !w.includes('"') && !/^—[a-z]/i.test(w));
  fc.assert(
    fc.property(fc.array(word), (words) => {
      expect(splitWords(words.map((w) => `"${w}"`).join(' '))).toEqual(words);
    }),
  );
});

test('flags may stand anywhere, with a space or an equals sign', () => {
  const words = ['--max', '$1', 'tea', '--json', 'very', 'hot', '--set=a=b', '--set', 'c=d'];
  const values = matchWords(spec, words, 'terminal');
  expect([values.given('kind'), values.arg('wish'), values.flag('max')]).toEqual(['tea', 'very hot', '$1']);
  expect([values.has('json'), values.flags('set')]).toEqual([true, ['a=b', 'c=d']]);
});

test('a file is named in a terminal alone, and ends a sentence before it', () => {
  const asks: CommandSpec = {
    ...spec,
    args: [
      arg('question', 'what', { required: false, rest: true }),
      arg('notes', 'a file', { required: false, surfaces: 'terminal' }),
    ],
  };
  const placed = (words: readonly string[], where: 'terminal' | 'chat') => {
    const values = matchWords(asks, words, where);
    return [values.arg('question'), values.arg('notes')];
  };
  expect(placed(['why', 'notes.md'], 'terminal')).toEqual(['why', 'notes.md']);
  expect(placed(['why is it so', 'notes.md'], 'terminal')).toEqual(['why is it so', 'notes.md']);
  expect(placed(['why', 'is', 'it', 'notes.md'], 'chat')).toEqual(['why is it notes.md', null]);
  expect([usageOf(asks, 'terminal'), usageOf(asks, 'chat')]).toEqual([
    expect.stringContaining('[NOTES]'),
    expect.not.stringContaining('NOTES'),
  ]);
});

test('a sentence before what may be left out needs no quotes, and ends with them where it has them', () => {
  const rest = { required: false, rest: true };
  const lead = { ...spec, args: [arg('message', 'it', rest), arg('offer', 'ours', rest)], flags: [] };
  const placed = (line: string) => {
    const values = matchWords(lead, splitWords(line), 'chat');
    return [values.arg('message'), values.arg('offer')];
  };
  expect(placed('Hi! We are 40 people.')).toEqual(['Hi! We are 40 people.', null]);
  expect(placed('"Hi! We are 40 people." "Software for dentists"')).toEqual([
    'Hi! We are 40 people.',
    'Software for dentists',
  ]);
  expect(placed('"Hi! We are 40 people." Software for dentists')[1]).toBe('Software for dentists');
  expect(placed('')).toEqual([null, null]);
});

test('what follows -- is words, and a lone dash or a negative number is one', () => {
  expect(matchWords(spec, ['tea', '--', '--json'], 'terminal').arg('wish')).toBe('--json');
  expect(matchWords(spec, ['tea', '-', '-5'], 'terminal').arg('wish')).toBe('- -5');
});

test.each([
  [['te'], 'usage.wrong', 'Did you mean "tea"?'],
  [['water'], 'usage.wrong', 'Possible: tea, coffee.'],
  [[], 'usage.wrong', 'KIND is missing'],
  [[''], 'usage.wrong', 'KIND is missing'],
  [['tea', '--mux', '1'], 'usage.flag', 'Did you mean "--max"?'],
  [['tea', '--zzzzzz'], 'usage.flag', 'It knows: --max, --set, --json.'],
  [['tea', '-j'], 'usage.flag', '"brew" knows no -j'],
  [['tea', '--max'], 'usage.wrong', '--max needs a value, like --max $0.50'],
  [['tea', '--max', '1', '--max', '2'], 'usage.wrong', '--max is given twice'],
  [['tea', '--json=yes'], 'usage.wrong', '--json takes no value'],
] as const)('%j is refused with the nearest right word', (words, code, says) => {
  const error = refusal(() => matchWords(spec, words, 'terminal'));
  expect(error.code).toBe(code);
  expect(error.message).toContain(says);
});

test('a word too many is named', () => {
  const strict = { ...spec, args: spec.args.slice(0, 1) };
  expect(refusal(() => matchWords(strict, ['tea', 'now'], 'terminal')).says).toBe(
    '"now" is one word too many.',
  );
});

test('usage shows what is needed and what may be left out', () => {
  expect(usageOf(spec)).toBe('brew tea|coffee [WISH …] [--max $0.50] [--set A=B] [--json]');
});

test('two words name a command before one does', () => {
  const commands = [{ name: 'keys' }, { name: 'keys add' }];
  expect(findCommand(commands, ['keys', 'add', 'openai'])).toEqual({
    command: { name: 'keys add' },
    rest: ['openai'],
  });
  expect(findCommand(commands, ['keys', 'ad'])).toEqual({ command: { name: 'keys' }, rest: ['ad'] });
  expect(findCommand(commands, ['kees'])).toBeNull();
});

test('what may be left out of a command of ours stands in brackets, and nothing else', () => {
  const usages = commands.map((command) => usageOf(command));
  expect(usages).toContain('budget raise AMOUNT [day|week|month|total] [SCOPE] [--json]');
  expect(usages).toContain('budget set AMOUNT day|week|month|total [SCOPE] [--json]');
  for (const { name, args } of commands)
    for (const one of args) expect([name, one.name, one.needed]).toEqual([name, one.name, one.required]);
});

test('a provider key that was typed is refused, and not repeated', () => {
  const key = `sk-${'proj-'}${'a1B2c3D4'.repeat(5)}`;
  const error = refusal(() => refuseKeys(['keys', 'add', 'openai', key]));
  expect(error.code).toBe('key.typed');
  expect(error.message).toContain('Revoke that key');
  expect(`${error.message}${JSON.stringify(error)}`).not.toContain(key.slice(8));
});

test.each([
  [599_990, '10 min'],
  [540_000, '9 min'],
  [30_000, '1 min'],
  [3_599_000, '1 h'],
])('what holds for %i ms more is said to hold for %s, never for less than it does', (ms, says) => {
  expect(timeLeft(ms)).toBe(says);
});

test.each(['#owners', '#admin', '#approvers'])(
  'a role that is left out is not seen in the channel %s',
  (channel) => {
    const roles = ['viewer', 'member', 'approver', 'admin', 'owner'];
    const args = [arg('role', 'which', { required: false, choices: roles }), arg('channel', 'where')];
    const values = matchWords({ ...spec, args }, [channel], 'chat');
    expect([values.arg('role'), values.arg('channel')]).toEqual([null, channel]);
  },
);
