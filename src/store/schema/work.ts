import type { Flag, Id, JsonText, Ms } from './columns.ts';

/** What is still to be done, what was sent, and the audit. */

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
  /** `{ channel, thread }`. A run's message without a thread stands under the run's parent card. */
  address: JsonText;
  /** The card; null: it is drawn when it is sent, or was erased (rule Q7). */
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

/** Primary key: token. Of no workspace: what it means names rows, which are read anew for whoever presses. */
export interface MeantRow {
  token: string;
  meant: JsonText;
  until: Ms;
}
