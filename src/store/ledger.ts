import type { Selectable } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { EntryRow, SpendQuarterRow } from './schema.ts';

export type Entry = Selectable<EntryRow>;

const insert = prepared<EntryRow>()((tx, row) => db(tx).insertInto('entries').values(row));

export async function insertEntry(tx: Tx, row: EntryRow): Promise<void> {
  await insert.changes(tx, row);
}

export async function entriesOfAttempt(tx: Tx, workspace: string, attempt: string): Promise<Entry[]> {
  return await db(tx)
    .selectFrom('entries')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('attempt_id', '=', attempt)
    .orderBy('id')
    .execute();
}

export async function entriesOfRun(tx: Tx, workspace: string, run: string): Promise<Entry[]> {
  return await db(tx)
    .selectFrom('entries')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .orderBy('id')
    .execute();
}

const add = prepared<SpendQuarterRow>()((tx, row) =>
  db(tx)
    .insertInto('spend_quarters')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .columns([
          'workspace_id',
          'bucket',
          'channel_id',
          'crew',
          'step',
          'provider',
          'model',
          'key_label',
          'environment',
        ])
        .doUpdateSet((eb) => ({
          calls: eb('spend_quarters.calls', '+', eb.ref('excluded.calls')),
          unpriced_calls: eb('spend_quarters.unpriced_calls', '+', eb.ref('excluded.unpriced_calls')),
          input_tokens: eb('spend_quarters.input_tokens', '+', eb.ref('excluded.input_tokens')),
          output_tokens: eb('spend_quarters.output_tokens', '+', eb.ref('excluded.output_tokens')),
          cache_read_tokens: eb(
            'spend_quarters.cache_read_tokens',
            '+',
            eb.ref('excluded.cache_read_tokens'),
          ),
          cache_write_tokens: eb(
            'spend_quarters.cache_write_tokens',
            '+',
            eb.ref('excluded.cache_write_tokens'),
          ),
          reasoning_tokens: eb('spend_quarters.reasoning_tokens', '+', eb.ref('excluded.reasoning_tokens')),
          searches: eb('spend_quarters.searches', '+', eb.ref('excluded.searches')),
          cost_nano: eb('spend_quarters.cost_nano', '+', eb.ref('excluded.cost_nano')),
          uncertain_nano: eb('spend_quarters.uncertain_nano', '+', eb.ref('excluded.uncertain_nano')),
        })),
    ),
);

/** Adds to the rollup's bucket (rule M8). */
export async function addToQuarter(tx: Tx, row: SpendQuarterRow): Promise<void> {
  await add.changes(tx, row);
}
