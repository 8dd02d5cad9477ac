import { sql } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { AttemptRow, BudgetPeriodRow, BudgetRow, DocumentRow, EntryRow, OutboxRow } from './schema.ts';

/** Reads for checking the books: each says what rows are, nothing is judged here. */
export type CheckedPeriod = BudgetPeriodRow &
  Pick<BudgetRow, 'scope' | 'window' | 'removed_at'> & {
    readonly set_at: number;
    /** Σ of its live holds. */
    readonly live_nano: number;
  };

export async function periodsToCheck(tx: Tx, workspace: string): Promise<CheckedPeriod[]> {
  return await db(tx)
    .selectFrom('budget_periods as p')
    .innerJoin('budgets as b', 'b.id', 'p.budget_id')
    .selectAll('p')
    .select(['b.scope', 'b.window', 'b.removed_at', 'b.created_at as set_at'])
    .select((eb) =>
      eb.fn
        .coalesce(
          eb
            .selectFrom('holds as h')
            .select((h) => h.fn.sum<number>('h.nano').as('nano'))
            .whereRef('h.period_id', '=', 'p.id')
            .where('h.live', '=', 1),
          sql<number>`0`,
        )
        .as('live_nano'),
    )
    .where('p.workspace_id', '=', workspace)
    .orderBy('p.id')
    .execute();
}

/** Σ entries of attempts that were ever held on a period: what a removed budget counts at least. */
export async function spentByHolds(tx: Tx, workspace: string, period: CheckedPeriod): Promise<number> {
  const row = await db(tx)
    .selectFrom('holds as h')
    .innerJoin('entries as e', 'e.attempt_id', 'h.attempt_id')
    .select((eb) => eb.fn.sum<number | null>('e.nano').as('nano'))
    .where('h.workspace_id', '=', workspace)
    .where('h.period_id', '=', period.id)
    .executeTakeFirstOrThrow();
  return row.nano ?? 0;
}

export interface CountedAttempt {
  readonly held_at: number;
  readonly ended_at: number | null;
  readonly hold_nano: number | null;
  readonly cost_nano: number | null;
  /** null: it was never held on the period, which was opened after it had ended. */
  readonly on_period: string | null;
}

/** What counts in a period: the calls of its scope and window that were sent. */
export async function attemptsInPeriod(
  tx: Tx,
  workspace: string,
  { id, scope, starts_at, ends_at }: CheckedPeriod,
): Promise<CountedAttempt[]> {
  return await db(tx)
    .selectFrom('attempts as a')
    .innerJoin('runs as r', 'r.id', 'a.run_id')
    .leftJoin('holds as h', (join) => join.onRef('h.attempt_id', '=', 'a.id').on('h.period_id', '=', id))
    .select(['a.held_at', 'a.ended_at', 'a.hold_nano', 'a.cost_nano', 'h.period_id as on_period'])
    .where('a.workspace_id', '=', workspace)
    .where('a.state', '!=', 'unsent')
    .where('a.held_at', '>=', starts_at)
    .where('a.held_at', '<', ends_at ?? Number.MAX_SAFE_INTEGER)
    .$if(scope.startsWith('channel:'), (q) => q.where('r.channel_id', '=', scope.slice('channel:'.length)))
    .$if(scope.startsWith('crew:'), (q) => q.where('r.crew_name', '=', scope.slice('crew:'.length)))
    .execute();
}

export interface LiveHold {
  readonly attempt_id: string;
  readonly period_id: string;
  readonly nano: number;
  readonly state: AttemptRow['state'] | null;
  readonly hold_nano: number | null;
}

/** Live holds, with the attempt that each is said to belong to. */
export async function liveHoldsToCheck(tx: Tx, workspace: string): Promise<LiveHold[]> {
  return await db(tx)
    .selectFrom('holds as h')
    .leftJoin('attempts as a', (join) =>
      join.onRef('a.id', '=', 'h.attempt_id').onRef('a.workspace_id', '=', 'h.workspace_id'),
    )
    .select(['h.attempt_id', 'h.period_id', 'h.nano', 'a.state', 'a.hold_nano'])
    .where('h.workspace_id', '=', workspace)
    .where('h.live', '=', 1)
    .execute();
}

export type CheckedAttempt = Pick<
  AttemptRow,
  | 'id'
  | 'run_id'
  | 'step'
  | 'state'
  | 'hold_nano'
  | 'price'
  | 'input_tokens'
  | 'output_tokens'
  | 'cache_read_tokens'
  | 'cache_write_tokens'
  | 'searches'
  | 'cost_nano'
>;

/** In order of their ids, after the one given; without what was said. */
export async function attemptsAfter(
  tx: Tx,
  workspace: string,
  after: string,
  most: number,
): Promise<CheckedAttempt[]> {
  return await db(tx)
    .selectFrom('attempts')
    .select(['id', 'run_id', 'step', 'state', 'hold_nano', 'price', 'input_tokens', 'output_tokens'])
    .select(['cache_read_tokens', 'cache_write_tokens', 'searches', 'cost_nano'])
    .where('workspace_id', '=', workspace)
    .where('id', '>', after)
    .orderBy('id')
    .limit(most)
    .execute();
}

export type CheckedEntry = Pick<EntryRow, 'attempt_id' | 'kind' | 'nano'>;

export async function entriesOfAttempts(
  tx: Tx,
  workspace: string,
  attempts: readonly string[],
): Promise<CheckedEntry[]> {
  if (attempts.length === 0) return [];
  return await db(tx)
    .selectFrom('entries')
    .select(['attempt_id', 'kind', 'nano'])
    .where('workspace_id', '=', workspace)
    .where('attempt_id', 'in', attempts)
    .execute();
}

