import { type Migration, tablesFor } from './migration.ts';

/** What buttons and forms mean that a surface has shown by a token alone. */
export const meant: Migration = {
  version: 4,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, tables),
};

const tables = `
create table meant (
  token text primary key,
  meant text not null,
  until bigint not null
);

create index meant_until on meant (until);
`;
