import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';

/** Runs that ended before and still have their texts; those that ended first in front. */
export async function runsToErase(
  tx: Tx,
  endedBefore: number,
  most: number,
): Promise<{ id: string; workspace_id: string }[]> {
  return await db(tx)
    .selectFrom('runs')
    .select(['id', 'workspace_id'])
    .where('ended_at', '<', endedBefore)
    .where('erased_at', 'is', null)
    .orderBy('ended_at')
    .limit(most)
    .execute();
}

export interface Erasure {
  readonly endedBefore: number;
  readonly now: number;
  /** What the page keeps in the place of a card of the run, and of what people said about it: bodies as they are stored. */
  readonly card: string;
  readonly said: string;
}

/**
 * What was asked, read, written and said in a run becomes empty wherever it is stored; names, hashes, costs and decisions stay.
 * False, and nothing is changed, when it is erased already or goes on again.
 */
export async function eraseRun(tx: Tx, workspace: string, run: string, erasure: Erasure): Promise<boolean> {
  const done = await db(tx)
    .updateTable('runs')
    .set((eb) => ({ input: '{}', erased_at: erasure.now, version: eb('version', '+', 1) }))
    .where('workspace_id', '=', workspace)
    .where('id', '=', run)
    .where('ended_at', '<', erasure.endedBefore)
    .where('erased_at', 'is', null)
    .executeTakeFirst();
  if (done.numUpdatedRows !== 1n) return false;
  const ofRun = sql<SqlBool>`workspace_id = ${workspace} and run_id = ${run}`;
  await db(tx).updateTable('steps').set({ output: null, comment: null }).where(ofRun).execute();
  await db(tx).updateTable('attempts').set({ said: '[]', reply: null }).where(ofRun).execute();
  await db(tx).deleteFrom('sources').where(ofRun).execute();
  // By its gates: documents are large, and have no index on the run.
  const gates = db(tx).selectFrom('gates').select('id').where(ofRun);
  await db(tx)
    .updateTable('documents')
    .set({ body: '', value: '' })
    .where('workspace_id', '=', workspace)
    .where('gate_id', 'in', gates)
    .execute();
  await eraseMessages(tx, workspace, run, erasure);
  await db(tx).updateTable('outbox').set({ payload: null }).where(ofRun).execute();
  await eraseReasons(tx, 'runs', sql<SqlBool>`workspace_id = ${workspace} and id = ${run}`);
  await eraseReasons(tx, 'steps', ofRun);
  await eraseReasons(tx, 'attempts', ofRun);
  return true;
}

/** Why something failed says which address was not reached, what a provider wrote, what an answer held; its code and kind stay. */
async function eraseReasons(
  tx: Tx,
  table: 'runs' | 'steps' | 'attempts',
  ofRun: RawBuilder<SqlBool>,
): Promise<void> {
  const failed = db(tx).selectFrom(table).select('failure').distinct().where(ofRun);
  for (const { failure } of await failed.where('failure', 'is not', null).execute()) {
    if (failure === null) continue;
    const kept = JSON.stringify({ ...(JSON.parse(failure) as object), says: '(erased)' });
    await db(tx)
      .updateTable(table)
      .set({ failure: kept })
      .where(ofRun)
      .where('failure', '=', failure)
      .execute();
  }
}

/** On the page messages are rows of ours: cards of the run, what people said in its threads, and the words that began it. */
async function eraseMessages(tx: Tx, workspace: string, run: string, { card, said }: Erasure): Promise<void> {
  const cards = db(tx)
    .selectFrom('outbox')
    .select('sent_to')
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .where('surface', '=', 'web')
    .where('sent_to', 'is not', null)
    .$castTo<{ sent_to: string }>();
  const words = db(tx)
    .selectFrom('runs as r')
    .innerJoin('requests as q', 'q.id', 'r.request_id')
    .select(sql<string>`'said:' || q.dedupe`.as('dedupe'))
    .where('r.workspace_id', '=', workspace)
    .where('r.id', '=', run);
  await db(tx)
    .updateTable('web_messages')
    .set({ body: said })
    .where('workspace_id', '=', workspace)
    .where('kind', '=', 'said')
    .where((eb) => eb.or([eb('thread_id', 'in', cards), eb('dedupe', 'in', words)]))
    .execute();
  await db(tx)
    .updateTable('web_messages')
    .set({ body: card, asks: 0 })
    .where('workspace_id', '=', workspace)
    .where('kind', '=', 'card')
    .where('id', 'in', cards)
    .execute();
}

/**
 * Rows that have served their time, at most so many of each kind: requests that are done and whose run is erased, since no
 * platform sends them again; private answers on the page; links and sessions that have ended; and what messages of no run said,
 * which stay as sent, without their words. How many were deleted or emptied.
 */
export async function deleteServed(tx: Tx, before: number, most: number): Promise<number> {
  const requests = db(tx)
    .selectFrom('requests as q')
    .leftJoin('runs as r', 'r.id', 'q.run_id')
    .select('q.id')
    .where('q.state', '=', 'done')
    .where('q.received_at', '<', before)
    .where((eb) => eb.or([eb('q.run_id', 'is', null), eb('r.erased_at', 'is not', null)]))
    .limit(most);
  const answers = db(tx)
    .selectFrom('web_messages as m')
    .select('m.id')
    .where('m.only_for', 'is not', null)
    .where('m.created_at', '<', before)
    .where((eb) =>
      eb.not(
        eb.exists(eb.selectFrom('web_messages as c').select('c.id').whereRef('c.thread_id', '=', 'm.id')),
      ),
    )
    .limit(most);
  const links = db(tx).selectFrom('web_links').select('id').where('expires_at', '<', before).limit(most);
  const sessions = db(tx).selectFrom('web_sessions').select('id').where('ended_at', '<', before).limit(most);
  const said = db(tx)
    .selectFrom('outbox')
    .select('id')
    .where('run_id', 'is', null)
    .where('state', 'in', ['sent', 'failed'])
    .where('payload', 'is not', null)
    .where('created_at', '<', before)
    .limit(most);
  const emptied = await db(tx)
    .updateTable('outbox')
    .set({ payload: null })
    .where('id', 'in', said)
    .executeTakeFirst();
  const done = [
    await db(tx).deleteFrom('requests').where('id', 'in', requests).executeTakeFirst(),
    await db(tx).deleteFrom('web_messages').where('id', 'in', answers).executeTakeFirst(),
    await db(tx).deleteFrom('web_links').where('id', 'in', links).executeTakeFirst(),
    await db(tx).deleteFrom('web_sessions').where('id', 'in', sessions).executeTakeFirst(),
  ];
  return done.reduce(
    (sum, { numDeletedRows }) => sum + Number(numDeletedRows),
    Number(emptied.numUpdatedRows),
  );
}
