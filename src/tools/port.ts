import type { Json } from '../core/json.ts';
import type { ToolSpec } from '../providers/port.ts';

/** A page as read: what may be cited. */
export interface Page {
  /** The address after redirects, without fragment. */
  readonly url: string;
  readonly title: string;
  /** ISO date as the page states it, or null. */
  readonly date: string | null;
  /** Readable Markdown. */
  readonly text: string;
  /** Absolute http(s) addresses with their link text, in page order, each once. */
  readonly links: readonly { readonly text: string; readonly url: string }[];
}

export type ToolResult =
  | { readonly ok: true; readonly pages: readonly Page[] }
  /** `says` is one sentence for the model and the thread: what was wrong, with which address. */
  | { readonly ok: false; readonly code: string; readonly says: string };

export interface Tool {
  readonly spec: ToolSpec;
  /** Never throws for what the outside does; an abort throws the signal's reason. `call` is what the model wrote, unchecked. */
  run(call: Json, signal: AbortSignal): Promise<ToolResult>;
}
