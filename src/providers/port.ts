import type { FailureKind as CallFailure } from '../core/failures.ts';
import type { Json } from '../core/json.ts';
import type { Secret } from '../core/secret.ts';

export type ProviderName = 'openai' | 'anthropic' | 'google' | 'compatible' | 'sandbox';

/** A neutral part of a conversation (rule R5). `text` from us is a prompt, from the model its words. */
export type Item =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'call'; readonly id: string; readonly tool: string; readonly arguments: Json }
  | {
      readonly type: 'result';
      readonly id: string;
      readonly tool: string;
      readonly text: string;
      readonly failed: boolean;
    };

/** What was said so far. `raw` holds the provider's own items of that reply; only the same provider and model may go on from it. */
export type Said =
  | { readonly by: 'us'; readonly items: readonly Item[] }
  | { readonly by: 'model'; readonly items: readonly Item[]; readonly raw: Raw };

export interface Raw {
  readonly provider: ProviderName;
  readonly model: string;
  readonly items: Json;
}

export interface ToolSpec {
  /** As crews name it (`web.fetch`); an adapter maps it to what its provider accepts, and back. */
  readonly name: string;
  readonly description: string;
  /** Strict JSON Schema of the arguments. */
  readonly parameters: Json;
}

export interface ModelRequest {
  readonly model: string;
  readonly instructions: string;
  /** Ends with something said by us. */
  readonly conversation: readonly Said[];
  /** Empty: the model may call nothing. Never together with `output` (rule R5). */
  readonly tools: readonly ToolSpec[];
  /** Strict JSON Schema that the reply's text must follow; null for free text. */
  readonly output: { readonly name: string; readonly schema: Json } | null;
  /** The provider's own search answers, once; never together with `tools` or `output`, and only where the provider `searches`. */
  readonly search: boolean;
  readonly maxOutputTokens: number;
}

/** Rule M10: input is all input, cache reads and writes included; output all output, reasoning included. Unknown is null, never 0. */
export interface Usage {
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly cacheWriteTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly searches: number | null;
}

/** What a search came upon. `excerpt`: what of it the provider quoted or told; null: only that it is there. */
export interface Found {
  readonly url: string;
  readonly title: string;
  readonly excerpt: string | null;
}

export type Finish = 'stop' | 'tool-calls' | 'length' | 'refusal' | 'other';

export type ModelEvent =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'tool-call'; readonly id: string; readonly tool: string; readonly arguments: Json }
  | { readonly type: 'found'; readonly found: Found }
  /** May come more than once; the last one counts. */
  | { readonly type: 'usage'; readonly usage: Usage }
  /** Always the last event of a stream that ended well. `word` is the provider's own word for it. */
  | { readonly type: 'finish'; readonly reason: Finish; readonly word: string; readonly raw: Raw };

/** How a call failed, as an adapter can know it. */
export type FailureKind = Exclude<CallFailure, 'lost'>;

/**
 * A call that did not end well. `money` says whether it may have cost something (rule M6): `none` when the request was
 * not fully written or an HTTP status of 400 or more came; else `maybe`. Carries neither prompt nor key.
 */
export class ProviderFailure extends Error {
  override readonly name = 'ProviderFailure';
  readonly kind: FailureKind;
  readonly money: 'none' | 'maybe';
  readonly status: number | null;
  /** What the provider asked us to wait (`Retry-After`), in ms, at most one hour; null when it did not say. */
  readonly retryAfterMs: number | null;

  constructor(
    kind: FailureKind,
    says: string,
    detail: { money: 'none' | 'maybe'; status?: number | null; retryAfterMs?: number | null },
  ) {
    super(says);
    this.kind = kind;
    this.money = detail.money;
    this.status = detail.status ?? null;
    this.retryAfterMs = detail.retryAfterMs ?? null;
  }
}

/** Where a call goes and what opens it. Built per call, kept by nobody (rule K5). */
export interface OpenKey {
  readonly secret: Secret;
  /** null: the provider's own address. */
  readonly baseUrl: string | null;
}

export type KeyHealth =
  | { readonly state: 'healthy'; readonly models: readonly string[] }
  | { readonly state: 'failing'; readonly status: number; readonly says: string }
  /** The network did not answer, or the server knows no such call: nothing is known about the key. */
  | { readonly state: 'unknown'; readonly says: string };

export interface Provider {
  readonly name: ProviderName;
  /** Whether it has a search of its own. */
  readonly searches: boolean;
  /**
   * One call, SDK retries off. Yields events until `finish`; throws ProviderFailure. The signal stops it at once.
   * A reply whose text is not what was asked is not this port's matter: the engine judges it.
   */
  stream(request: ModelRequest, key: OpenKey, signal: AbortSignal): AsyncIterable<ModelEvent>;
  /** Proves a key by a call that costs nothing. */
  verify(key: OpenKey, signal: AbortSignal): Promise<KeyHealth>;
}
