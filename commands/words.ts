import { nearest } from '../src/core/nearest.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { ArgSpec, CommandSpec, FlagSpec, Values } from './port.ts';

/** Chat turns straight quotes into these. */
const quotes: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '‘': '’',
  '„': '“',
  '«': '»',
};

/** Each sign, and a role of a server whole: what that is called may hold spaces and quotes. */
const signs = /<@&\w+\|[^<>]*>|[\s\S]/gu;

/** Splits a line as people type it in chat: spaces part words, quotes keep them together. A terminal's shell has done this. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  let closing: string | null = null;
  for (const [letter] of line.matchAll(signs)) {
    if (closing !== null) {
      if (letter === closing) closing = null;
      else word = (word ?? '') + letter;
      continue;
    }
    // Within a word they are apostrophes: it's.
    const opens: string | undefined = word === null || word.endsWith('=') ? quotes[letter] : undefined;
    if (opens !== undefined) {
      closing = opens;
      word ??= '';
    } else if (/^\s$/.test(letter)) {
      if (word !== null) words.push(word);
      word = null;
    } else word = (word ?? '') + letter;
  }
  if (closing !== null) {
    throw new CrewsmithError('usage.wrong', {
      why: `A quote is open: ${closing} is missing.`,
      usage: 'help',
    });
  }
  // Chat turns two hyphens into a dash as well.
  return (word === null ? words : [...words, word]).map((w) => w.replace(/^—(?=[a-z])/i, '--'));
}

/** The command that the first words name, with the words that are left; null when they name none. */
export function findCommand<C extends { readonly name: string }>(
  commands: readonly C[],
  words: readonly string[],
): { readonly command: C; readonly rest: readonly string[] } | null {
  for (const count of [2, 1]) {
    const name = words.slice(0, count).join(' ');
    const command = words.length >= count ? commands.find((c) => c.name === name) : undefined;
    if (command !== undefined) return { command, rest: words.slice(count) };
  }
  return null;
}

/** Where it was typed: flags of the terminal are not known elsewhere. */
export type Where = 'terminal' | 'chat';

/**
 * The words after a command, matched to what it declares. Throws `usage.flag` and `usage.wrong`, which say the nearest right
 * ones.
 */
export function matchWords(spec: CommandSpec, words: readonly string[], where: Where): Values {
  const { args, flags } = spec;
  const wrong = (why: string): never => {
    throw new CrewsmithError('usage.wrong', { why, usage: usageOf(spec, where) });
  };
  const plain: string[] = [];
  const given = new Map<string, string[]>();
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? '';
    if (word === '--') {
      plain.push(...words.slice(i + 1));
      break;
    }
    if (!/^-{1,2}[a-z]/i.test(word)) {
      plain.push(word);
      continue;
    }
    const { flag, value } = readFlag(spec, word, where);
    if (flag.takes === null && value !== null) wrong(`--${flag.name} takes no value.`);
    let taken = value;
    if (flag.takes !== null && taken === null) {
      i += 1;
      taken = words[i] ?? wrong(`--${flag.name} needs a value, like --${flag.name} ${flag.takes}.`);
    }
    const before = given.get(flag.name) ?? [];
    if (before.length > 0 && !flag.many) wrong(`--${flag.name} is given twice.`);
    given.set(flag.name, [...before, taken ?? '']);
  }
  const placed = placeArgs(argsOf(spec, where), plain, wrong);
  const known = (name: string, among: readonly { readonly name: string }[]) => {
    if (!among.some((a) => a.name === name)) {
      throw new CrewsmithError('internal.impossible', { what: `${spec.name} does not declare ${name}` });
    }
  };
  return {
    arg(name) {
      known(name, args);
      return placed.get(name) ?? null;
    },
    given(name) {
      known(name, args);
      return placed.get(name) ?? wrong(`${spec.name} needs ${name.toUpperCase()}.`);
    },
    flag(name) {
      known(name, flags);
      return given.get(name)?.[0] ?? null;
    },
    flags(name) {
      known(name, flags);
      return given.get(name) ?? [];
    },
    has(name) {
      known(name, flags);
      return given.has(name);
    },
  };
}

function readFlag(spec: CommandSpec, word: string, where: Where): { flag: FlagSpec; value: string | null } {
  const [, dashes = '', name = '', value = null] = /^(-{1,2})([^=]*)(?:=([\s\S]*))?$/.exec(word) ?? [];
  const flags = flagsOf(spec, where);
  const flag = dashes === '--' ? flags.find((f) => f.name === name) : undefined;
  if (flag !== undefined) return { flag, value };
  const known = flags.map((f) => `--${f.name}`);
  const near = nearest(`--${name}`, known);
  throw new CrewsmithError('usage.flag', {
    flag: `${dashes}${name}`,
    command: spec.name,
    nearest: near,
    known,
  });
}

function placeArgs(
  args: readonly ArgSpec[],
  words: readonly string[],
  wrong: (why: string) => never,
): Map<string, string> {
  const placed = new Map<string, string>();
  let next = 0;
  args.forEach((arg, i) => {
    const left = words.slice(next);
    // Before other arguments a sentence ends where quotes say so; without quotes it is all that is left, unless a file follows.
    const ends = left.some((word) => /\s/.test(word)) || args.slice(i + 1).some(isFile);
    const takesAll = arg.rest && (i === args.length - 1 || !ends);
    const text = takesAll ? left.join(' ') : left[0];
    if (text === undefined || text === '') {
      if (arg.required) wrong(`${arg.name.toUpperCase()} is missing: ${arg.summary}`);
      return;
    }
    if (arg.choices !== null && !arg.choices.includes(text)) {
      // A choice is a word: "#admins" is a channel, and no admin that was misspelt.
      const [near] = /^\w/.test(text) ? nearest(text, arg.choices) : [];
      // What may be left out was, where the words can be those behind it.
      if (!arg.required && near === undefined && left.length < args.length - i) return;
      const hint = near === undefined ? `Possible: ${arg.choices.join(', ')}.` : `Did you mean "${near}"?`;
      wrong(`"${text}" is not possible here. ${hint}`);
    }
    placed.set(arg.name, text);
    next += takesAll ? left.length : 1;
  });
  const extra = words[next];
  if (extra !== undefined) wrong(`"${extra}" is one word too many.`);
  return placed;
}

const isFile = (arg: ArgSpec) => arg.surfaces === 'terminal';

/** The arguments that there are where it is typed. */
export const argsOf = (spec: Pick<CommandSpec, 'args'>, where: Where): readonly ArgSpec[] =>
  spec.args.filter((arg) => where === 'terminal' || arg.surfaces === 'all');

/** The flags that there are where it is typed. */
export const flagsOf = (spec: Pick<CommandSpec, 'flags'>, where: Where): readonly FlagSpec[] =>
  spec.flags.filter((flag) => where === 'terminal' || flag.surfaces === 'all');

/** `keys add PROVIDER [--label WORD]`, as help and errors show it. */
export function usageOf(
  spec: Pick<CommandSpec, 'name' | 'args' | 'flags'>,
  where: Where = 'terminal',
): string {
  const args = argsOf(spec, where).map((arg) => {
    const word =
      arg.choices?.join('|') ?? (arg.rest ? `${arg.name.toUpperCase()} …` : arg.name.toUpperCase());
    return arg.needed ? word : `[${word}]`;
  });
  const flags = flagsOf(spec, where).map(
    (flag) => `[--${flag.name}${flag.takes === null ? '' : ` ${flag.takes}`}]`,
  );
  return [spec.name, ...args, ...flags].join(' ');
}
