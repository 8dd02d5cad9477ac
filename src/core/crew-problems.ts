/** A mistake in a crew file, with its place. `says` is a sentence without a full stop. */
export interface Problem {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly says: string;
}

/** `crews/research.yaml:14:9 unknown agent "writter"; did you mean "writer"?` */
export const problemText = (problem: Problem): string =>
  `${problem.file}:${problem.line}:${problem.column} ${problem.says}`;

/** Keys of maps and indexes of lists, from the root of the file. */
export type Path = readonly PropertyKey[];

/** Where to point: at the value (the default), at its key, or at the first place in the value where `near` stands. */
export interface Pointing {
  readonly key?: boolean;
  readonly near?: string;
}

export interface Report {
  /** Points as near to `path` as the file goes. */
  at(path: Path, says: string, pointing?: Pointing): void;
}
