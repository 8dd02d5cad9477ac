import { type Selectable, sql } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import { prepared } from './prepared.ts';
import type { OutboxRow } from './schema.ts';

export type Outgoing = Selectable<OutboxRow>;

/** What decides whether a row may go out now. */
export interface Candidate {
  readonly id: string;
  readonly run_id: string | null;
  readonly surface: string;
  readonly message: string;
  readonly kind: Outgoing['kind'];
  readonly address: string;
  readonly due_at: number;
  /** Of an edit: the post it edits; null when there is none. */
  readonly post_state: Outgoing['state'] | null;
  readonly post_sent_to: string | null;
  /** Of a run's message: where the run's parent card stands, once it was sent. */
  readonly parent_sent_to: string | null;
  readonly parent_address: string | null;
}

const insert = prepared<Outgoing>()((tx, row) =>
  db(tx)
    .insertInto('outbox')
    .values(row)
    .onConflict((conflict) => conflict.column('dedupe').doNothing()),
);

/** False when a row of this dedupe id is there already. */
export async function insertPost(tx: Tx, row: Outgoing): Promise<boolean> {
  return (await insert.changes(tx, row)) > 0;
}

/** Makes a post that was given up pending again, with this payload, behind what its run has now; false when it was not. */
export async function reviveFailedPost(tx: Tx, row: Outgoing): Promise<boolean> {
  const { payload, address, due_at, tries, dedupe, seq } = row;
  const done = await db(tx)
    .updateTable('outbox')
    .set({ payload, address, due_at, tries, state: 'pending', seq })
    .where('workspace_id', '=', row.workspace_id)
    .where('dedupe', '=', dedupe)
    .where('state', '=', 'failed')
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/**
 * Makes due in one channel, with null in all of them, what waits to be tried again, and what was given up since then, posts and their edits. Of deliveries
 * only the former: the step of one that was given up has failed, and is sent again when somebody asks (rule R4).
 */
export async function reviveIn(
  tx: Tx,
  place: { workspace: string; surface: string; channel: string | null; since: number; now: number },
): Promise<number> {
  const { channel } = place;
  const done = await db(tx)
    .updateTable('outbox')
    .set({ state: 'pending', tries: 0, due_at: place.now })
    .where('workspace_id', '=', place.workspace)
    .where('surface', '=', place.surface)
    .where('address', 'like', channel === null ? '%' : `${JSON.stringify({ channel }).slice(0, -1)},%`)
    .where((eb) =>
      eb.or([
        eb.and([eb('state', '=', 'pending'), eb('tries', '>', 0)]),
        eb.and([
          eb('state', '=', 'failed'),
          eb('created_at', '>=', place.since),
          eb('message', 'not like', 'delivery:%'),
        ]),
      ]),
    )
    .executeTakeFirst();
  return Number(done.numUpdatedRows);
}

/** Gives up the posts of a run that nobody has claimed and whose message begins so. */
export async function withdrawPosts(tx: Tx, workspace: string, run: string, prefix: string): Promise<void> {
  await db(tx)
    .updateTable('outbox')
    .set({ state: 'failed' })
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .where('kind', '=', 'post')
    .where('state', '=', 'pending')
    .where('message', 'like', `${prefix}%`)
    .execute();
}

/** The posts of a run whose message begins so, where they were put. */
export async function postsOf(
  tx: Tx,
  workspace: string,
  run: string,
  prefix: string,
): Promise<Pick<Outgoing, 'message' | 'surface' | 'address'>[]> {
  return await db(tx)
    .selectFrom('outbox')
    .select(['message', 'surface', 'address'])
    .where('workspace_id', '=', workspace)
    .where('run_id', '=', run)
    .where('kind', '=', 'post')
    .where('message', 'like', `${prefix}%`)
    .orderBy('message')
    .execute();
}

const upsert = prepared<{ row: Outgoing; now: number; everyMs: number }>()((tx, { row, now, everyMs }) =>
  db(tx)
    .insertInto('outbox')
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column('dedupe')
        .doUpdateSet((eb) => ({
          payload: eb.ref('excluded.payload'),
          seq: eb.ref('excluded.seq'),
          state: 'pending',
          tries: sql<number>`case when outbox.state = 'pending' then outbox.tries else 0 end`,
          // A last edit from the future was written by a clock that has been set since.
          due_at: sql<number>`case
          when outbox.state = 'pending' and outbox.tries > 0 and outbox.due_at > ${now} then outbox.due_at
          when outbox.sent_at <= ${now} and outbox.sent_at + ${everyMs} > ${now} then outbox.sent_at + ${everyMs}
          when outbox.sent_at is null and (outbox.state <> 'pending' or excluded.due_at < outbox.due_at) then excluded.due_at
          when outbox.sent_at is null then outbox.due_at
          else ${now} end`,
        }))
        .whereRef('outbox.workspace_id', '=', 'excluded.workspace_id'),
    )
    .returning('due_at'),
);

