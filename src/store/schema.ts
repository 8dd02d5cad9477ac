/**
 * Every table as TypeScript sees it; `migrations/` makes them. Times are UTC milliseconds, money is nano-dollars (integers
 * below 2^53, rule M1), booleans are 0 or 1, JSON is text so that its bytes stay what they were. Every row carries its
 * workspace. Ids are sortable and typed by prefix. What a constraint promises stands beside it.
 */
type Id = string;
type Ms = number;
type Nano = number;
type Flag = 0 | 1;
type JsonText = string;

export interface Tables {
  meta: Meta;
  workspaces: WorkspaceRow;
  installations: InstallationRow;
  channels: ChannelRow;
  members: MemberRow;
  accounts: AccountRow;
  roles: RoleRow;
  keys: KeyRow;
  key_versions: KeyVersionRow;
  seen_keys: SeenKeyRow;
  aliases: AliasRow;
  policies: PolicyRow;
  settings: SettingRow;
  requests: RequestRow;
  runs: RunRow;
  steps: StepRow;
  attempts: AttemptRow;
  sources: SourceRow;
  gates: GateRow;
  documents: DocumentRow;
  decisions: DecisionRow;
  budgets: BudgetRow;
  budget_periods: BudgetPeriodRow;
  holds: HoldRow;
  waiters: WaiterRow;
  entries: EntryRow;
  spend_quarters: SpendQuarterRow;
  jobs: JobRow;
  processes: ProcessRow;
  outbox: OutboxRow;
  audit: AuditRow;
  audit_heads: AuditHeadRow;
  digests: DigestRow;
  alerts: AlertRow;
  schedules: ScheduleRow;
}

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
  created_at: Ms;
}

export interface MemberRow {
  id: Id;
  workspace_id: Id;
  name: string;
  created_at: Ms;
  removed_at: Ms | null;
}

