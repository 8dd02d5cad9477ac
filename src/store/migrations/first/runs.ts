const statuses = `'pending', 'running', 'waiting', 'done', 'skipped', 'failed', 'canceled'`;
const waitingFor = `'approval', 'budget', 'key', 'rate-limit', 'time'`;

/**
 * Runs and what hangs on them. Children name their workspace and their parent together, so that no row can hang on another
 * tenant's.
 */
export const runs = `
create table requests (
  id text primary key,
  workspace_id text not null references workspaces (id),
  surface text not null,
  dedupe text not null,
  kind text not null check (kind in ('command', 'press', 'form', 'event')),
  body text not null,
  received_at bigint not null,
  state text not null check (state in ('received', 'done')),
  run_id text,
  unique (surface, dedupe)
);
create index requests_by_state on requests (state, received_at);

create table runs (
  id text primary key,
  workspace_id text not null references workspaces (id),
  channel_id text not null,
  surface text not null,
  thread text,
  request_id text,
  crew_name text not null,
  crew_version text not null,
  crew text not null,
  input text not null,
  client text,
  environment text not null,
  asked_by text not null,
  status text not null
    check (status in ('queued', 'running', 'waiting', 'completed', 'rejected', 'failed', 'canceled')),
  waiting_for text check (waiting_for in (${waitingFor})),
  cap_nano bigint not null,
  cap_used_nano bigint not null,
  sandbox bigint not null check (sandbox in (0, 1)),
  failure text,
  created_at bigint not null,
  started_at bigint,
  ended_at bigint,
  version bigint not null,
  unique (workspace_id, id)
);
create index runs_by_crew on runs (workspace_id, crew_name, id);
create index runs_by_status on runs (status);

create table steps (
  workspace_id text not null,
  run_id text not null,
  step text not null,
  item text not null,
  round bigint not null,
  kind text not null check (kind in ('prompt', 'gate', 'deliver')),
  live bigint not null check (live in (0, 1)),
  status text not null check (status in (${statuses})),
  waiting_for text check (waiting_for in (${waitingFor})),
  wake_at bigint,
  comment text,
  output text,
  failure text,
  started_at bigint,
  ended_at bigint,
  primary key (run_id, step, item, round),
  foreign key (workspace_id, run_id) references runs (workspace_id, id)
);

create table attempts (
  id text primary key,
  workspace_id text not null,
  run_id text not null,
  step text not null,
  item text not null,
  round bigint not null,
  turn bigint not null,
  purpose text not null check (purpose in ('turn', 'repair', 'search')),
  owner text not null,
  state text not null check (state in ('held', 'settled', 'bad-output', 'unsent', 'uncertain')),
  provider text not null,
  model text not null,
  alias text not null,
  key_id text,
  key_version_id text,
  key_label text not null,
  environment text not null,
  hold_nano bigint,
  input_bound bigint not null,
  output_bound bigint not null,
  price text,
  said text not null,
  reply text,
  finish text,
  failure text,
  input_tokens bigint,
  output_tokens bigint,
  cache_read_tokens bigint,
  cache_write_tokens bigint,
  reasoning_tokens bigint,
  searches bigint,
  cost_nano bigint,
  overrun bigint not null check (overrun in (0, 1)),
  held_at bigint not null,
  ended_at bigint,
  foreign key (workspace_id, run_id) references runs (workspace_id, id)
);
create unique index attempts_held_or_paid on attempts (run_id, step, item, round, turn)
  where state in ('held', 'settled', 'bad-output');
create index attempts_of_run on attempts (run_id, step, round);
create index attempts_by_state on attempts (state, workspace_id);

create table sources (
  workspace_id text not null,
  run_id text not null,
  n bigint not null,
  url text not null,
  title text not null,
  date text,
  "text" text not null,
  read_at bigint not null,
  primary key (run_id, n),
  unique (run_id, url),
  foreign key (workspace_id, run_id) references runs (workspace_id, id)
);

create table gates (
  id text primary key,
  workspace_id text not null,
  run_id text not null,
  step text not null,
  draft bigint not null,
  openings bigint not null,
  status text not null check (status in ('open', 'approved', 'rejected', 'changes', 'expired', 'canceled')),
  policy text not null,
  opened_at bigint not null,
  expires_at bigint not null,
  reminded_at bigint,
  closed_at bigint,
  closed_by text,
  unique (run_id, step),
  unique (workspace_id, id),
  foreign key (workspace_id, run_id) references runs (workspace_id, id)
);
create index gates_by_expiry on gates (status, expires_at);

create table documents (
  id text primary key,
  workspace_id text not null,
  run_id text not null,
  gate_id text not null,
  draft bigint not null,
  body text not null,
  value text not null,
  sha256 text not null,
  made_by text not null check (made_by in ('step', 'edit')),
  editor text,
  created_at bigint not null,
  unique (gate_id, draft),
  foreign key (workspace_id, gate_id) references gates (workspace_id, id)
);

create table decisions (
  id text primary key,
  workspace_id text not null,
  run_id text not null,
  gate_id text not null,
  draft bigint not null,
  member_id text not null,
  surface text not null,
  decision text not null check (decision in ('approve', 'reject', 'changes', 'edit')),
  comment text,
  created_at bigint not null,
  unique (gate_id, draft, member_id),
  foreign key (workspace_id, gate_id) references gates (workspace_id, id)
);
`;
