import { quoted } from '../quoted.ts';
import type { TypedCommand, TypedOption } from '../typed.ts';

export type Filled =
  | { readonly ok: true; readonly text: string }
  /** The option that must be given, too. */
  | { readonly ok: false; readonly missing: string };

/** Options as they were filled in, as the line that means the same. */
export function lineOf(
  command: Pick<TypedCommand, 'words' | 'options'>,
  given: Readonly<Record<string, string | number | boolean>>,
): Filled {
  // A file is no word: it goes beside the line.
  const has = (option: TypedOption) =>
    option.takes !== 'file' && given[option.name] !== undefined && given[option.name] !== '';
  const flags = command.options
    .filter(
      (option) =>
        option.isFlag && has(option) && !(option.takes === 'switch' && given[option.name] === false),
    )
    .map(({ name, takes }) =>
      takes === 'switch' ? `--${name}` : `--${name}=${quoted(textOf(given[name]))}`,
    );
  const placed = command.options.filter((option) => !option.isFlag);
  const last = placed.findLastIndex(has);
  // One of a few words may be left out: none of them is meant by what follows.
  const mayLack = ({ required, choices }: TypedOption) => !required && choices !== null;
  const missing = placed.slice(0, last + 1).find((option) => !has(option) && !mayLack(option));
  if (missing !== undefined) return { ok: false, missing: missing.name };
  const args = placed.filter(has).map((option) => quoted(textOf(given[option.name])));
  const rest = args.some((arg) => /^["'“‘«]?-/.test(arg)) ? ['--', ...args] : args;
  return { ok: true, text: [command.words, ...flags, ...rest].filter((part) => part !== '').join(' ') };
}

const textOf = (value: string | number | boolean | undefined): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? '');
