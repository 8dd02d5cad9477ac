import type { Store } from '../port.ts';

export type Dialect = Store['dialect'];

/** One step of the schema. What a released version did is never changed; the next one mends it. */
export interface Migration {
  /** 1, 2, 3, … without gaps; the version of a database is that of the last one applied. */
  readonly version: number;
  /** Whether stored rows are rewritten: SQLite is then copied first (rule Q6). */
  readonly rewrites: boolean;
  /** Statements, each with its semicolon; they run in one transaction. */
  sql(dialect: Dialect): string;
}

/**
 * The words of one dialect for tables written once: `bigint` and `text`, each statement ending in `);` at the start of a line.
 * Text is compared byte by byte in both, so that ids and names sort the same everywhere.
 */
export function tablesFor(dialect: Dialect, tables: string): string {
  return dialect === 'sqlite'
    ? tables.replaceAll(/\bbigint\b/g, 'integer').replaceAll(/^\);$/gm, ') strict;')
    : tables.replaceAll(/(?<!")\btext\b(?!")/g, 'text collate "C"');
}
