import { sql } from 'kysely';
import { db } from './db.ts';
import type { Tx } from './port.ts';
import type { ChannelRow, WebMessageRow } from './schema.ts';

/** A message with what is said about it: its author's name, and what its thread holds for this reader. */
export interface ReadMessage extends WebMessageRow {
  readonly author: string | null;
  readonly replies: number;
  readonly last_reply_at: number | null;
  /** Whether something in its thread asks for a decision. */
  readonly thread_asks: number;
}

/** The next number of a change in this workspace; whoever takes one holds it until the commit. */
export async function nextRev(tx: Tx, workspace: string): Promise<number> {
  const row = await db(tx)
    .insertInto('web_heads')
    .values({ workspace_id: workspace, rev: 1 })
    .onConflict((conflict) =>
      conflict.column('workspace_id').doUpdateSet((eb) => ({ rev: eb('web_heads.rev', '+', 1) })),
    )
    .returning('rev')
    .executeTakeFirstOrThrow();
  return Number(row.rev);
}

export async function newestRev(tx: Tx, workspace: string): Promise<number> {
  const row = await db(tx)
    .selectFrom('web_heads')
    .select('rev')
    .where('workspace_id', '=', workspace)
    .executeTakeFirst();
  return Number(row?.rev ?? 0);
}

/** False when a message of this dedupe id is there already. */
export async function insertMessage(tx: Tx, row: WebMessageRow): Promise<boolean> {
  const done = await db(tx)
    .insertInto('web_messages')
    .values(row)
    .onConflict((conflict) => conflict.columns(['workspace_id', 'dedupe']).doNothing())
    .executeTakeFirst();
  return done.numInsertedOrUpdatedRows === 1n;
}

export async function messageByDedupe(
  tx: Tx,
  workspace: string,
  dedupe: string,
): Promise<WebMessageRow | undefined> {
  return await db(tx)
    .selectFrom('web_messages')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('dedupe', '=', dedupe)
    .executeTakeFirst();
}

export async function messageById(tx: Tx, workspace: string, id: string): Promise<WebMessageRow | undefined> {
  return await db(tx)
    .selectFrom('web_messages')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .executeTakeFirst();
}

export async function changeMessage(
  tx: Tx,
  workspace: string,
  id: string,
  change: Partial<Pick<WebMessageRow, 'body' | 'asks' | 'edited_at' | 'rev'>>,
): Promise<void> {
  await db(tx)
    .updateTable('web_messages')
    .set(change)
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .execute();
}

/** As which members somebody is spoken to: what was said to who is merged into them now stays as it was said. */
const asWhom = (tx: Tx, workspace: string, member: string) =>
  db(tx)
    .selectFrom('members as them')
    .select('them.id')
    .where('them.workspace_id', '=', workspace)
    .where((eb) => eb.or([eb('them.id', '=', member), eb('them.merged_into', '=', member)]));

/** Of a private answer that its reader puts away; false when it was not theirs. */
export async function removePrivate(tx: Tx, workspace: string, member: string, id: string): Promise<boolean> {
  const done = await db(tx)
    .deleteFrom('web_messages')
    .where('workspace_id', '=', workspace)
    .where('id', '=', id)
    .where('only_for', 'in', asWhom(tx, workspace, member))
    .executeTakeFirst();
  return done.numDeletedRows === 1n;
}

/** What a member may read. */
const readable = (tx: Tx, workspace: string, reader: string) => {
  const replies = () =>
    db(tx)
      .selectFrom('web_messages as r')
      .where('r.thread_id', '=', sql.ref<string>('m.id'))
      .where((eb) =>
        eb.or([eb('r.only_for', 'is', null), eb('r.only_for', 'in', asWhom(tx, workspace, reader))]),
      );
  return db(tx)
    .selectFrom('web_messages as m')
    .leftJoin('members as who', (join) =>
      join.onRef('who.workspace_id', '=', 'm.workspace_id').onRef('who.id', '=', 'm.member_id'),
    )
    .selectAll('m')
    .select('who.name as author')
    .select([
      replies()
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .as('replies'),
      replies()
        .select((eb) => eb.fn.max('r.created_at').as('at'))
        .as('last_reply_at'),
      replies()
        .select((eb) => eb.fn.coalesce(eb.fn.max('r.asks'), sql<number>`0`).as('asks'))
        .as('thread_asks'),
    ])
    .where('m.workspace_id', '=', workspace)
    .where((eb) =>
      eb.or([eb('m.only_for', 'is', null), eb('m.only_for', 'in', asWhom(tx, workspace, reader))]),
    );
};

const plain = (row: object): ReadMessage => {
  const read = row as ReadMessage;
  return {
    ...read,
    replies: Number(read.replies),
    last_reply_at: read.last_reply_at === null ? null : Number(read.last_reply_at),
    thread_asks: Number(read.thread_asks),
  };
};

/** The newest before `before`, the oldest of them first. */
export async function messagesIn(
  tx: Tx,
  workspace: string,
  reader: string,
  place: { readonly channel: string; readonly thread: string | null; readonly before: string | null },
  most: number,
): Promise<ReadMessage[]> {
  let query = readable(tx, workspace, reader)
    .where('m.channel_id', '=', place.channel)
    .where('m.thread_id', place.thread === null ? 'is' : '=', place.thread);
  if (place.before !== null) query = query.where('m.id', '<', place.before);
  const rows = await query.orderBy('m.id', 'desc').limit(most).execute();
  return rows.map(plain).reverse();
}

export async function readMessage(
  tx: Tx,
  workspace: string,
  reader: string,
  id: string,
): Promise<ReadMessage | undefined> {
  const row = await readable(tx, workspace, reader).where('m.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : plain(row);
}

/** Everything that was posted or edited after `rev`, in order. */
export async function messagesAfter(
  tx: Tx,
  workspace: string,
  reader: string,
  rev: number,
  most: number,
): Promise<ReadMessage[]> {
  const rows = await readable(tx, workspace, reader)
    .where('m.rev', '>', rev)
    .orderBy('m.rev')
    .limit(most)
    .execute();
  return rows.map(plain);
}

/** Channels of one surface, in the order in which they were made. */
export async function channelsOf(tx: Tx, workspace: string, surface: string): Promise<ChannelRow[]> {
  return await db(tx)
    .selectFrom('channels')
    .selectAll()
    .where('workspace_id', '=', workspace)
    .where('surface', '=', surface)
    .orderBy('id')
    .execute();
}
