/** One promise, looked at in every row it is about. */
export interface Check {
  readonly name: CheckName;
  readonly ok: boolean;
  /** One sentence: what holds, or which rows break it. */
  readonly says: string;
  /** How many rows were looked at. */
  readonly count: number;
}

export type CheckName =
  | 'held'
  | 'spent'
  | 'limits'
  | 'holds'
  | 'charges'
  | 'costs'
  | 'rollup'
  | 'caps'
  | 'paid-once'
  | 'documents'
  | 'deliveries'
  | 'decisions'
  | 'audit';

const shownFaults = 3;

/** `holds`: the sentence when nothing is wrong; the faults are said otherwise. */
export function checked(name: CheckName, count: number, holds: string, faults: readonly string[]): Check {
  if (faults.length === 0) return { name, ok: true, says: holds, count };
  const more = faults.length > shownFaults ? `; and ${faults.length - shownFaults} more` : '';
  return { name, ok: false, says: `${faults.slice(0, shownFaults).join('; ')}${more}.`, count };
}

const pageRows = 200;

/** Every row of a table read in pages by id. */
export async function* paged<T extends { readonly id: string }>(
  page: (after: string, most: number) => Promise<readonly T[]>,
  most: number = pageRows,
): AsyncGenerator<readonly T[]> {
  for (let after = ''; ; ) {
    const rows = await page(after, most);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    after = last.id;
  }
}