/**
 * Makes the edit of a run's message pending with this payload, not before `everyMs` after the last one and no earlier than
 * its back-off says; the first one when its row says. Resolves to when it is due.
 */
export async function upsertEdit(tx: Tx, row: Outgoing, now: number, everyMs: number): Promise<number> {
  const done = await upsert.first(tx, { row, now, everyMs });
  return done?.due_at ?? row.due_at;
}

const openRows = prepared<{ surfaces: string[]; state: Outgoing['state']; now: number }>()((tx, p) =>
  db(tx)
    .selectFrom('outbox as o')
    .leftJoin('outbox as post', (join) =>
      join
        .onRef('post.run_id', '=', 'o.run_id')
        .onRef('post.message', '=', 'o.message')
        .on('post.kind', '=', 'post')
        .on('o.kind', '=', 'edit'),
    )
    .leftJoin('outbox as parent', (join) =>
      join
        .onRef('parent.run_id', '=', 'o.run_id')
        .on('parent.message', '=', 'parent')
        .on('parent.kind', '=', 'post'),
    )
    .select([
      'o.id',
      'o.run_id',
      'o.surface',
      'o.message',
      'o.kind',
      'o.address',
      'o.due_at',
      'post.state as post_state',
      'post.sent_to as post_sent_to',
      'parent.sent_to as parent_sent_to',
      'parent.address as parent_address',
    ])
    .where('o.state', '=', p.state)
    .where('o.surface', 'in', p.surfaces)
    .where((eb) => eb.or([eb('o.kind', '=', 'post'), eb('o.due_at', '<=', p.now)]))
    .orderBy('o.seq')
    .orderBy('o.id'),
);

/**
 * Rows of these surfaces in this state in order of `seq`: posts, and those edits that are due at `now`. Posts that are
 * not due are among them since nothing of their thread may pass them.
 */
export async function candidates(
  tx: Tx,
  surfaces: readonly string[],
  state: 'pending' | 'sending',
  now: number,
): Promise<Candidate[]> {
  return surfaces.length === 0 ? [] : await openRows.all(tx, { surfaces: [...surfaces], state, now });
}

const claimMany = prepared<{ ids: string[] }>()((tx, p) =>
  db(tx)
    .updateTable('outbox')
    .set({ state: 'sending' })
    .where('id', 'in', p.ids)
    .where('state', '=', 'pending')
    .returningAll(),
);

const claimedTogether = 20;

/** By id; without those that somebody else has claimed meanwhile. */
export async function claim(tx: Tx, ids: readonly string[]): Promise<Map<string, Outgoing>> {
  const claimed = new Map<string, Outgoing>();
  for (let at = 0; at < ids.length; at += claimedTogether) {
    const rows = await claimMany.all(tx, { ids: ids.slice(at, at + claimedTogether) });
    for (const row of rows) claimed.set(row.id, row);
  }
  return claimed;
}

