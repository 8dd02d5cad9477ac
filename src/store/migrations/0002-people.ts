import { type Migration, tablesFor } from './migration.ts';

const tables = `
alter table accounts add column standing text not null default 'member'
  check (standing in ('member', 'guest', 'bot'));
alter table channels add column direct bigint not null default 0 check (direct in (0, 1));

create table key_links (
  id text primary key,
  workspace_id text not null references workspaces (id),
  member_id text not null,
  surface text not null,
  token_hash text not null unique,
  wants text not null,
  state text not null check (state in ('open', 'taken', 'used', 'void')),
  key_id text,
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint,
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);
`;

/** What a surface vouches for about an account (rule K8), conversations with one person (rule G3), one-time links (rule K4). */
export const people: Migration = {
  version: 2,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, tables),
};
