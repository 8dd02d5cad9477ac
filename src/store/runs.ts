import type { Insertable, Selectable, Updateable } from 'kysely';
import { db, forUpdate } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { RunRow, SourceRow, StepRow } from './schema.ts';

export type Run = Selectable<RunRow>;
export type StepRecord = Selectable<StepRow>;

const open = ['queued', 'running', 'waiting'] as const;

const insert = prepared<RunRow>()((tx, row) => db(tx).insertInto('runs').values(row));

export async function insertRun(tx: Tx, row: RunRow): Promise<void> {
  await insert.changes(tx, row);
}

/** The run, its row locked (rule R2: always the first lock of a transaction). */
export async function lockRun(tx: Tx, workspace: string, id: string): Promise<Run | undefined> {
  const query = db(tx)
    .selectFrom('runs')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id);
  return await forUpdate(tx, query).executeTakeFirst();
}

/** Locks the run's row and reads nothing but its version; undefined: there is no such run. */
export async function lockVersion(tx: Tx, workspace: string, id: string): Promise<number | undefined> {
  return (await lockedVersion.first(tx, { workspace, id }))?.version;
}

const lockedVersion = prepared<{ workspace: string; id: string }>()((tx, p) =>
  forUpdate(
    tx,
    db(tx)
      .selectFrom('runs')
      .select('version')
      .where('workspace_id', '=', p.workspace)
      .where('id', '=', p.id),
  ),
);

const version = prepared<{ workspace: string; id: string }>()((tx, p) =>
  db(tx).selectFrom('runs').select('version').where('workspace_id', '=', p.workspace).where('id', '=', p.id),
);

export async function versionOf(tx: Tx, workspace: string, id: string): Promise<number | undefined> {
  return (await version.first(tx, { workspace, id }))?.version;
}

export async function findRun(tx: Tx, workspace: string, id: string): Promise<Run | undefined> {
  return await db(tx)
    .selectFrom('runs')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

const update = prepared<{ workspace: string; id: string; version: number; changes: Updateable<RunRow> }>()(
  (tx, p) =>
    db(tx)
      .updateTable('runs')
      .set(p.changes)
      .where('workspace_id', '=', p.workspace)
      .where('id', '=', p.id)
      .where('version', '=', p.version),
);

/** Compare-and-set on `version`; false when somebody else changed the row meanwhile. */
export async function updateRun(tx: Tx, run: Run, changes: Updateable<RunRow>): Promise<boolean> {
  const { workspace_id: workspace, id, version } = run;
  return (
    (await update.changes(tx, { workspace, id, version, changes: { ...changes, version: version + 1 } })) ===
    1
  );
}

/** Rule K7: it ends on the sandbox. */
export async function markSandbox(tx: Tx, workspace: string, id: string): Promise<void> {
  await db(tx)
    .updateTable('runs')
    .set({ sandbox: 1 })
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** Newest first. */
export async function listRuns(tx: Tx, workspace: string, most: number): Promise<Run[]> {
  return await db(tx)
    .selectFrom('runs')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .orderBy('id', 'desc')
    .limit(most)
    .execute();
}

/** The newest run of a channel's thread that is not over: it was asked for there, or its parent card begins the thread. */
export async function runInThread(
  tx: Tx,
  workspace: string,
  channel: string,
  thread: string,
): Promise<string | null> {
  const row = await db(tx)
    .selectFrom('runs as r')
    .leftJoin('outbox as o', (join) =>
      join
        .onRef('o.run_id', '=', 'r.id')
        .onRef('o.workspace_id', '=', 'r.workspace_id')
        .on('o.message', '=', 'parent')
        .on('o.kind', '=', 'post'),
    )
    .select('r.id')
    .where('r.workspace_id', '=', workspace)
    .where('r.channel_id', '=', channel)
    .where('r.status', 'in', open)
    .where((eb) => eb.or([eb('r.thread', '=', thread), eb('o.sent_to', '=', thread)]))
    .orderBy('r.id', 'desc')
    .executeTakeFirst();
  return row?.id ?? null;
}

/** The runs of a workspace that are not over, the oldest first. */
export async function openRuns(tx: Tx, workspace: string, most: number): Promise<string[]> {
  const rows = await db(tx)
    .selectFrom('runs')
    .select('id')
    .where('workspace_id', '=', workspace)
    .where('status', 'in', open)
    .orderBy('id')
    .limit(most)
    .execute();
  return rows.map((row) => row.id);
}

/** The runs of a workspace that are not over and of which a step waits for this, the oldest first. */
export async function runsWaitingFor(
  tx: Tx,
  workspace: string,
  what: NonNullable<StepRecord['waiting_for']>,
): Promise<string[]> {
  const rows = await db(tx)
    .selectFrom('runs')
    .select('id')
    .where('workspace_id', '=', workspace)
    .where('status', 'in', open)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('steps')
          .select('step')
          .whereRef('steps.run_id', '=', 'runs.id')
          .where('waiting_for', '=', what),
      ),
    )
    .orderBy('id')
    .execute();
  return rows.map((row) => row.id);
}

