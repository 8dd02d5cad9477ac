/** What is still to be done, by whom, and what was done once. */
export const work = `
create table jobs (
  id text primary key,
  workspace_id text not null,
  kind text not null,
  run_id text,
  payload text not null,
  due_at bigint not null
);
create index jobs_by_time on jobs (due_at, id);

create table processes (
  boot_id text primary key,
  pid bigint not null,
  started_at bigint not null,
  renewed_at bigint not null,
  epoch bigint not null,
  master_ids text not null
);

create table outbox (
  id text primary key,
  workspace_id text not null,
  surface text not null,
  run_id text,
  message text not null,
  kind text not null check (kind in ('post', 'edit')),
  address text not null,
  payload text,
  dedupe text not null unique,
  seq bigint not null,
  state text not null check (state in ('pending', 'sending', 'sent', 'failed')),
  tries bigint not null,
  due_at bigint not null,
  sent_to text,
  sent_at bigint,
  duplicate_possible bigint not null check (duplicate_possible in (0, 1)),
  created_at bigint not null
);
create index outbox_by_state on outbox (state, due_at);
create index outbox_of_run on outbox (run_id, message);

create table digests (
  workspace_id text not null,
  target text not null,
  period text not null,
  sent_at bigint not null,
  primary key (workspace_id, target, period)
);

create table alerts (
  workspace_id text not null,
  scope text not null,
  period text not null,
  threshold text not null,
  sent_at bigint not null,
  primary key (workspace_id, scope, period, threshold)
);

create table schedules (
  id text primary key,
  workspace_id text not null references workspaces (id),
  kind text not null,
  expression text not null,
  zone text not null,
  payload text not null,
  next_at bigint not null,
  created_by text not null,
  created_at bigint not null,
  removed_at bigint
);
create index schedules_by_time on schedules (next_at);
`;
