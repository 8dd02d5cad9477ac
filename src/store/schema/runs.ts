import type { Flag, Id, JsonText, Ms, Nano } from './columns.ts';

/** Runs, their steps and calls, and what people decided. */

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
  /** The surface's own address of the thread in which it was asked for, and stays; null: its own, under its parent card. */
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
  /** Rule M3: the enforced worst case of what has a price, and what live holds and settled calls take of it. */
  cap_nano: Nano;
  cap_used_nano: Nano;
  /** 1: begun on the sandbox and ends on it (rule K7). */
  sandbox: Flag;
  failure: JsonText | null;
  created_at: Ms;
  started_at: Ms | null;
  ended_at: Ms | null;
  /** Its texts are gone since then (rule Q7). */
  erased_at: Ms | null;
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
  /** Always null: when a step that waits is looked at again stands in its job. */
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
