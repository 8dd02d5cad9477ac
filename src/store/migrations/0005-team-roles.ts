import { type Migration, tablesFor } from './migration.ts';

/** Roles of a team's own, as Discord has them: what is granted to who holds one, and who was last seen to. */
export const teamRoles: Migration = {
  version: 5,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, tables),
};

const tables = `
create table team_grants (
  workspace_id text not null references workspaces (id),
  surface text not null,
  native text not null,
  channel_id text not null,
  name text not null,
  role text not null check (role in ('viewer', 'member', 'approver', 'admin')),
  created_at bigint not null,
  primary key (workspace_id, surface, native, channel_id)
);

create table team_roles (
  workspace_id text not null,
  surface text not null,
  native text not null,
  held text not null,
  seen_at bigint not null,
  primary key (workspace_id, surface, native),
  foreign key (workspace_id, surface, native) references accounts (workspace_id, surface, native)
    on delete cascade on update cascade
);
`;
