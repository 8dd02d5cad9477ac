import { type Migration, tablesFor } from './migration.ts';

const tables = `
alter table workspaces add column joined_into text;
alter table members add column merged_into text;

create table link_codes (
  id text primary key,
  workspace_id text not null references workspaces (id),
  member_id text not null,
  surface text not null,
  joins text not null check (joins in ('team', 'person')),
  code_hash text not null unique,
  state text not null check (state in ('open', 'used', 'void')),
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint,
  joined text,
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);
create index link_codes_of_member on link_codes (workspace_id, member_id);

create table link_tries (
  workspace_id text not null,
  member_id text not null,
  tries bigint not null,
  since bigint not null,
  primary key (workspace_id, member_id),
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);
`;

/** Teams and accounts of several surfaces that belong together (rule K8): by which codes, and what became of who was apart. */
export const linked: Migration = {
  version: 6,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, tables),
};
