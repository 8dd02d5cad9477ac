import { sql } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';

/** How the gates of a crew ended. */
export interface GateCounts {
  readonly crew: string;
  readonly approved: number;
  /** Of these, at their first draft. */
  readonly approved_first: number;
  readonly rejected: number;
}

/** Gates that closed within the bounds, `to` exclusive. `channel` null: of all channels. */
export async function gatesClosed(
  tx: Tx,
  workspace: string,
  channel: string | null,
  from: number,
  to: number,
): Promise<GateCounts[]> {
  const rows = await db(tx)
    .selectFrom('gates')
    .innerJoin('runs', 'runs.id', 'gates.run_id')
    .select('runs.crew_name as crew')
    .select([
      sql<number>`sum(case when gates.status = 'approved' then 1 else 0 end)`.as('approved'),
      sql<number>`sum(case when gates.status = 'approved' and gates.draft = 1 then 1 else 0 end)`.as(
        'approved_first',
      ),
      sql<number>`sum(case when gates.status = 'rejected' then 1 else 0 end)`.as('rejected'),
    ])
    .where('gates.workspace_id', '=', workspace)
    .where('runs.workspace_id', '=', workspace)
    .where('gates.closed_at', '>=', from)
    .where('gates.closed_at', '<', to)
    .$if(channel !== null, (q) => q.where('runs.channel_id', '=', channel ?? ''))
    .groupBy('runs.crew_name')
    .execute();
  return rows.map(({ crew, ...counts }) => ({
    crew,
    approved: Number(counts.approved),
    approved_first: Number(counts.approved_first),
    rejected: Number(counts.rejected),
  }));
}

/** Gates that wait for people, and since when the oldest does; null: none does. */
export async function gatesOpen(
  tx: Tx,
  workspace: string,
): Promise<{ readonly count: number; readonly oldestAt: number | null }> {
  const row = await db(tx)
    .selectFrom('gates')
    .select(({ fn }) => [fn.countAll().as('count'), fn.min<number | null>('opened_at').as('oldest')])
    .where('workspace_id', '=', workspace)
    .where('status', '=', 'open')
    .executeTakeFirstOrThrow();
  return { count: Number(row.count), oldestAt: row.oldest === null ? null : Number(row.oldest) };
}

/** How many runs wait, by what for. */
export async function runsWaiting(tx: Tx, workspace: string): Promise<ReadonlyMap<string, number>> {
  const rows = await db(tx)
    .selectFrom('runs')
    .select('waiting_for')
    .select(({ fn }) => fn.countAll().as('count'))
    .where('workspace_id', '=', workspace)
    .where('status', '=', 'waiting')
    .groupBy('waiting_for')
    .execute();
  return new Map(rows.map((row) => [row.waiting_for ?? '', Number(row.count)]));
}
