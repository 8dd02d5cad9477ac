import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Crew } from '../core/crew.ts';
import { problemText } from '../core/crew-problems.ts';
import { nearest } from '../core/nearest.ts';
import { CrewsmithError } from '../errors.ts';
import type { CheckedCrew, CheckFile } from './crew-check.ts';

/** A crew file of the catalog. */
export interface CrewFile extends CheckedCrew {
  /** Its crew's name; of a file with mistakes the file's own. */
  readonly name: string;
  /** From the workspace's folder, not a built-in one. */
  readonly own: boolean;
}

/** The crews that can be asked for. */
export interface Crews {
  /** In order of their names. */
  list(): readonly Crew[];
  /** Throws `crew.unknown`; `crew.invalid` where the workspace's own file of that name has mistakes. */
  find(name: string): Crew;
  /** Every file that counts, those with mistakes too. */
  readonly files: readonly CrewFile[];
  /** What the operator should know: own crews in the place of built-in ones, files with mistakes. */
  readonly said: readonly string[];
}

/** The folder of the crews that come with the product. */
export const builtInCrews = fileURLToPath(new URL('../../crews', import.meta.url));

/**
 * Reads the built-in crews and those of the workspace's own folder, which win over built-in ones of the same name. The parser is
 * imported here, when crews are asked for, and not at every start.
 */
export async function createCrews(parts: {
  readonly own: string | null;
  readonly checkFile?: CheckFile;
}): Promise<Crews> {
  const { createCrewCheck } = await import('./crew-check.ts');
  const said: string[] = [];

  async function read(folder: string | null, own: boolean): Promise<CrewFile[]> {
    if (folder === null) return [];
    try {
      const checked = await createCrewCheck({ ...parts, folders: [folder] }).check(null);
      return checked.map((c) => ({ ...c, own, name: c.crew?.name ?? basename(c.file, '.yaml') }));
    } catch (error) {
      if (!own) throw error;
      said.push(`The folder of your own crews cannot be read: ${folder}.`);
      return [];
    }
  }

  const files = new Map<string, CrewFile>();
  for (const file of [...(await read(builtInCrews, false)), ...(await read(parts.own, true))]) {
    const other = files.get(file.name);
    if (other?.own === true) {
      said.push(`${file.file} is left out: ${other.file} has the same name, "${file.name}".`);
      continue;
    }
    if (file.crew === null)
      said.push(`${file.file} is left out: ${file.problems.map(problemText).join('; ')}.`);
    else if (other !== undefined)
      said.push(`"${file.name}" is your own crew here, in the place of the built-in one.`);
    // Also with mistakes: whoever asks for it means this file, not another crew of its name.
    files.set(file.name, file);
  }

  const usable = [...files.values()]
    .flatMap(({ crew }) => (crew === null ? [] : [crew]))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    list: () => usable,
    find(name) {
      const file = files.get(name);
      if (file?.crew) return file.crew;
      if (file !== undefined)
        throw new CrewsmithError('crew.invalid', { problems: file.problems.map(problemText) });
      const known = usable.map((crew) => crew.name);
      throw new CrewsmithError('crew.unknown', { name, nearest: nearest(name, known), known });
    },
    files: [...files.values()],
    said,
  };
}
