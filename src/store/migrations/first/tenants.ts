/** Tenants, people, keys and what they may do. */
export const tenants = `
create table meta (
  name text primary key,
  value text not null
);

create table workspaces (
  id text primary key,
  slug text not null unique,
  name text not null,
  created_at bigint not null,
  audit_key text not null,
  fingerprint_key text not null,
  revision bigint not null,
  had_key bigint not null check (had_key in (0, 1))
);

create table installations (
  id text primary key,
  workspace_id text not null references workspaces (id),
  surface text not null,
  team text not null,
  name text not null,
  created_at bigint not null,
  removed_at bigint,
  unique (surface, team)
);

create table channels (
  id text primary key,
  workspace_id text not null references workspaces (id),
  surface text not null,
  native text not null,
  name text not null,
  created_at bigint not null,
  unique (workspace_id, surface, native)
);

create table members (
  id text primary key,
  workspace_id text not null references workspaces (id),
  name text not null,
  created_at bigint not null,
  removed_at bigint,
  unique (workspace_id, id)
);

create table accounts (
  id text primary key,
  workspace_id text not null,
  member_id text not null,
  surface text not null,
  native text not null,
  name text not null,
  created_at bigint not null,
  unique (workspace_id, surface, native),
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);
create index accounts_of_member on accounts (workspace_id, member_id);

create table roles (
  workspace_id text not null,
  member_id text not null,
  channel_id text not null,
  role text not null check (role in ('viewer', 'member', 'approver', 'admin', 'owner')),
  created_at bigint not null,
  primary key (workspace_id, member_id, channel_id),
  foreign key (workspace_id, member_id) references members (workspace_id, id)
);

create table keys (
  id text primary key,
  workspace_id text not null references workspaces (id),
  provider text not null,
  environment text not null,
  label text not null,
  scope text not null,
  origin text not null check (origin in ('environment', 'person')),
  state text not null check (state in ('live', 'revoked')),
  base_url text,
  health text not null check (health in ('unchecked', 'healthy', 'failing', 'unknown')),
  health_says text,
  health_at bigint,
  worked bigint not null check (worked in (0, 1)),
  last_used_at bigint,
  created_by text not null,
  created_at bigint not null,
  revoked_at bigint,
  unique (workspace_id, id)
);
create unique index keys_live on keys (workspace_id, provider, environment, label) where state <> 'revoked';

create table key_versions (
  id text primary key,
  workspace_id text not null,
  key_id text not null,
  seq bigint not null,
  state text not null check (state in ('live', 'draining', 'dead')),
  draining_until bigint,
  master_id text not null,
  sealed text not null,
  hint text not null,
  fingerprint text not null,
  created_at bigint not null,
  dead_at bigint,
  unique (key_id, seq),
  foreign key (workspace_id, key_id) references keys (workspace_id, id)
);
create index key_versions_by_fingerprint on key_versions (workspace_id, fingerprint);

create table seen_keys (
  workspace_id text not null references workspaces (id),
  fingerprint text not null,
  seen_at bigint not null,
  primary key (workspace_id, fingerprint)
);

create table aliases (
  workspace_id text not null references workspaces (id),
  scope text not null,
  name text not null,
  entries text not null,
  updated_at bigint not null,
  primary key (workspace_id, scope, name)
);

create table policies (
  workspace_id text not null references workspaces (id),
  name text not null,
  value text not null,
  updated_at bigint not null,
  primary key (workspace_id, name)
);

create table settings (
  workspace_id text not null references workspaces (id),
  name text not null,
  value text not null,
  updated_at bigint not null,
  primary key (workspace_id, name)
);

create table audit (
  workspace_id text not null references workspaces (id),
  seq bigint not null,
  at bigint not null,
  actor text not null,
  action text not null,
  target text not null,
  salt text,
  detail text,
  detail_hash text not null,
  mac text not null,
  primary key (workspace_id, seq)
);

create table audit_heads (
  workspace_id text primary key references workspaces (id),
  seq bigint not null,
  mac text not null
);
`;