/** Unique (workspace_id, surface, native). `native` is `team:user` where a bare user id is ambiguous. */
export interface AccountRow {
  id: Id;
  workspace_id: Id;
  member_id: Id;
  surface: string;
  native: string;
  name: string;
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

/** Unique (surface, dedupe): one run a request (rule S2). */
export interface RequestRow {
  id: Id;
  workspace_id: Id;
  surface: string;
  dedupe: string;
  kind: 'command' | 'press' | 'form' | 'event';
  body: JsonText;
  received_at: Ms;
  state: 'received' | 'done';
  run_id: Id | null;
}

export interface RunRow {
  id: Id;
  workspace_id: Id;
  channel_id: Id;
  surface: string;
  /** The surface's own address of the parent card and its thread; null until it was sent. */
  thread: string | null;
  request_id: Id | null;
  crew_name: string;
  crew_version: string;
  /** Frozen (rule R7). */
  crew: JsonText;
  input: JsonText;
  client: string | null;
  environment: string;
  asked_by: Id;
  status: 'queued' | 'running' | 'waiting' | 'completed' | 'rejected' | 'failed' | 'canceled';
  waiting_for: 'approval' | 'budget' | 'key' | 'rate-limit' | 'time' | null;
  /** Rule M3: the enforced worst case, and what live holds and settled calls take of it. Null: no price known. */
  cap_nano: Nano;
  cap_used_nano: Nano;
  /** 1: begun on the sandbox and ends on it (rule K7). */
  sandbox: Flag;
  failure: JsonText | null;
  created_at: Ms;
  started_at: Ms | null;
  ended_at: Ms | null;
  /** Compare-and-set counter of the row. */
  version: number;
}

/** Primary key (run_id, step, item, round). The highest round is the current one. */
export interface StepRow {
  workspace_id: Id;
  run_id: Id;
  step: string;
  /** '' outside for_each. */
  item: string;
  round: number;
  kind: 'prompt' | 'gate' | 'deliver';
  /** 1: a call of it is in flight. */
  live: Flag;
  status: 'pending' | 'running' | 'waiting' | 'done' | 'skipped' | 'failed' | 'canceled';
  waiting_for: 'approval' | 'budget' | 'key' | 'rate-limit' | 'time' | null;
  /** When to look again while it waits for a time; null otherwise. */
  wake_at: Ms | null;
  /** What people asked to change for this round; null for none. */
  comment: string | null;
  output: JsonText | null;
  failure: JsonText | null;
  started_at: Ms | null;
  ended_at: Ms | null;
}

/**
 * One call to a provider. Unique (run_id, step, item, round, turn) where state in (held, settled, bad-output): who loses
 * the insert sends nothing (rule R1).
 */
export interface AttemptRow {
  id: Id;
  workspace_id: Id;
  run_id: Id;
  step: string;
  item: string;
  round: number;
  turn: number;
  purpose: 'turn' | 'repair' | 'search';
  /** Boot id of the process that holds it (rule M5). */
  owner: string;
  state: 'held' | 'settled' | 'bad-output' | 'unsent' | 'uncertain';
  provider: string;
  model: string;
  alias: string;
  key_id: Id | null;
  key_version_id: Id | null;
  key_label: string;
  environment: string;
  /** Null: unpriced. */
  hold_nano: Nano | null;
  input_bound: number;
  output_bound: number;
  /** The rates used, with their date; null: unpriced. */
  price: JsonText | null;
  /** Neutral items said by us before this turn: the prompt, tool results, a repair (rule R1). */
  said: JsonText;
  /** Neutral items of the reply and the provider's raw ones; null until settled. */
  reply: JsonText | null;
  finish: string | null;
  /** Kind and sentence of a failure, or why the output was bad. */
  failure: JsonText | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  reasoning_tokens: number | null;
  searches: number | null;
  /** Null: unpriced or not yet known. An uncertain attempt's is its hold. */
  cost_nano: Nano | null;
  overrun: Flag;
  held_at: Ms;
  ended_at: Ms | null;
}

/** What a run has read and may cite. Primary key (run_id, n); unique (run_id, url). */
export interface SourceRow {
  workspace_id: Id;
  run_id: Id;
  n: number;
  url: string;
  title: string;
  date: string | null;
  text: string;
  read_at: Ms;
}

/** Unique (run_id, step). `draft` is the current draft; closing is compare-and-set on (id, draft, status). */
export interface GateRow {
  id: Id;
  workspace_id: Id;
  run_id: Id;
  step: string;
  draft: number;
  /** How often it was opened; each opening is a message of its own. */
  openings: number;
  status: 'open' | 'approved' | 'rejected' | 'changes' | 'expired' | 'canceled';
  /** The frozen words of its policy (rule R7). */
  policy: JsonText;
  opened_at: Ms;
  expires_at: Ms;
  reminded_at: Ms | null;
  closed_at: Ms | null;
  closed_by: Id | null;
}

/** Unique (gate_id, draft). `body` is what goes out, byte for byte (rule G1); `value` the output it was rendered from. */
export interface DocumentRow {
  id: Id;
  workspace_id: Id;
  run_id: Id;
  gate_id: Id;
  draft: number;
  body: JsonText;
  value: JsonText;
  sha256: string;
  made_by: 'step' | 'edit';
  editor: Id | null;
  created_at: Ms;
}

/** Unique (gate_id, draft, member_id). */
export interface DecisionRow {
  id: Id;
  workspace_id: Id;
  run_id: Id;
  gate_id: Id;
  draft: number;
  member_id: Id;
  surface: string;
  decision: 'approve' | 'reject' | 'changes' | 'edit';
  comment: string | null;
  created_at: Ms;
}

/** Unique (workspace_id, scope, window) among those not removed; scope is '' | `channel:ID` | `crew:NAME`. */
export interface BudgetRow {
  id: Id;
  workspace_id: Id;
  scope: string;
  window: 'day' | 'week' | 'month' | 'total';
  limit_nano: Nano;
  created_by: string;
  created_at: Ms;
  removed_at: Ms | null;
}

/** Unique (budget_id, starts_at). Holds fit under the row's lock: spent + held + x <= limit (rule M4). */
export interface BudgetPeriodRow {
  id: Id;
  workspace_id: Id;
  budget_id: Id;
  starts_at: Ms;
  /** Null: never (window `total`). */
  ends_at: Ms | null;
  limit_nano: Nano;
  spent_nano: Nano;
  held_nano: Nano;
}

/** Primary key (attempt_id, period_id). Kept after release with live = 0. */
export interface HoldRow {
  workspace_id: Id;
  attempt_id: Id;
  period_id: Id;
  nano: Nano;
  live: Flag;
}

/** Primary key (run_id, step, item): a call that did not fit by what others hold, or at all (rule M9). */
export interface WaiterRow {
  workspace_id: Id;
  run_id: Id;
  step: string;
  item: string;
  need_nano: Nano;
  /** 1: larger than limit − spent, people must act; 0: only others' holds are in the way. */
  blocked: Flag;
  since: Ms;
  period_ids: JsonText;
  carded: Flag;
}

/** The ledger. Unique (attempt_id, kind, seq); append-only by trigger (rule M8). */
export interface EntryRow {
  id: Id;
  workspace_id: Id;
  attempt_id: Id;
  kind: 'charge' | 'adjustment';
  seq: number;
  /** The hold's time; fixes period and bucket for ever. */
  at: Ms;
  booked_at: Ms;
  run_id: Id;
  step: string;
  channel_id: Id;
  crew: string;
  crew_version: string;
  provider: string;
  model: string;
  key_id: Id | null;
  key_label: string;
  environment: string;
  member_id: Id;
  client: string | null;
  /** Signed for adjustments; null: unpriced. */
  nano: Nano | null;
  /** 1: the answer was lost, `nano` is at most. */
  uncertain: Flag;
  overrun: Flag;
  price_date: string | null;
  input_tokens: number | null;
  output_tokens: number | null;
  cache_read_tokens: number | null;
  cache_write_tokens: number | null;
  reasoning_tokens: number | null;
  searches: number | null;
  note: string | null;
}

/** Primary key: all up to environment. Buckets of 15 minutes UTC (rule M8). */
export interface SpendQuarterRow {
  workspace_id: Id;
  bucket: Ms;
  channel_id: Id;
  crew: string;
  step: string;
  provider: string;
  model: string;
  key_label: string;
  environment: string;
  calls: number;
  unpriced_calls: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_tokens: number;
  cache_write_tokens: number;
  reasoning_tokens: number;
  searches: number;
  cost_nano: Nano;
  uncertain_nano: Nano;
}

export interface JobRow {
  id: Id;
  workspace_id: Id;
  kind: string;
  run_id: Id | null;
  payload: JsonText;
  due_at: Ms;
}

export interface ProcessRow {
  boot_id: Id;
  pid: number;
  started_at: Ms;
  renewed_at: Ms;
  epoch: number;
  master_ids: JsonText;
}

/** Unique dedupe. One thread in order of `seq` (rule S3). */
export interface OutboxRow {
  id: Id;
  workspace_id: Id;
  surface: string;
  run_id: Id | null;
  /** Which message of the run: `parent`, `step:ID:ROUND`, `gate:ID:DRAFT`, `delivery:ID`, … An edit finds the post by it. */
  message: string;
  kind: 'post' | 'edit';
  /** Where: channel and thread, for a card without a run. */
  address: JsonText;
  /** The card; for `parent` the state is rendered when it is sent, so this is null. */
  payload: JsonText | null;
  dedupe: string;
  seq: number;
  state: 'pending' | 'sending' | 'sent' | 'failed';
  tries: number;
  due_at: Ms;
  /** The surface's address of the message once sent. */
  sent_to: string | null;
  sent_at: Ms | null;
  duplicate_possible: Flag;
  created_at: Ms;
}

/** Primary key (workspace_id, seq); append-only by trigger (rule A1). Salt and detail may be erased. */
export interface AuditRow {
  workspace_id: Id;
  seq: number;
  at: Ms;
  actor: string;
  action: string;
  target: string;
  salt: string | null;
  /** `{ before, after }` as JSON. */
  detail: JsonText | null;
  detail_hash: string;
  mac: string;
}

/** Primary key workspace_id; locked last in a transaction. */
export interface AuditHeadRow {
  workspace_id: Id;
  seq: number;
  mac: string;
}

/** Primary key (workspace_id, target, period). */
export interface DigestRow {
  workspace_id: Id;
  target: string;
  period: string;
  sent_at: Ms;
}

/** Primary key (workspace_id, scope, period, threshold). */
export interface AlertRow {
  workspace_id: Id;
  scope: string;
  period: string;
  threshold: string;
  sent_at: Ms;
}

export interface ScheduleRow {
  id: Id;
  workspace_id: Id;
  kind: string;
  expression: string;
  zone: string;
  payload: JsonText;
  next_at: Ms;
  created_by: string;
  created_at: Ms;
  removed_at: Ms | null;
}
