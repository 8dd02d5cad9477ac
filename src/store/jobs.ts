import type { Json } from '../core/json.ts';
import type { Job, JobKind } from '../queue/port.ts';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { JobRow } from './schema.ts';

const insert = prepared<JobRow>()((tx, row) => db(tx).insertInto('jobs').values(row));

export async function insertJob(tx: Tx, job: Job): Promise<void> {
  await insert.changes(tx, {
    id: job.id,
    workspace_id: job.workspace,
    kind: job.kind,
    run_id: job.run,
    payload: JSON.stringify(job.payload),
    due_at: job.dueAt,
  });
}

const remove = prepared<{ id: string }>()((tx, p) => db(tx).deleteFrom('jobs').where('id', '=', p.id));

export async function deleteJob(tx: Tx, id: string): Promise<void> {
  await remove.changes(tx, { id });
}

/** Every job of every workspace, in order of its time: what a start takes up. */
export async function storedJobs(tx: Tx): Promise<Job[]> {
  const rows = await db(tx).selectFrom('jobs').selectAll().orderBy('due_at').orderBy('id').execute();
  return rows.map(jobOf);
}

export async function jobsOfRun(tx: Tx, workspace: string, run: string): Promise<Job[]> {
  const rows = await db(tx)
    .selectFrom('jobs')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .execute();
  return rows.map(jobOf);
}

const jobOf = (row: JobRow): Job => ({
  id: row.id,
  workspace: row.workspace_id,
  kind: row.kind as JobKind,
  run: row.run_id,
  payload: JSON.parse(row.payload) as Json,
  dueAt: row.due_at,
});
