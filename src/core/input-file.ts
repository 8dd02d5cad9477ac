import type { Crew } from './crew.ts';
import { inert, inertLine } from './inert.ts';
import type { InputFile } from './input.ts';

/** Of one file, in bytes of UTF-8. No step can read more than 400,000 (`bounds.input`), and half of that leaves room for others. */
export const fileBytesMost = 200_000;
const nameMost = 100;

/** What pickers offer and what is taken first of several files. A hint only: what a file is, its bytes say. */
export const textEndings = [
  ...['txt', 'md', 'markdown', 'csv', 'tsv', 'json', 'html', 'htm', 'xml', 'yaml', 'yml', 'log', 'eml'],
  ...['srt', 'vtt', 'tex', 'rst', 'ini', 'toml', 'sql', 'js', 'ts', 'py'],
] as const;

/** A file's name as it may be shown: one short line, without a path. */
export function fileName(written: string): string {
  const name = inertLine(written.split(/[\\/]/).at(-1) ?? '');
  const short = name.length <= nameMost ? name : `${name.slice(0, nameMost - 1).toWellFormed()}…`;
  return short === '' ? 'file' : short;
}

/**
 * A file's bytes as text: strictly UTF-8, whatever its name or the platform says that it is. `why` is the end of a sentence that
 * says what is allowed.
 */
export function readTextFile(
  written: string,
  bytes: Uint8Array,
): { readonly ok: true; readonly file: InputFile } | { readonly ok: false; readonly why: string } {
  const name = fileName(written);
  if (bytes.length > fileBytesMost) return { ok: false, why: tooBig(name, bytes.length) };
  const text = decoded(bytes);
  if (text === null || text.includes('\0')) {
    const why = `"${name}" is not text in UTF-8; files of text are possible, like .txt, .md, .csv, .json or .html`;
    return { ok: false, why };
  }
  const shown = inert(text).trim();
  if (shown === '') return { ok: false, why: `"${name}" is empty` };
  return { ok: true, file: { name, text: shown } };
}

export const tooBig = (name: string, bytes: number | null): string =>
  bytes === null
    ? `"${fileName(name)}" has more than ${fileBytesMost.toLocaleString('en')} bytes, which are the most`
    : `"${fileName(name)}" has ${bytes.toLocaleString('en')} bytes; ${fileBytesMost.toLocaleString('en')} bytes are possible`;

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A file as somebody gave it: for an input, or with a message, for whichever has none. */
interface Offered {
  readonly field: string | null;
  readonly name: string;
}

/** Which file is for which input; `left`: those that no input is for. What looks like text is taken first, in the order given. */
export function placeFiles<F extends Offered>(
  crew: Pick<Crew, 'input'>,
  files: readonly F[],
): { readonly placed: ReadonlyMap<string, F>; readonly left: readonly F[] } {
  const fields = crew.input.filter(({ type }) => type === 'file').map(({ name }) => name);
  const placed = new Map<string, F>();
  // One that was chosen for an input later, in its form, stands for one before.
  for (const file of files)
    if (file.field !== null && fields.includes(file.field)) placed.set(file.field, file);
  const loose = files.filter(({ field }) => field === null);
  const byText = [...loose.filter(looksLikeText), ...loose.filter((file) => !looksLikeText(file))];
  for (const field of fields) {
    if (placed.has(field)) continue;
    const next = byText.shift();
    if (next !== undefined) placed.set(field, next);
  }
  return { placed, left: loose.filter((file) => byText.includes(file)) };
}

function looksLikeText({ name }: Offered): boolean {
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  return (textEndings as readonly string[]).includes(ending);
}
