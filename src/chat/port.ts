import type { Card } from './card.ts';

export type SurfaceName = 'terminal' | 'web' | 'slack' | 'discord';

/** Where a card goes. `thread` is the surface's own address of the parent message; null posts to the channel itself. */
export interface Place {
  readonly channel: string;
  readonly thread: string | null;
}

/** What came of looking for a message whose sending is doubtful (rule S3). */
export type Found =
  | { readonly found: 'yes'; readonly address: string }
  | { readonly found: 'no' | 'unknown' };

/**
 * A surface as services see it. Failures are `SurfaceFailure`; anything else thrown counts as doubtful.
 */
export interface Surface {
  readonly name: SurfaceName;
  /** Edits of one message closer together than this are coalesced, ms. */
  readonly editEveryMs: number;
  /** Posts once; `dedupe` lets `find` recognize it. Resolves to the surface's own address of the message. */
  post(card: Card, place: Place, dedupe: string): Promise<string>;
  edit(card: Card, place: Place, address: string): Promise<void>;
  /** One bounded look for a post by its dedupe id. */
  find(place: Place, dedupe: string): Promise<Found>;
}

/** `sent: 'no'`: the surface refused or was never reached. `'unknown'`: it may have arrived. */
export class SurfaceFailure extends Error {
  override readonly name = 'SurfaceFailure';
  readonly sent: 'no' | 'unknown';
  readonly retryAfterMs: number | null;
  /** False: sending the same again cannot succeed. */
  readonly again: boolean;

  constructor(
    says: string,
    detail: { sent: 'no' | 'unknown'; again: boolean; retryAfterMs?: number | null },
  ) {
    super(says);
    this.sent = detail.sent;
    this.again = detail.again;
    this.retryAfterMs = detail.retryAfterMs ?? null;
  }
}
