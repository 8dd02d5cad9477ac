import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Crew } from '../core/crew.ts';
import { readCrew } from '../core/crew-file.ts';
import type { Problem } from '../core/crew-problems.ts';
import { crewJsonSchema } from '../core/crew-schema.ts';
import type { Json } from '../core/json.ts';
import { CrewsmithError } from '../errors.ts';

export interface CheckedCrew {
  /** As problems name it. */
  readonly file: string;
  /** null: it has problems. */
  readonly crew: Crew | null;
  readonly problems: readonly Problem[];
}

/** Crew files as their authors see them. */
export interface CrewCheck {
  /** One file, or null for every crew of these folders. Throws `crew.no-file`. */
  check(file: string | null): Promise<readonly CheckedCrew[]>;
  schema(): Json;
}

export function createCrewCheck(parts: {
  readonly folders: readonly string[];
  readonly checkFile?: CheckFile;
}): CrewCheck {
  const check = parts.checkFile ?? checkFile;
  return {
    async check(file) {
      if (file !== null) return [check(file, resolve(file))];
      return parts.folders.flatMap((folder) =>
        readdirSync(folder)
          .filter((name) => name.endsWith('.yaml'))
          .sort()
          .map((name) => check(join(basename(folder), name), join(folder, name))),
      );
    },
    schema: crewJsonSchema,
  };
}

/** Reads a file, whose problems name it as `file`. Throws `crew.no-file`. */
export type CheckFile = (file: string, path: string) => CheckedCrew;

/** Reads a file anew when its text, or that of a file that it names, has changed. */
export function rememberedFiles(): CheckFile {
  const known = new Map<
    string,
    { readonly texts: ReadonlyMap<string, string | null>; checked: CheckedCrew }
  >();
  return (file, path) => {
    const before = known.get(path);
    const isSame = before !== undefined && [...before.texts].every(([of, text]) => readTextOf(of) === text);
    if (isSame && before.checked.file === file) return before.checked;
    const texts = new Map<string, string | null>();
    const checked = checkFile(file, path, (of) => {
      const text = readTextOf(of);
      texts.set(of, text);
      return text;
    });
    known.set(path, { texts, checked });
    return checked;
  };
}

function checkFile(file: string, path: string, readText = readTextOf): CheckedCrew {
  const text = readText(path);
  if (text === null) throw new CrewsmithError('crew.no-file', { file });
  const read = readCrew({ file, text, readFile: (name) => readText(join(dirname(path), name)) });
  return 'crew' in read
    ? { file, crew: read.crew, problems: [] }
    : { file, crew: null, problems: read.problems };
}

/** Beyond it a file is not read at all: no crew is so long, and a device has no end. */
const bytesMost = 4_000_000;

function readTextOf(path: string): string | null {
  try {
    const stat = statSync(path);
    return stat.isFile() && stat.size <= bytesMost ? readFileSync(path, 'utf8') : null;
  } catch {
    return null;
  }
}