export async function findOutgoing(tx: Tx, id: string): Promise<Outgoing | undefined> {
  return await db(tx).selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst();
}

const sent = prepared<{ id: string; address: string; at: number; againAt: number }>()((tx, p) =>
  db(tx)
    .updateTable('outbox')
    .set({
      state: sql<Outgoing['state']>`case when state = 'sending' then 'sent' else state end`,
      due_at: sql<number>`case when state = 'sending' then due_at else ${p.againAt} end`,
      tries: 0,
      sent_to: p.address,
      sent_at: p.at,
    })
    .where('id', '=', p.id),
);

/** An edit that was asked for again meanwhile stays pending, due no earlier than `againAt`. */
export async function markSent(
  tx: Tx,
  id: string,
  detail: { address: string; at: number; againAt: number },
): Promise<void> {
  await sent.changes(tx, { id, ...detail });
}

export async function markAgain(
  tx: Tx,
  id: string,
  detail: { dueAt: number; tries: number; duplicatePossible: boolean },
): Promise<void> {
  await db(tx)
    .updateTable('outbox')
    .set({
      state: 'pending',
      due_at: detail.dueAt,
      tries: detail.tries,
      ...(detail.duplicatePossible ? { duplicate_possible: 1 as const } : {}),
    })
    .where('id', '=', id)
    .execute();
}

/** False when it is no longer in that state: an edit that was asked for again stays pending. */
export async function markFailed(tx: Tx, id: string, from: 'sending' | 'pending'): Promise<boolean> {
  const done = await db(tx)
    .updateTable('outbox')
    .set({ state: 'failed' })
    .where('id', '=', id)
    .where('state', '=', from)
    .executeTakeFirst();
  return done.numUpdatedRows > 0n;
}

/** When the next pending row of these surfaces is due after `now`; null: none. */
export async function nextDue(tx: Tx, surfaces: readonly string[], now: number): Promise<number | null> {
  if (surfaces.length === 0) return null;
  return (await nextPending.first(tx, { surfaces: [...surfaces], now }))?.due_at ?? null;
}

const nextPending = prepared<{ surfaces: string[]; now: number }>()((tx, p) =>
  db(tx)
    .selectFrom('outbox')
    .select('due_at')
    .where('state', '=', 'pending')
    .where('surface', 'in', p.surfaces)
    .where('due_at', '>', p.now)
    .orderBy('due_at')
    .limit(1),
);

/** Brings what a clock ahead of this one has put off within reach. */
export async function limitDue(tx: Tx, latest: number): Promise<void> {
  await db(tx)
    .updateTable('outbox')
    .set({ due_at: latest })
    .where('state', '=', 'pending')
    .where('due_at', '>', latest)
    .execute();
}

/** How many of these posts wait, were given up, and may stand twice. */
export async function countPosts(
  tx: Tx,
  workspace: string,
  since: number,
): Promise<{ waiting: number; failed: number; duplicatesPossible: number }> {
  const row = await db(tx)
    .selectFrom('outbox')
    .select((eb) => [
      eb.fn.sum<number>(sql`case when state in ('pending', 'sending') then 1 else 0 end`).as('waiting'),
      eb.fn.sum<number>(sql`case when state = 'failed' then 1 else 0 end`).as('failed'),
      eb.fn.sum<number>('duplicate_possible').as('duplicates'),
    ])
    .where('workspace_id', '=', workspace)
    .where('kind', '=', 'post')
    .where('created_at', '>=', since)
    .executeTakeFirstOrThrow();
  return {
    waiting: Number(row.waiting ?? 0),
    failed: Number(row.failed ?? 0),
    duplicatesPossible: Number(row.duplicates ?? 0),
  };
}

export async function countDuplicatesPossible(tx: Tx): Promise<number> {
  const row = await db(tx)
    .selectFrom('outbox')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('duplicate_possible', '=', 1)
    .executeTakeFirstOrThrow();
  return Number(row.count);
}
