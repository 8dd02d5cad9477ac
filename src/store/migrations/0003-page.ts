import { type Migration, tablesFor } from './migration.ts';

/** What the page keeps: its messages, who is signed in, and links that sign in once. */
export const page: Migration = {
  version: 3,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, tables),
};

const tables = `
create table web_heads (
  workspace_id text primary key references workspaces (id),
  rev bigint not null
);

create table web_messages (
  id text primary key,
  workspace_id text not null references workspaces (id),
  channel_id text not null references channels (id),
  thread_id text references web_messages (id),
  dedupe text not null,
  member_id text,
  only_for text,
  kind text not null check (kind in ('said', 'card')),
  body text not null,
  asks bigint not null check (asks in (0, 1)),
  rev bigint not null,
  created_at bigint not null,
  edited_at bigint,
  unique (workspace_id, dedupe),
  foreign key (workspace_id, member_id) references members (workspace_id, id),
  foreign key (workspace_id, only_for) references members (workspace_id, id)
);
create index web_messages_of_place on web_messages (workspace_id, channel_id, thread_id, id);
create index web_messages_by_rev on web_messages (workspace_id, rev);
create index web_messages_of_thread on web_messages (thread_id, id);

create table web_sessions (
  id text primary key,
  workspace_id text not null references workspaces (id),
  member_id text not null,
  acts_as text,
  kind text not null check (kind in ('link', 'token')),
  token_hash text not null unique,
  created_at bigint not null,
  seen_at bigint not null,
  ended_at bigint,
  foreign key (workspace_id, member_id) references members (workspace_id, id),
  foreign key (workspace_id, acts_as) references members (workspace_id, id)
);

create table web_links (
  id text primary key,
  workspace_id text not null references workspaces (id),
  member_id text not null,
  token_hash text not null unique,
  created_at bigint not null,
  expires_at bigint not null,
  used_at bigint,
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);
`;