/** Every run that is not over, of all workspaces: what a start takes up. */
export async function unfinishedRuns(tx: Tx): Promise<Run[]> {
  return await db(tx).selectFrom('runs').selectAll().where('status', 'in', open).orderBy('id').execute();
}

/** What finished runs of a crew cost, newest first, nano-dollars; runs with an unpriced call are left out. */
export async function recentCosts(tx: Tx, workspace: string, crew: string, most: number): Promise<number[]> {
  const rows = await db(tx)
    .selectFrom('runs')
    .innerJoin('entries', 'entries.run_id', 'runs.id')
    .select(({ fn }) => [
      'runs.id as id',
      fn.sum<number>('entries.nano').as('nano'),
      fn.count<number>('entries.id').as('all'),
      fn.count<number>('entries.nano').as('priced'),
    ])
    .where('runs.workspace_id', '=', workspace)
    .where('runs.crew_name', '=', crew)
    .where('runs.status', 'in', ['completed', 'rejected'])
    .where('runs.sandbox', '=', 0)
    .groupBy('runs.id')
    .orderBy('runs.id', 'desc')
    .limit(most)
    .execute();
  return rows.filter((r) => Number(r.all) === Number(r.priced)).map((r) => Number(r.nano));
}

const insertMany = prepared<StepRow[]>()((tx, rows) => db(tx).insertInto('steps').values(rows));

export async function insertSteps(tx: Tx, rows: readonly StepRow[]): Promise<void> {
  await insertMany.changes(tx, [...rows]);
}

/** Every round of every step, earlier rounds first. */
export async function stepsOf(tx: Tx, workspace: string, run: string): Promise<StepRecord[]> {
  return await db(tx)
    .selectFrom('steps')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .orderBy('round')
    .execute();
}

const updateOne = prepared<{
  workspace: string;
  run: string;
  step: string;
  round: number;
  changes: Updateable<StepRow>;
}>()((tx, p) =>
  db(tx)
    .updateTable('steps')
    .set(p.changes)
    .where('workspace_id', '=', p.workspace)
    .where('run_id', '=', p.run)
    .where('step', '=', p.step)
    .where('item', '=', '')
    .where('round', '=', p.round),
);

/** Of a run whose row is locked. */
export async function updateStep(tx: Tx, row: StepRecord, changes: Updateable<StepRow>): Promise<void> {
  const { workspace_id: workspace, run_id: run, step, round } = row;
  await updateOne.changes(tx, { workspace, run, step, round, changes });
}

export async function sourcesOf(tx: Tx, workspace: string, run: string): Promise<Selectable<SourceRow>[]> {
  return await db(tx)
    .selectFrom('sources')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .orderBy('n')
    .execute();
}

export async function insertSources(tx: Tx, rows: readonly Insertable<SourceRow>[]): Promise<void> {
  if (rows.length > 0)
    await db(tx)
      .insertInto('sources')
      .values([...rows])
      .execute();
}
