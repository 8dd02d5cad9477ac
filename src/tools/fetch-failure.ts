export type FetchCode =
  | 'bad-address'
  | 'too-many'
  | 'refused-address'
  | 'robots'
  | 'unknown-host'
  | 'unreachable'
  | 'bad-certificate'
  | 'timeout'
  | 'redirect-loop'
  | 'too-large'
  | 'wrong-type'
  | 'empty-page'
  | 'unreadable'
  | `http-${number}`;

/** What kept a page from being read. `says` is one sentence for the model and the thread; it names the address. */
export class FetchFailure extends Error {
  override readonly name = 'FetchFailure';
  readonly code: FetchCode;
  readonly says: string;

  constructor(code: FetchCode, says: string, options?: { cause?: unknown }) {
    super(says, options);
    this.code = code;
    this.says = says;
  }
}

/** An address as it may stand in a sentence: control characters out, cut. */
export function shown(address: string): string {
  const clean = address.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return clean.length > 200 ? `${clean.slice(0, 200)}…` : clean;
}
