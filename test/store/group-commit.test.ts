import { spawn } from 'node:child_process';
import { once } from 'node:events';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { db } from '../../src/store/db.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

let place: StoreFile;
let store: Store;

beforeEach(async () => {
  place = await makeStoreFile();
  store = await place.open();
});

afterEach(async () => {
  await place.end();
});

const put = (tx: Tx, name: string, value = '0') =>
  db(tx).insertInto('meta').values({ name, value }).execute();
const names = () =>
  store.read(async (tx) =>
    (await db(tx).selectFrom('meta').select('name').orderBy('name').execute()).map((r) => r.name),
  );

/** What another process would find in the file now. */
function visible(): number {
  const watcher = new Database(place.file, { readonly: true });
  const count = Number(watcher.prepare('select count(*) from meta').pluck().get());
  watcher.close();
  return count;
}

test('transactions that wait at the same time become visible together, in one commit', async () => {
  const seen: number[] = [];
  const all = Array.from({ length: 20 }, (_, i) =>
    store.transact(async (tx) => {
      expect(visible()).toBe(0);
      tx.onCommit(() => seen.push(visible()));
      await put(tx, `m${i}`);
    }),
  );
  await Promise.all(all);
  expect(seen).toEqual(Array(20).fill(20));
});

test('a transaction that arrives while another runs joins its commit', async () => {
  const later: Promise<unknown>[] = [];
  const seen: number[] = [];
  await store.transact(async (tx) => {
    tx.onCommit(() => seen.push(visible()));
    await put(tx, 'first');
    later.push(store.transact((other) => put(other, 'later')));
  });
  await Promise.all(later);
  expect(seen).toEqual([2]);
  expect(await names()).toEqual(['first', 'later']);
});

test('more than 64 at once are answered in several commits', async () => {
  const sizes = new Map<number, number>();
  const all = Array.from({ length: 150 }, (_, i) =>
    store.transact(async (tx) => {
      tx.onCommit(() => sizes.set(visible(), (sizes.get(visible()) ?? 0) + 1));
      await put(tx, `m${i}`);
    }),
  );
  await Promise.all(all);
  expect([...sizes]).toEqual([
    [64, 64],
    [128, 64],
    [150, 22],
  ]);
});

test('when a commit fails each of its transactions is repeated alone: only the guilty one fails', async () => {
  const runs: string[] = [];
  const orphan = store.transact(async (tx) => {
    runs.push('orphan');
    // Only the commit checks it.
    await sql`pragma defer_foreign_keys = on`.execute(db(tx));
    await db(tx)
      .insertInto('seen_keys')
      .values({ workspace_id: 'nobody', fingerprint: 'f', seen_at: 1 })
      .execute();
  });
  const good = ['a', 'b'].map((name) =>
    store.transact(async (tx) => {
      runs.push(name);
      await put(tx, name);
    }),
  );
  const failed = store.transact(async () => {
    runs.push('failed');
    throw new Error('by itself');
  });
  await expect(orphan).rejects.toThrow(/foreign key/i);
  await expect(failed).rejects.toThrow('by itself');
  await Promise.all(good);
  expect(await names()).toEqual(['a', 'b']);
  expect(runs).toEqual(['orphan', 'a', 'b', 'failed', 'orphan', 'a', 'b', 'failed']);
});

test('a full disk fails the transaction that does not fit, with a sentence; the others are saved, and later ones too', async () => {
  await store.transact(async (tx) => {
    const { rows } = await sql<{ page_count: number }>`pragma page_count`.execute(db(tx));
    await sql.raw(`pragma max_page_count = ${(rows[0]?.page_count ?? 0) + 4}`).execute(db(tx));
  });
  const small = store.transact((tx) => put(tx, 'small'));
  const huge = store.transact(async (tx) => {
    await put(tx, 'huge-begun');
    await put(tx, 'huge', 'x'.repeat(1_000_000));
  });
  const last = store.transact((tx) => put(tx, 'last'));
  await expect(huge).rejects.toMatchObject({ code: 'store.full', detail: { place: place.file } });
  await Promise.all([small, last]);
  await store.transact((tx) => put(tx, 'later'));
  expect(await names()).toEqual(['last', 'later', 'small']);
});

test('a transaction inside a transaction is given up with a sentence, not waited for by everybody', async () => {
  const impatient = await openSqlite({ file: place.file, patience: { busyMs: 1000, workMs: 200 } });
  const nested = impatient.transact(async (tx) => {
    await put(tx, 'outer');
    await impatient.transact((inner) => put(inner, 'inner'));
  });
  const other = impatient.transact((tx) => put(tx, 'other'));
  await expect(nested).rejects.toMatchObject({ code: 'store.stuck' });
  await other;
  expect(await names()).not.toContain('outer');
  await impatient.close();
});

test('a lock of another program is waited for', async () => {
  const other = new Database(place.file);
  other.exec('begin immediate');
  const waiting = store.transact((tx) => put(tx, 'a'));
  other.prepare("insert into meta values ('theirs', '0')").run();
  other.exec('commit');
  other.close();
  await waiting;
  expect(await names()).toEqual(['a', 'theirs']);
});

test('a lock that another program never gives back is told, and nothing is lost', async () => {
  const impatient = await openSqlite({ file: place.file, patience: { busyMs: 100, workMs: 1000 } });
  const other = new Database(place.file);
  other.exec('begin immediate');
  const waiting = impatient.transact((tx) => put(tx, 'a'));
  await expect(waiting).rejects.toMatchObject({ code: 'store.busy' });
  other.exec('rollback');
  other.close();
  await impatient.transact((tx) => put(tx, 'b'));
  await impatient.close();
  expect(await names()).toEqual(['b']);
});

test('two processes that write to one file lose nothing', async () => {
  await store.transact((tx) => put(tx, 'n'));
  const child = spawn(
    process.execPath,
    [new URL('./count-up.ts', import.meta.url).pathname, place.file, '60'],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  const exited = once(child, 'exit');
  const addOne = async (tx: Tx) => {
    const { value } = await db(tx)
      .selectFrom('meta')
      .select('value')
      .where('name', '=', 'n')
      .executeTakeFirstOrThrow();
    await db(tx)
      .updateTable('meta')
      .set({ value: String(Number(value) + 1) })
      .where('name', '=', 'n')
      .execute();
  };
  let mine = 0;
  while (child.exitCode === null) {
    await store.transact(addOne);
    mine++;
    await new Promise(setImmediate);
  }
  expect((await exited)[0]).toBe(0);
  const found = await store.read((tx) => db(tx).selectFrom('meta').select('value').execute());
  expect(found).toEqual([{ value: String(mine + 60) }]);
});
