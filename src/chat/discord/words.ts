import type { TypedCommand, TypedOption } from '../typed.ts';

/** Pairs of quotes that a line is read with; none of them is an escape. */
const quotes = ['""', "''", '“”', '‘’', '«»'] as const;

/** One word of a line, whatever is in it. What no pair of quotes can hold loses its straight double quotes. */
function word(text: string): string {
  if (/^[^\s"'“”‘’„«»—-][^\s"'“”‘’„«»]*$/.test(text)) return text;
  const pair = quotes.find((q) => ![...q].some((sign) => text.includes(sign)));
  return pair === undefined ? `"${text.replaceAll('"', '')}"` : `${pair[0]}${text}${pair[1]}`;
}

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
    .map(({ name, takes }) => (takes === 'switch' ? `--${name}` : `--${name}=${word(textOf(given[name]))}`));
  const placed = command.options.filter((option) => !option.isFlag);
  const last = placed.findLastIndex(has);
  // One of a few words may be left out: none of them is meant by what follows.
  const mayLack = ({ required, choices }: TypedOption) => !required && choices !== null;
  const missing = placed.slice(0, last + 1).find((option) => !has(option) && !mayLack(option));
  if (missing !== undefined) return { ok: false, missing: missing.name };
  const args = placed.filter(has).map((option) => word(textOf(given[option.name])));
  const rest = args.some((arg) => /^["'“‘«]?-/.test(arg)) ? ['--', ...args] : args;
  return { ok: true, text: [command.words, ...flags, ...rest].filter((part) => part !== '').join(' ') };
}

const textOf = (value: string | number | boolean | undefined): string =>
  typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value ?? '');
