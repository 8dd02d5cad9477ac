import { type Migration, tablesFor } from './migration.ts';

/** When the texts of a run were erased, and which runs wait for that (rule Q7). */
export const retention: Migration = {
  version: 7,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, changes),
};

const changes = `
alter table runs add column erased_at bigint;
create index runs_to_erase on runs (ended_at) where erased_at is null and ended_at is not null;
`;