export interface CheckedRun {
  readonly id: string;
  readonly cap_nano: number;
  readonly cap_used_nano: number;
  /** What its calls take of the cap. */
  readonly used_nano: number;
  /** By how much its calls cost more than they held. */
  readonly over_nano: number;
}

export async function runsToCheck(tx: Tx, workspace: string): Promise<CheckedRun[]> {
  return await db(tx)
    .selectFrom('runs as r')
    .leftJoin('attempts as a', 'a.run_id', 'r.id')
    .select(['r.id', 'r.cap_nano', 'r.cap_used_nano'])
    .select([
      sql<number>`coalesce(sum(case a.state when 'held' then a.hold_nano when 'settled' then a.cost_nano
        when 'bad-output' then a.cost_nano end), 0)`.as('used_nano'),
      sql<number>`coalesce(sum(case when a.state in ('settled', 'bad-output') and a.cost_nano > a.hold_nano
        then a.cost_nano - a.hold_nano end), 0)`.as('over_nano'),
    ])
    .where('r.workspace_id', '=', workspace)
    .groupBy(['r.id', 'r.cap_nano', 'r.cap_used_nano'])
    .orderBy('r.id')
    .execute();
}

export interface PaidTurns {
  readonly run_id: string;
  readonly step: string;
  readonly item: string;
  readonly round: number;
  readonly turn: number;
  readonly times: number;
}

/** Turns that were paid more than once, and how many there are of all. */
export async function turnsPaidTwice(
  tx: Tx,
  workspace: string,
): Promise<{ readonly turns: number; readonly twice: PaidTurns[] }> {
  const turn = ['run_id', 'step', 'item', 'round', 'turn'] as const;
  const paid = db(tx)
    .selectFrom('attempts')
    .where('workspace_id', '=', workspace)
    .where('state', 'in', ['settled', 'bad-output']);
  const all = await paid.select((eb) => eb.fn.countAll<number>().as('n')).executeTakeFirstOrThrow();
  const twice = await paid
    .select(turn)
    .select((eb) => eb.fn.countAll<number>().as('times'))
    .groupBy(turn)
    .having((eb) => eb(eb.fn.countAll(), '>', 1))
    .execute();
  return { turns: all.n, twice };
}

export type CheckedDocument = Pick<DocumentRow, 'id' | 'gate_id' | 'draft' | 'body' | 'sha256'>;

export async function documentsAfter(
  tx: Tx,
  workspace: string,
  after: string,
  most: number,
): Promise<CheckedDocument[]> {
  return await db(tx)
    .selectFrom('documents as d')
    .innerJoin('runs as r', 'r.id', 'd.run_id')
    .select(['d.id', 'd.gate_id', 'd.draft', 'd.body', 'd.sha256'])
    .where('d.workspace_id', '=', workspace)
    .where('r.erased_at', 'is', null)
    .where('d.id', '>', after)
    .orderBy('d.id')
    .limit(most)
    .execute();
}

export type Delivery = Pick<OutboxRow, 'id' | 'message' | 'payload'> & {
  readonly run_id: string;
  /** The run's frozen crew. */
  readonly crew: string;
};

/** Cards that leave the thread, with what they say, as long as that is kept (rule Q7). */
export async function deliveriesAfter(
  tx: Tx,
  workspace: string,
  after: string,
  most: number,
): Promise<Delivery[]> {
  return await db(tx)
    .selectFrom('outbox as o')
    .innerJoin('runs as r', 'r.id', 'o.run_id')
    .select(['o.id', 'o.message', 'o.payload', 'r.id as run_id', 'r.crew'])
    .where('o.workspace_id', '=', workspace)
    .where('o.message', 'like', 'delivery:%')
    .where('o.kind', '=', 'post')
    .where('r.erased_at', 'is', null)
    .where('o.id', '>', after)
    .orderBy('o.id')
    .limit(most)
    .execute();
}

/** The drafts of a run's gates that people have approved. */
export async function approvedDrafts(
  tx: Tx,
  workspace: string,
  run: string,
): Promise<{ step: string; draft: number; body: string; sha256: string }[]> {
  return await db(tx)
    .selectFrom('decisions as d')
    .innerJoin('gates as g', 'g.id', 'd.gate_id')
    .innerJoin('documents as doc', (join) =>
      join.onRef('doc.gate_id', '=', 'd.gate_id').onRef('doc.draft', '=', 'd.draft'),
    )
    .select(['g.step', 'd.draft', 'doc.body', 'doc.sha256'])
    .where('g.workspace_id', '=', workspace)
    .where('g.run_id', '=', run)
    .where('d.decision', 'in', ['approve', 'edit'])
    .execute();
}

/** Every decision, with the draft it was made on; null where there is none. */
export async function decisionsToCheck(
  tx: Tx,
  workspace: string,
): Promise<{ id: string; gate_id: string; draft: number; document: string | null }[]> {
  return await db(tx)
    .selectFrom('decisions as d')
    .leftJoin('documents as doc', (join) =>
      join
        .onRef('doc.gate_id', '=', 'd.gate_id')
        .onRef('doc.draft', '=', 'd.draft')
        .onRef('doc.workspace_id', '=', 'd.workspace_id'),
    )
    .select(['d.id', 'd.gate_id', 'd.draft', 'doc.id as document'])
    .where('d.workspace_id', '=', workspace)
    .orderBy('d.id')
    .execute();
}
