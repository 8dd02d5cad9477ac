import type { Flag, Id, JsonText, Ms } from './columns.ts';

/** Tenants, people, keys and what is set for them. */

/** Of the database itself, not of a tenant: the master key's sentinel, the key epoch. Primary key: name. */
export interface Meta {
  name: string;
  value: string;
}

export interface WorkspaceRow {
  id: Id;
  /** `default` for the first; unique. */
  slug: string;
  name: string;
  created_at: Ms;
  /** Sealed keys of the audit chain and of key fingerprints (rule K6). */
  audit_key: JsonText;
  fingerprint_key: JsonText;
  /** Counts the changes of keys, aliases, settings and budgets; locked by them, holds and settles (rule M12). */
  revision: number;
  /** 1 once any key was ever added: the sandbox no longer answers by itself (rule K7). */
  had_key: Flag;
  /** The workspace to which all that was here belongs now (rule K8); null: this one lives. */
  joined_into: Id | null;
}

/** Unique (surface, team): one team belongs to one workspace. */
export interface InstallationRow {
  id: Id;
  workspace_id: Id;
  surface: string;
  team: string;
  name: string;
  created_at: Ms;
  removed_at: Ms | null;
}

/** Unique (workspace_id, surface, native). */
export interface ChannelRow {
  id: Id;
  workspace_id: Id;
  surface: string;
  native: string;
  name: string;
  /** A conversation with one person alone (rule G3). */
  direct: Flag;
  created_at: Ms;
}

export interface MemberRow {
  id: Id;
  workspace_id: Id;
  name: string;
  created_at: Ms;
  removed_at: Ms | null;
  /** The member who is the same person and has their accounts now; null: it is themselves. */
  merged_into: Id | null;
}

/** Unique (workspace_id, surface, native). `native` is `team:user` where a bare user id is ambiguous. */
export interface AccountRow {
  id: Id;
  workspace_id: Id;
  member_id: Id;
  surface: string;
  native: string;
  name: string;
  /** What the surface vouches for (rule K8). */
  standing: 'member' | 'guest' | 'bot';
  created_at: Ms;
}

/** Primary key (workspace_id, member_id, channel_id); channel_id '' is the whole workspace. */
export interface RoleRow {
  workspace_id: Id;
  member_id: Id;
  channel_id: Id | '';
  role: 'viewer' | 'member' | 'approver' | 'admin' | 'owner';
  created_at: Ms;
}

/**
 * What is granted to everybody who holds a role of their team's own. Primary key (workspace_id, surface, native, channel_id);
 * `native` is that role's id there, `name` what it was called when it was granted.
 */
export interface TeamGrantRow {
  workspace_id: Id;
  surface: string;
  native: string;
  channel_id: Id | '';
  name: string;
  role: 'viewer' | 'member' | 'approver' | 'admin';
  created_at: Ms;
}

/**
 * Which roles of their team's own an account held when its surface last said so. Primary key (workspace_id, surface, native),
 * that of an account, with which it goes.
 */
export interface TeamRolesRow {
  workspace_id: Id;
  surface: string;
  native: string;
  /** Ids. */
  held: JsonText;
  seen_at: Ms;
}

/** Unique (workspace_id, provider, environment, label) among live. */
export interface KeyRow {
  id: Id;
  workspace_id: Id;
  provider: string;
  environment: string;
  label: string;
  /** `{ channels?: Id[], crews?: string[] }`; `{}` is everything. */
  scope: JsonText;
  origin: 'environment' | 'person';
  state: 'live' | 'revoked';
  base_url: string | null;
  health: 'unchecked' | 'healthy' | 'failing' | 'unknown';
  health_says: string | null;
  health_at: Ms | null;
  /** Whether a call ever succeeded with it (rule K3). */
  worked: Flag;
  last_used_at: Ms | null;
  created_by: string;
  created_at: Ms;
  revoked_at: Ms | null;
}

/** Unique (key_id, seq). `sealed` is bound to row and workspace by associated data. */
export interface KeyVersionRow {
  id: Id;
  workspace_id: Id;
  key_id: Id;
  seq: number;
  state: 'live' | 'draining' | 'dead';
  draining_until: Ms | null;
  /** Which master key wraps it (rule K6). */
  master_id: string;
  sealed: string;
  hint: string;
  fingerprint: string;
  created_at: Ms;
  dead_at: Ms | null;
}

/** Primary key (workspace_id, fingerprint): every value ever imported from a variable (rule K3). */
export interface SeenKeyRow {
  workspace_id: Id;
  fingerprint: string;
  seen_at: Ms;
}

/** A one-time link to a form for a key (rule K4). Unique token_hash: only the hash is kept. */
export interface KeyLinkRow {
  id: Id;
  workspace_id: Id;
  /** Who asked for it: the key is added in their name. */
  member_id: Id;
  /** Where they asked, and are told. */
  surface: string;
  token_hash: string;
  /** `{ do: 'add', provider, label, environment, baseUrl } | { do: 'rotate', key }` */
  wants: JsonText;
  state: 'open' | 'taken' | 'used' | 'void';
  /** The key that came of it. */
  key_id: Id | null;
  created_at: Ms;
  expires_at: Ms;
  used_at: Ms | null;
}

/** What joins a team to a workspace, or a person's accounts on two surfaces (rule K8). Unique code_hash: only the hash is kept. */
export interface LinkCodeRow {
  id: Id;
  workspace_id: Id;
  /** Who made it: of a person the one who stays. */
  member_id: Id;
  /** Where it was made, and they are told. */
  surface: string;
  joins: 'team' | 'person';
  code_hash: string;
  state: 'open' | 'used' | 'void';
  /** Of a person's that was used: who was joined, with which accounts and roles (`United`). */
  joined: JsonText | null;
  created_at: Ms;
  expires_at: Ms;
  used_at: Ms | null;
}

/** Primary key (workspace_id, member_id): the wrong codes that somebody typed since then. */
export interface LinkTryRow {
  workspace_id: Id;
  member_id: Id;
  tries: number;
  since: Ms;
}

/** Primary key (workspace_id, scope, name); scope is '' | `channel:ID` | `crew:NAME`. */
export interface AliasRow {
  workspace_id: Id;
  scope: string;
  name: string;
  /** `[{ provider, model }]`, tried in order. */
  entries: JsonText;
  updated_at: Ms;
}

/** Primary key (workspace_id, name). */
export interface PolicyRow {
  workspace_id: Id;
  name: string;
  value: JsonText;
  updated_at: Ms;
}

/** Primary key (workspace_id, name). */
export interface SettingRow {
  workspace_id: Id;
  name: string;
  value: JsonText;
  updated_at: Ms;
}
