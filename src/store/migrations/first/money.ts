/** Budgets, the ledger and its rollup. */
export const money = `
create table budgets (
  id text primary key,
  workspace_id text not null references workspaces (id),
  scope text not null,
  "window" text not null check ("window" in ('day', 'week', 'month', 'total')),
  limit_nano bigint not null check (limit_nano >= 0),
  created_by text not null,
  created_at bigint not null,
  removed_at bigint
);
create unique index budgets_active on budgets (workspace_id, scope, "window") where removed_at is null;

create table budget_periods (
  id text primary key,
  workspace_id text not null,
  budget_id text not null references budgets (id),
  starts_at bigint not null,
  ends_at bigint,
  limit_nano bigint not null check (limit_nano >= 0),
  spent_nano bigint not null,
  held_nano bigint not null check (held_nano >= 0),
  unique (budget_id, starts_at)
);

create table holds (
  workspace_id text not null,
  attempt_id text not null,
  period_id text not null,
  nano bigint not null check (nano >= 0),
  live bigint not null check (live in (0, 1)),
  primary key (attempt_id, period_id)
);
create index holds_of_period on holds (period_id, live);

create table waiters (
  workspace_id text not null,
  run_id text not null,
  step text not null,
  item text not null,
  need_nano bigint not null,
  blocked bigint not null check (blocked in (0, 1)),
  since bigint not null,
  period_ids text not null,
  carded bigint not null check (carded in (0, 1)),
  primary key (run_id, step, item)
);
create index waiters_by_time on waiters (workspace_id, since);

create table entries (
  id text primary key,
  workspace_id text not null,
  attempt_id text not null references attempts (id),
  kind text not null check (kind in ('charge', 'adjustment')),
  seq bigint not null,
  at bigint not null,
  booked_at bigint not null,
  run_id text not null,
  step text not null,
  channel_id text not null,
  crew text not null,
  crew_version text not null,
  provider text not null,
  model text not null,
  key_id text,
  key_label text not null,
  environment text not null,
  member_id text not null,
  client text,
  nano bigint check (nano >= 0 or kind = 'adjustment'),
  uncertain bigint not null check (uncertain in (0, 1)),
  overrun bigint not null check (overrun in (0, 1)),
  price_date text,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  reasoning_tokens bigint,
  searches bigint,
  note text,
  unique (attempt_id, kind, seq)
);
create index entries_by_time on entries (workspace_id, at);
create index entries_of_run on entries (run_id);

create table spend_quarters (
  workspace_id text not null,
  bucket bigint not null,
  channel_id text not null,
  crew text not null,
  step text not null,
  provider text not null,
  model text not null,
  key_label text not null,
  environment text not null,
  calls bigint not null,
  unpriced_calls bigint not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cache_read_tokens bigint not null,
  cache_write_tokens bigint not null,
  reasoning_tokens bigint not null,
  searches bigint not null,
  cost_nano bigint not null,
  uncertain_nano bigint not null,
  primary key (workspace_id, bucket, channel_id, crew, step, provider, model, key_label, environment)
);
`;
