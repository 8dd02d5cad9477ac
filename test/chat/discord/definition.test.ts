import { describe, expect, test } from 'vitest';
import { here } from '../../../commands/here.ts';
import { commands } from '../../../commands/index.ts';
import { typedCommands } from '../../../commands/typed-commands.ts';
import { splitWords } from '../../../commands/words.ts';
import { definitionOf, offeredOf, weightOf } from '../../../src/chat/discord/definition.ts';
import { limits } from '../../../src/chat/discord/limits.ts';
import { inviteLink } from '../../../src/chat/discord/needs.ts';
import { lineOf } from '../../../src/chat/discord/words.ts';
import type { TypedCommand, TypedOption } from '../../../src/chat/typed.ts';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { noteCrew } from '../../support/crews.ts';
import { commandProblem } from '../../support/discord/shapes.ts';
import { readSpec, specProblems } from '../../support/openapi.ts';

const spec = readSpec('discord-openapi.json');
const crews = (n: number, more: object = {}) =>
  Array.from({ length: n }, (_, i) => ({ ...noteCrew, name: `crew-${i}`, ...more }));
const offeredWith = (n: number, more: object = {}) =>
  offeredOf(typedCommands(commands, here, crews(n, more)));

function problemsOf(n: number, more: object = {}): (string | null)[] {
  return definitionOf(offeredWith(n, more)).map((command) => {
    const json = command as unknown as Json;
    return (
      commandProblem(json as JsonObject) ??
      (spec === null ? [] : specProblems(spec, 'ApplicationCommandUpdateRequest', json))[0] ??
      null
    );
  });
}

interface Subcommand {
  readonly name: string;
  readonly options: readonly { readonly choices?: readonly unknown[]; readonly autocomplete?: boolean }[];
}

describe('the tree of commands', () => {
  test('is one that Discord takes, with no crew and with 1,500', () => {
    for (const n of [0, 3, 1_500]) expect(problemsOf(n)).toEqual([null, null]);
  });

  test('gives places to the crews used most, 25 in all, and stays within 8,000 characters', () => {
    const heads = (n: number, more: object = {}) =>
      new Set(offeredWith(n, more).map(({ path }) => path[0])).size;
    expect(heads(1_500)).toBe(limits.options.most);
    expect(offeredWith(1_500).some(({ path }) => path[0] === 'crew-0')).toBe(true);
    const wordy = {
      input: Array.from({ length: 20 }, (_, i) => ({
        ...noteCrew.input[0],
        name: `i${i}`,
        label: 'x'.repeat(90),
      })),
    };
    expect(problemsOf(1_500, wordy)).toEqual([null, null]);
    expect(weightOf(definitionOf(offeredWith(1_500, wordy))[0])).toBeLessThanOrEqual(limits.command.most);
  });

  test('has choices as far as Discord takes them; where they are too many or too long, words are typed and offered', () => {
    const optionWith = (choices: readonly string[]) => {
      const input = [{ ...noteCrew.input[0], name: 'plan', type: 'choice', required: true, choices }];
      expect(problemsOf(1, { input })).toEqual([null, null]);
      const [{ options }] = definitionOf(offeredWith(1, { input })) as unknown as [{ options: Subcommand[] }];
      return options.find(({ name }) => name === 'crew-0')?.options[0];
    };
    const plans = (n: number) => Array.from({ length: n }, (_, i) => `plan ${i}`);
    expect(optionWith(plans(25))?.choices).toHaveLength(25);
    expect(optionWith(['a', 'x'.repeat(100)])?.choices).toHaveLength(2);
    for (const beyond of [plans(26), ['a', 'x'.repeat(101)]]) {
      expect(optionWith(beyond)?.choices).toBeUndefined();
      expect(optionWith(beyond)?.autocomplete).toBe(true);
    }
  });

  test('is the same text whoever is used most, so that it is not registered anew', () => {
    const typed = typedCommands(commands, here, crews(3));
    const turned = typedCommands(commands, here, crews(3).toReversed());
    expect(definitionOf(offeredOf(turned))).toEqual(definitionOf(offeredOf(typed)));
  });

  test('leaves out crews whose names Discord refuses, which "run" reaches all the same', () => {
    const names = ['Upper', 'two words', 'x'.repeat(33), 'fine'];
    const typed = typedCommands(
      commands,
      here,
      names.map((name) => ({ ...noteCrew, name })),
    );
    const paths = offeredOf(typed)
      .filter(({ command }) => command.isCrew)
      .map(({ path }) => path[0]);
    expect(paths).toEqual(['fine']);
    expect(offeredOf(typed).find(({ path }) => path[0] === 'run')?.command.options[0]).toMatchObject({
      name: 'crew',
      suggests: true,
    });
  });

  test('asks for the least of permissions, and for none of them to be admin', () => {
    const permissions = BigInt(new URL(inviteLink('1')).searchParams.get('permissions') ?? '0');
    expect(permissions & 8n).toBe(0n);
    expect(permissions.toString(2).match(/1/g)).toHaveLength(6);
  });
});

describe('what is filled in', () => {
  const option = (name: string, more: Partial<TypedOption> = {}): TypedOption => ({
    ...{ name, summary: '', required: false, takes: 'text', choices: null, isFlag: false, suggests: false },
    ...more,
  });
  const command = (words: string, ...options: TypedOption[]): Pick<TypedCommand, 'words' | 'options'> => ({
    words,
    options,
  });
  const typed = (
    of: Pick<TypedCommand, 'words' | 'options'>,
    given: Record<string, string | number | boolean>,
  ) => {
    const line = lineOf(of, given);
    return line.ok ? splitWords(line.text) : line;
  };

  test('is the line that somebody would type, whatever quotes and dashes are in it', () => {
    const of = command('keys revoke', option('key'), option('now', { isFlag: true, takes: 'switch' }));
    expect(typed(of, { key: 'openai', now: true })).toEqual(['keys', 'revoke', '--now', 'openai']);
    expect(typed(of, { key: 'openai', now: false })).toEqual(['keys', 'revoke', 'openai']);
    const note = command('note', option('topic', { isFlag: true }));
    for (const text of ['green tea', `it's "so"`, '--now', '“x” ‘y’', 'a  b', '«c»', '-1', 'a=b'])
      expect(typed(note, { topic: text })).toEqual(['note', `--topic=${text}`]);
    expect(typed(command('stop', option('run')), { run: '--all' })).toEqual(['stop', '--', '--all']);
  });

  test('must be given before what stands behind it', () => {
    const of = command('budget set', option('amount'), option('window'), option('scope'));
    expect(lineOf(of, { amount: '$5', scope: 'workspace' })).toEqual({ ok: false, missing: 'window' });
    const raise = command(
      'budget raise',
      option('amount'),
      option('window', { choices: ['day', 'week'] }),
      option('scope'),
    );
    // One of a few words is not mistaken for what follows it.
    expect(typed(raise, { amount: '$5', scope: 'workspace' })).toEqual([
      'budget',
      'raise',
      '$5',
      'workspace',
    ]);
    const set = { ...raise, options: raise.options.map((one) => ({ ...one, required: true })) };
    expect(lineOf(set, { amount: '$5', scope: 'workspace' })).toEqual({ ok: false, missing: 'window' });
  });
});
