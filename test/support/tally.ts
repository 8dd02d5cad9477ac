import { appendFileSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Counts over all processes of a test run what fits the published description of an API, and keeps what does not. */
export interface Tally {
  fits(): void;
  fitsNot(problems: readonly string[]): void;
}

/** For what is meant not to fit. */
export const noTally: Tally = { fits: () => {}, fitsNot: () => {} };

/** Where the processes of a run leave what they counted; set by `tally-setup.ts`. */
export const tallyVariable = 'TALLY_OF_TESTS';

/** Without a folder, which only a test run has, nothing is counted. A file grows by a sign for each that fits. */
export function tallyOf(api: string, folder = process.env[tallyVariable]): Tally {
  if (folder === undefined) return noTally;
  const own = join(folder, api);
  mkdirSync(own, { recursive: true });
  return {
    fits: () => appendFileSync(join(own, `${process.pid}.fits`), '.'),
    fitsNot: (problems) => appendFileSync(join(own, `${process.pid}.not`), `${problems.join(', ')}\n`),
  };
}

export function readTally(
  folder: string,
  api: string,
): { readonly fits: number; readonly fitsNot: readonly string[] } {
  const own = join(folder, api);
  mkdirSync(own, { recursive: true });
  const files = readdirSync(own);
  const of = (end: string) => files.filter((name) => name.endsWith(end)).map((name) => join(own, name));
  return {
    fits: of('.fits').reduce((sum, file) => sum + statSync(file).size, 0),
    fitsNot: of('.not').flatMap((file) => readFileSync(file, 'utf8').split('\n').filter(Boolean)),
  };
}
