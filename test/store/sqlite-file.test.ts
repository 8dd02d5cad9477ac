import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { db } from '../../src/store/db.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { openSqlite, type SqliteOptions } from '../../src/store/sqlite.ts';
import { rows } from '../support/rows.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

let place: StoreFile;
const opened: Store[] = [];

beforeEach(async () => {
  place = await makeStoreFile();
});

afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await place.end();
});

async function open(options: Partial<SqliteOptions> = {}): Promise<Store> {
  const store = await openSqlite({ file: place.file, ...options });
  opened.push(store);
  return store;
}

/** What another program writes into the file. */
function alter(text: string): void {
  const other = new Database(place.file);
  other.exec(text);
  other.close();
}

const hash = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');
const put = (tx: Tx, name: string, value = '0') =>
  db(tx).insertInto('meta').values({ name, value }).execute();
const names = (store: Store) =>
  store.read(async (tx) =>
    (await db(tx).selectFrom('meta').select('name').orderBy('name').execute()).map((r) => r.name),
  );
const pragma = (store: Store, name: string) =>
  store.transact(
    async (tx) => Object.values((await sql`${sql.raw(`pragma ${name}`)}`.execute(db(tx))).rows[0] ?? {})[0],
  );

const table = (name: string, version: number, rewrites = false): Migration => ({
  version,
  rewrites,
  sql: () => `create table ${name} (name text not null, value text not null) strict;`,
});

test('commits are durable: the file is in WAL mode with synchronous FULL (rule Q3), and only its owner reads it', async () => {
  const store = await open();
  expect(await pragma(store, 'journal_mode')).toBe('wal');
  expect(await pragma(store, 'synchronous')).toBe(2);
  await store.transact((tx) => put(tx, 'a'));
  for (const file of [place.file, `${place.file}-wal`]) expect(statSync(file).mode & 0o077).toBe(0);
});

test('replacing an entry of the ledger does not get around its trigger (rule M8)', async () => {
  const store = await open();
  await store.transact(async (tx) => {
    await db(tx).insertInto('workspaces').values(rows.workspaces()).execute();
    await db(tx).insertInto('runs').values(rows.runs()).execute();
    await db(tx).insertInto('attempts').values(rows.attempts()).execute();
    await db(tx).insertInto('entries').values(rows.entries()).execute();
  });
  const replaced = store.transact((tx) =>
    db(tx)
      .replaceInto('entries')
      .values(rows.entries({ nano: 1 }))
      .execute(),
  );
  await expect(replaced).rejects.toThrow(/append-only/);
});

test('a database of a newer program is refused, with both versions, and its bytes stay', async () => {
  await (await openSqlite({ file: place.file })).close();
  alter('pragma user_version = 99');
  const before = hash(place.file);
  for (const readonly of [false, true]) {
    const refused = openSqlite({ file: place.file, readonly });
    await expect(refused).rejects.toMatchObject({
      code: 'store.newer',
      detail: { version: 99, known: migrations.length },
    });
  }
  expect(hash(place.file)).toBe(before);
});

test('a database of another program is refused, and its bytes stay', async () => {
  alter('create table theirs (x); insert into theirs values (1)');
  const before = hash(place.file);
  await expect(open()).rejects.toMatchObject({ code: 'store.foreign' });
  expect(hash(place.file)).toBe(before);
});

test('a file that is no database is refused, and its bytes stay', async () => {
  writeFileSync(place.file, 'Dear diary, '.repeat(1000));
  const before = hash(place.file);
  await expect(open()).rejects.toMatchObject({ code: 'store.foreign' });
  expect(hash(place.file)).toBe(before);
});

test('a damaged database says so', async () => {
  const store = await openSqlite({ file: place.file });
  await store.transact(async (tx) => {
    for (let i = 0; i < 200; i++) await put(tx, `name-${i}`, 'x'.repeat(500));
  });
  await store.close();
  const bytes = readFileSync(place.file);
  bytes.fill(0x5a, 4096);
  writeFileSync(place.file, bytes);
  const reading = open().then((damaged) => names(damaged));
  await expect(reading).rejects.toMatchObject({ code: 'store.corrupt' });
});

test('for reading only: nothing is made, nothing is migrated, nothing is written', async () => {
  await expect(open({ readonly: true })).rejects.toMatchObject({ code: 'store.missing' });
  expect(existsSync(place.file)).toBe(false);
  const store = await open({ migrations: [table('meta', 1)] });
  await store.transact((tx) => put(tx, 'a'));
  const newer = open({ readonly: true, migrations: [table('meta', 1), table('more', 2)] });
  await expect(newer).rejects.toMatchObject({ code: 'store.older', detail: { version: 1, known: 2 } });
  const reader = await open({ readonly: true, migrations: [table('meta', 1)] });
  expect(await names(reader)).toEqual(['a']);
  await expect(reader.transact((tx) => put(tx, 'b'))).rejects.toThrow(/reading/);
  expect(await names(store)).toEqual(['a']);
});

test('a folder that is not there is said', async () => {
  const nowhere = openSqlite({ file: join(place.file, 'not', 'a', 'folder.db') });
  await expect(nowhere).rejects.toMatchObject({ code: 'store.io' });
});

test('before a migration that rewrites rows the file is copied, one copy is kept, and a line says how to go back (rule Q6)', async () => {
  const one = table('meta', 1);
  const store = await openSqlite({ file: place.file, migrations: [one] });
  await store.transact((tx) => put(tx, 'a'));
  await store.close();
  writeFileSync(`${place.file}.before-1`, 'an old copy');

  const said: string[] = [];
  const rewrite: Migration = { version: 2, rewrites: true, sql: () => "update meta set name = 'rewritten';" };
  const after = await open({ migrations: [one, rewrite], say: (line) => said.push(line) });
  expect(await names(after)).toEqual(['rewritten']);

  const copy = `${place.file}.before-2`;
  expect(said).toHaveLength(1);
  expect(said[0]).toContain(copy);
  expect(existsSync(`${place.file}.before-1`)).toBe(false);
  expect(statSync(copy).mode & 0o077).toBe(0);
  const back = await openSqlite({ file: copy, migrations: [one] });
  expect(await names(back)).toEqual(['a']);
  await back.close();
});

test('a migration that only adds makes no copy, and neither does a new file', async () => {
  await open({ migrations: [table('meta', 1, true)] });
  await open({ migrations: [table('meta', 1, true), table('more', 2)] });
  expect(readdirSync(dirname(place.file)).filter((name) => name.includes('before'))).toEqual([]);
});

test('a migration that fails leaves the version and the rows of before', async () => {
  const one = table('meta', 1);
  const store = await openSqlite({ file: place.file, migrations: [one] });
  await store.transact((tx) => put(tx, 'a'));
  await store.close();
  const broken: Migration = { version: 2, rewrites: false, sql: () => 'delete from meta; broken;' };
  await expect(open({ migrations: [one, broken] })).rejects.toThrow(/syntax/);
  expect(await names(await open({ migrations: [one] }))).toEqual(['a']);
});
