import { type ExpressionBuilder, sql } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { Tables } from './schema.ts';

/** What was spent with the same dimensions, counted and summed. */
export interface SpendSum extends SpendColumns {
  readonly channel_id: string;
  readonly crew: string;
  readonly step: string;
  readonly provider: string;
  readonly model: string;
  readonly key_label: string;
}

export interface SpendColumns {
  readonly calls: number;
  readonly unpriced_calls: number;
  readonly input_tokens: number;
  readonly output_tokens: number;
  readonly cost_nano: number;
  readonly uncertain_nano: number;
}

const dimensions = ['channel_id', 'crew', 'step', 'provider', 'model', 'key_label'] as const;

/** From the rollup; both bounds are whole quarters, `to` is exclusive. */
export async function spendInQuarters(
  tx: Tx,
  workspace: string,
  from: number,
  to: number,
): Promise<SpendSum[]> {
  return await db(tx)
    .selectFrom('spend_quarters')
    .select(dimensions)
    .select(({ fn }) => [
      fn.sum<number>('calls').as('calls'),
      fn.sum<number>('unpriced_calls').as('unpriced_calls'),
      fn.sum<number>('input_tokens').as('input_tokens'),
      fn.sum<number>('output_tokens').as('output_tokens'),
      fn.sum<number>('cost_nano').as('cost_nano'),
      fn.sum<number>('uncertain_nano').as('uncertain_nano'),
    ])
    .where('workspace_id', '=', workspace)
    .where('bucket', '>=', from)
    .where('bucket', '<', to)
    .groupBy(dimensions)
    .execute();
}

/** From the ledger itself; `to` is exclusive. */
export async function spendInEntries(
  tx: Tx,
  workspace: string,
  from: number,
  to: number,
): Promise<SpendSum[]> {
  return await db(tx)
    .selectFrom('entries')
    .select(dimensions)
    .select((eb) => entrySums(eb))
    .where('workspace_id', '=', workspace)
    .where('at', '>=', from)
    .where('at', '<', to)
    .groupBy(dimensions)
    .execute();
}

/** From the ledger itself, by who asked for the runs; `to` is exclusive, `channel` null: of all channels. */
export async function spendByMember(
  tx: Tx,
  workspace: string,
  channel: string | null,
  from: number,
  to: number,
): Promise<(SpendColumns & { readonly member_id: string })[]> {
  return await db(tx)
    .selectFrom('entries')
    .select('member_id')
    .select((eb) => entrySums(eb))
    .where('workspace_id', '=', workspace)
    .where('at', '>=', from)
    .where('at', '<', to)
    .$if(channel !== null, (q) => q.where('channel_id', '=', channel ?? ''))
    .groupBy('member_id')
    .execute();
}

/** The ledger as its rollup should have it (rule M8), for checking the one by the other. */
export async function quartersOfEntries(tx: Tx, workspace: string): Promise<Tables['spend_quarters'][]> {
  const bucket = sql<number>`at - at % 900000`;
  return await db(tx)
    .selectFrom('entries')
    .select(['workspace_id', ...dimensions, 'environment'])
    .select(bucket.as('bucket'))
    .select((eb) => [
      ...entrySums(eb),
      sumOf('cache_read_tokens').as('cache_read_tokens'),
      sumOf('cache_write_tokens').as('cache_write_tokens'),
      sumOf('reasoning_tokens').as('reasoning_tokens'),
      sumOf('searches').as('searches'),
    ])
    .where('workspace_id', '=', workspace)
    .groupBy(['workspace_id', ...dimensions, 'environment', bucket])
    .execute();
}

export async function allQuarters(tx: Tx, workspace: string): Promise<Tables['spend_quarters'][]> {
  return await db(tx)
    .selectFrom('spend_quarters')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .execute();
}

const sumOf = (column: keyof Tables['entries']) => sql<number>`coalesce(sum(${sql.ref(column)}), 0)`;

/** A call is counted by its charge; what is uncertain stands apart. */
const entrySums = (eb: ExpressionBuilder<Tables, 'entries'>) =>
  [
    count(eb('kind', '=', 'charge')).as('calls'),
    count(eb.and([eb('kind', '=', 'charge'), eb('nano', 'is', null)])).as('unpriced_calls'),
    sumOf('input_tokens').as('input_tokens'),
    sumOf('output_tokens').as('output_tokens'),
    sql<number>`coalesce(sum(case when uncertain = 0 then nano end), 0)`.as('cost_nano'),
    sql<number>`coalesce(sum(case when uncertain = 1 then nano end), 0)`.as('uncertain_nano'),
  ] as const;

const count = (condition: ReturnType<ExpressionBuilder<Tables, 'entries'>['and']>) =>
  sql<number>`sum(case when ${condition} then 1 else 0 end)`;

/** What a crew spent in a quarter of an hour, with all that is not said here summed. */
export interface CrewQuarter {
  readonly bucket: number;
  readonly crew: string;
  readonly calls: number;
  readonly unpriced_calls: number;
  readonly cost_nano: number;
  readonly uncertain_nano: number;
}

/** From the rollup, in order of time; `to` is exclusive. `channel` null: all of them. */
export async function crewQuarters(
  tx: Tx,
  workspace: string,
  channel: string | null,
  from: number,
  to: number,
): Promise<CrewQuarter[]> {
  return await db(tx)
    .selectFrom('spend_quarters')
    .select(['bucket', 'crew'])
    .select(({ fn }) => [
      fn.sum<number>('calls').as('calls'),
      fn.sum<number>('unpriced_calls').as('unpriced_calls'),
      fn.sum<number>('cost_nano').as('cost_nano'),
      fn.sum<number>('uncertain_nano').as('uncertain_nano'),
    ])
    .where('workspace_id', '=', workspace)
    .where('bucket', '>=', from)
    .where('bucket', '<', to)
    .$if(channel !== null, (q) => q.where('channel_id', '=', channel ?? ''))
    .groupBy(['bucket', 'crew'])
    .orderBy('bucket')
    .execute();
}

/** How many runs of each crew called a provider; `to` is exclusive. */
export async function runsByCrew(
  tx: Tx,
  workspace: string,
  channel: string | null,
  from: number,
  to: number,
): Promise<ReadonlyMap<string, number>> {
  const rows = await db(tx)
    .selectFrom('entries')
    .select('crew')
    .select(sql<number>`count(distinct run_id)`.as('runs'))
    .where('workspace_id', '=', workspace)
    .where('at', '>=', from)
    .where('at', '<', to)
    .$if(channel !== null, (q) => q.where('channel_id', '=', channel ?? ''))
    .groupBy('crew')
    .execute();
  return new Map(rows.map(({ crew, runs }) => [crew, Number(runs)]));
}
