/** What a person reads, and what they can do, made from the detail of one code. */
export type Row<D> = (detail: D) => { says: string; next: string };

export const row = <D = Record<never, never>>(text: Row<D>): Row<D> => text;

/** Did you mean "keys"? Or nothing. */
export const near = (nearest: readonly string[]) =>
  nearest.length > 0 ? `Did you mean ${nearest.map((n) => `"${n}"`).join(' or ')}?` : '';
