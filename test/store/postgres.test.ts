import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { db, forUpdate } from '../../src/store/db.ts';
import { migrations } from '../../src/store/migrations/index.ts';
import type { Migration } from '../../src/store/migrations/migration.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { openPostgres } from '../../src/store/postgres.ts';
import { storeContract } from '../contracts/store.ts';
import { tenantContract } from '../contracts/tenants.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';

let postgres: Postgres;
let migrated: string;

beforeAll(async () => {
  postgres = await startPostgres();
  migrated = await postgres.database();
  await (await openPostgres({ url: migrated })).close();
});

afterAll(async () => {
  await postgres.stop();
});

storeContract({
  name: 'PostgreSQL',
  async fresh() {
    const url = await postgres.database(migrated);
    return () => openPostgres({ url });
  },
});

tenantContract('PostgreSQL', async () => {
  const store = await openPostgres({ url: await postgres.database(migrated) });
  return { store, end: () => store.close() };
});

describe('PostgreSQL alone', () => {
  let url: string;

  beforeEach(async () => {
    url = await postgres.database();
  });

  async function withStore(work: (store: Store) => Promise<void>): Promise<void> {
    const store = await openPostgres({ url });
    try {
      await work(store);
    } finally {
      await store.close();
    }
  }

  const put = (tx: Tx, name: string) => db(tx).insertInto('meta').values({ name, value: '0' }).execute();
  const lock = (tx: Tx, name: string) =>
    forUpdate(tx, db(tx).selectFrom('meta').selectAll().where('name', '=', name)).executeTakeFirst();

  test('a serialization failure repeats the whole transaction', async () => {
    await withStore(async (store) => {
      let tries = 0;
      await store.transact(async (tx) => {
        tries++;
        await put(tx, `try-${tries}`);
        if (tries < 3) {
          await sql`do $$ begin raise exception 'again' using errcode = '40001'; end $$`.execute(db(tx));
        }
      });
      const found = await store.read((tx) => db(tx).selectFrom('meta').select('name').execute());
      expect(found).toEqual([{ name: 'try-3' }]);
    });
  });

  test('of two that lock each other out at least one is repeated, and both commit', async () => {
    await withStore(async (store) => {
      await store.transact(async (tx) => {
        await put(tx, 'a');
        await put(tx, 'b');
      });
      const met = Promise.withResolvers<void>();
      let arrived = 0;
      let tries = 0;
      const crossing = (first: string, second: string) =>
        store.transact(async (tx) => {
          tries++;
          await lock(tx, first);
          if (++arrived === 2) met.resolve();
          await met.promise;
          await lock(tx, second);
          await db(tx).updateTable('meta').set({ value: first }).where('name', '=', second).execute();
        });
      await Promise.all([crossing('a', 'b'), crossing('b', 'a')]);
      // On a busy machine both find the deadlock at the same time.
      expect(tries).toBeGreaterThanOrEqual(3);
      const found = await store.read((tx) => db(tx).selectFrom('meta').selectAll().orderBy('name').execute());
      expect(found).toEqual([
        { name: 'a', value: 'b' },
        { name: 'b', value: 'a' },
      ]);
    });
  });

  test('a connection that breaks inside a transaction fails it with a sentence, and the next one works', async () => {
    await withStore(async (store) => {
      const broken = store.transact(async (tx) => {
        await put(tx, 'a');
        await sql`select pg_terminate_backend(pg_backend_pid())`.execute(db(tx));
      });
      await expect(broken).rejects.toMatchObject({ code: 'store.unreachable' });
      await store.transact((tx) => put(tx, 'b'));
      const found = await store.read((tx) => db(tx).selectFrom('meta').select('name').execute());
      expect(found).toEqual([{ name: 'b' }]);
    });
  });

  test('a number that JavaScript cannot hold exactly is refused, not rounded', async () => {
    await withStore(async (store) => {
      const big = store.read((tx) => sql`select 9007199254740993::bigint as n`.execute(db(tx)));
      await expect(big).rejects.toThrow(/beyond 2\^53/);
      const sum = await store.read((tx) =>
        sql`select sum(n) as n from (values (2), (3)) v (n)`.execute(db(tx)),
      );
      expect(sum.rows).toEqual([{ n: 5 }]);
    });
  });

  test('a transaction that does not end is given up, and what it locked is free', async () => {
    const store = await openPostgres({ url });
    const impatient = await openPostgres({ url, workMs: 300 });
    try {
      await store.transact((tx) => put(tx, 'a'));
      const hanging = impatient.transact(async (tx) => {
        await lock(tx, 'a');
        await new Promise(() => {});
      });
      await expect(hanging).rejects.toMatchObject({ code: 'store.stuck' });
      expect(await store.transact((tx) => lock(tx, 'a'))).toEqual({ name: 'a', value: '0' });
    } finally {
      await Promise.all([store.close(), impatient.close()]);
    }
  });

  test('processes that open a new database at once migrate it once', async () => {
    const stores = await Promise.all(Array.from({ length: 4 }, () => openPostgres({ url })));
    const versions = await stores[0]?.read((tx) => sql`select version from schema_version`.execute(db(tx)));
    expect(versions?.rows).toEqual(migrations.map(({ version }) => ({ version })));
    await Promise.all(stores.map((store) => store.close()));
  });

  test('a database of a newer program is refused and left as it is', async () => {
    const table = (name: string): Migration => ({
      version: name === 'one' ? 1 : 2,
      rewrites: false,
      sql: () => `create table ${name} (x bigint);`,
    });
    await (await openPostgres({ url, migrations: [table('one'), table('two')] })).close();
    const older = openPostgres({ url, migrations: [table('one')] });
    await expect(older).rejects.toMatchObject({ code: 'store.newer', detail: { version: 2, known: 1 } });
  });

  test('a migration that fails leaves the version before', async () => {
    const good: Migration = { version: 1, rewrites: false, sql: () => 'create table one (x bigint);' };
    const bad: Migration = { version: 2, rewrites: false, sql: () => 'create table two (x bigint); broken;' };
    await expect(openPostgres({ url, migrations: [good, bad] })).rejects.toThrow(/syntax/);
    const store = await openPostgres({ url, migrations: [good] });
    const found = await store.read((tx) => sql`select to_regclass('two') is null as gone`.execute(db(tx)));
    expect(found.rows).toEqual([{ gone: 't' }]);
    await store.close();
  });

  test('no PostgreSQL there: the sentence says so, without the password', async () => {
    const nowhere = openPostgres({ url: 'postgres://someone:hush@127.0.0.1:1/none' });
    await expect(nowhere).rejects.toMatchObject({ code: 'store.unreachable' });
    await expect(nowhere).rejects.not.toThrow(/hush/);
  });
});
