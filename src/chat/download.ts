import type { Clock } from '../clock.ts';

export interface Download {
  readonly fetch: typeof globalThis.fetch;
  readonly clock: Clock;
  /** Checked by the surface: one of its platform's own. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** In bytes. */
  readonly most: number;
}

export type Downloaded =
  | { readonly ok: true; readonly bytes: Uint8Array }
  /** `status`: what was answered in its place, a redirect included; null: nothing was. */
  | {
      readonly ok: false;
      readonly why: 'too big' | 'refused' | 'not reached';
      readonly status: number | null;
    };

const timeMs = 20_000;

/**
 * The bytes behind an address of a platform. No redirect is followed: it could lead anywhere, and with it what is in the headers.
 * What is said of its size is not believed; what is longer than it may be is not read to its end. Never rejects.
 */
export async function download({ fetch, clock, url, headers, most }: Download): Promise<Downloaded> {
  const ending = new AbortController();
  const cancel = clock.after(timeMs, () => ending.abort());
  try {
    const response = await fetch(url.href, { headers, redirect: 'manual', signal: ending.signal });
    if (response.status !== 200 || response.body === null) {
      await response.body?.cancel();
      return { ok: false, why: 'refused', status: response.status };
    }
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body) {
      size += part.byteLength;
      // Leaving the loop ends the transfer.
      if (size > most) return { ok: false, why: 'too big', status: 200 };
      parts.push(part);
    }
    return { ok: true, bytes: Buffer.concat(parts) };
  } catch {
    return { ok: false, why: 'not reached', status: null };
  } finally {
    cancel();
  }
}
