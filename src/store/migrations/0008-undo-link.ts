import { type Migration, tablesFor } from './migration.ts';

/** What a code has joined, so that it can be taken apart again. */
export const undoLink: Migration = {
  version: 8,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, 'alter table link_codes add column joined text;\n'),
};
