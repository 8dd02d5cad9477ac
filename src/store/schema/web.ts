import type { Flag, Id, JsonText, Ms } from './columns.ts';

/** What the page keeps itself: other surfaces keep messages and sign-ins on their platform. */

/** Primary key workspace_id. `rev` counts every change of a message, so that a browser asks for what is new to it. */
export interface WebHeadRow {
  workspace_id: Id;
  rev: number;
}

/** Unique (workspace_id, dedupe): a post stands once (rule S3). */
export interface WebMessageRow {
  id: Id;
  workspace_id: Id;
  channel_id: Id;
  /** The message that the thread hangs on; null: in the channel itself. */
  thread_id: Id | null;
  dedupe: string;
  /** Who said it; null: a card of ours. */
  member_id: Id | null;
  /** The member who alone sees it; null: everybody. */
  only_for: Id | null;
  kind: 'said' | 'card';
  /** `{ text }`, or `{ asked, card }`. */
  body: JsonText;
  /** Whether a decision can be pressed on it. */
  asks: Flag;
  rev: number;
  created_at: Ms;
  edited_at: Ms | null;
}

/** Unique token_hash; the token itself is in the browser's cookie alone. */
export interface WebSessionRow {
  id: Id;
  workspace_id: Id;
  member_id: Id;
  /** A pretend member whom the session acts as (rule K10). */
  acts_as: Id | null;
  /** `token`: admitted by CREWSMITH_WEB_TOKEN, never decides. */
  kind: 'link' | 'token';
  token_hash: string;
  created_at: Ms;
  seen_at: Ms;
  ended_at: Ms | null;
}

/** One sign-in each; unique token_hash. */
export interface WebLinkRow {
  id: Id;
  workspace_id: Id;
  member_id: Id;
  token_hash: string;
  created_at: Ms;
  expires_at: Ms;
  used_at: Ms | null;
}
