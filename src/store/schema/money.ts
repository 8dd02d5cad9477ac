import type { Flag, Id, JsonText, Ms, Nano } from './columns.ts';

/** Budgets, holds and the ledger. */

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
