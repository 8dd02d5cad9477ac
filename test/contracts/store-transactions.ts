import { expect, test } from 'vitest';
import { db, forUpdate } from '../../src/store/db.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { prepared } from '../../src/store/prepared.ts';
import { rows } from '../support/rows.ts';
import type { Open } from './store.ts';

const put = (tx: Tx, name: string, value = '0') =>
  db(tx).insertInto('meta').values({ name, value }).execute();

const names = (store: Store) =>
  store.read(async (tx) => {
    const found = await db(tx).selectFrom('meta').select('name').orderBy('name').execute();
    return found.map((row) => row.name);
  });

async function addOne(tx: Tx, name: string): Promise<void> {
  const query = db(tx).selectFrom('meta').select('value').where('name', '=', name);
  const { value } = await forUpdate(tx, query).executeTakeFirstOrThrow();
  await db(tx)
    .updateTable('meta')
    .set({ value: String(Number(value) + 1) })
    .where('name', '=', name)
    .execute();
}

const valueAt = (store: Store, name: string) =>
  store.read((tx) => db(tx).selectFrom('meta').select('value').where('name', '=', name).executeTakeFirst());

export function transactionCases(open: Open): void {
  test('what a transaction wrote is there after it, with its result, also for another handle', async () => {
    const store = await open();
    const other = await open();
    const result = await store.transact(async (tx) => {
      await put(tx, 'a');
      return 'done';
    });
    expect(result).toBe('done');
    expect(await names(store)).toEqual(['a']);
    expect(await names(other)).toEqual(['a']);
  });

  test('a transaction that throws leaves nothing, and its error arrives as it was', async () => {
    const store = await open();
    const error = new Error('no');
    const failing = store.transact(async (tx) => {
      await put(tx, 'a');
      throw error;
    });
    await expect(failing).rejects.toBe(error);
    expect(await names(store)).toEqual([]);
  });

  test('a reader sees nothing of a transaction before its commit', async () => {
    const store = await open();
    const other = await open();
    const seen: string[][] = [];
    await store.transact(async (tx) => {
      await put(tx, 'a');
      seen.push(await names(store), await names(other));
    });
    expect(seen).toEqual([[], []]);
    expect(await names(store)).toEqual(['a']);
  });

  test('a read keeps the snapshot it began with', async () => {
    const store = await open();
    const counts: number[] = [];
    await store.read(async (tx) => {
      counts.push((await db(tx).selectFrom('meta').selectAll().execute()).length);
      await store.transact((writing) => put(writing, 'a'));
      counts.push((await db(tx).selectFrom('meta').selectAll().execute()).length);
    });
    expect(counts).toEqual([0, 0]);
    expect(await names(store)).toEqual(['a']);
  });

  test('writing through a read is refused', async () => {
    const store = await open();
    await expect(store.read((tx) => put(tx, 'a'))).rejects.toThrow(/read-?only/i);
    expect(await names(store)).toEqual([]);
  });

  test('onCommit runs after the commit, in order, before the promise resolves, and not after a failure', async () => {
    const store = await open();
    const order: string[] = [];
    await store.transact(async (tx) => {
      tx.onCommit(() => order.push('first'));
      tx.onCommit(() => order.push('second'));
      await put(tx, 'a');
      order.push('work');
    });
    order.push('resolved');
    const failing = store.transact(async (tx) => {
      tx.onCommit(() => order.push('never'));
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(order).toEqual(['work', 'first', 'second', 'resolved']);
  });

  test('a transaction cannot be used after its end, nor a query kept from it', async () => {
    const store = await open();
    let kept: Tx | undefined;
    let query: { execute(): Promise<unknown> } | undefined;
    await store.transact(async (tx) => {
      kept = tx;
      query = db(tx).insertInto('meta').values({ name: 'late', value: '0' });
    });
    expect(() => kept && db(kept)).toThrow(/after its end/);
    expect(() => kept?.onCommit(() => {})).toThrow(/after its end/);
    await expect(query?.execute()).rejects.toThrow(/after its end/);
    expect(await names(store)).toEqual([]);
  });

  test('a transaction in which a statement failed does not commit, even if its work went on', async () => {
    const store = await open();
    const going = store.transact(async (tx) => {
      await put(tx, 'a');
      await put(tx, 'a').catch(() => {});
    });
    await expect(going).rejects.toThrow(/unique/i);
    expect(await names(store)).toEqual([]);
  });

  test('of transactions that run together the failing one fails alone', async () => {
    const store = await open();
    const committed: number[] = [];
    const together = Array.from({ length: 30 }, (_, i) =>
      store.transact(async (tx) => {
        tx.onCommit(() => committed.push(i));
        await put(tx, `m${String(i).padStart(2, '0')}`);
        if (i % 7 === 0) throw new Error(`not ${i}`);
      }),
    );
    const results = await Promise.allSettled(together);
    const kept = results.flatMap((r, i) => (r.status === 'fulfilled' ? [i] : []));
    expect(kept).toEqual(Array.from({ length: 30 }, (_, i) => i).filter((i) => i % 7 !== 0));
    expect(await names(store)).toEqual(kept.map((i) => `m${String(i).padStart(2, '0')}`));
    expect([...committed].sort((a, b) => a - b)).toEqual(kept);
  });

  test('fifty increments at once lose none', async () => {
    const store = await open();
    await store.transact((tx) => put(tx, 'n'));
    await Promise.all(Array.from({ length: 50 }, () => store.transact((tx) => addOne(tx, 'n'))));
    expect(await valueAt(store, 'n')).toEqual({ value: '50' });
  });

  test('increments through two handles on one database lose none', async () => {
    const [one, two] = [await open(), await open()];
    await one.transact((tx) => put(tx, 'n'));
    const all = Array.from({ length: 40 }, (_, i) => (i % 2 ? one : two).transact((tx) => addOne(tx, 'n')));
    await Promise.all(all);
    expect(await valueAt(one, 'n')).toEqual({ value: '40' });
  });

  test('a long mixture of writes, failures and reads stays consistent: two rows always agree', async () => {
    const store = await open();
    await store.transact(async (tx) => {
      await put(tx, 'x');
      await put(tx, 'y');
    });
    const disagreements: unknown[] = [];
    let done = 0;
    const work = Array.from({ length: 300 }, (_, i) => {
      if (i % 3 === 0) {
        return store.read(async (tx) => {
          const found = await db(tx).selectFrom('meta').select('value').orderBy('name').execute();
          if (found[0]?.value !== found[1]?.value) disagreements.push(found);
        });
      }
      return store.transact(async (tx) => {
        await addOne(tx, 'x');
        if (i % 5 === 0) throw new Error('half done');
        await addOne(tx, 'y');
        tx.onCommit(() => done++);
      });
    });
    await Promise.allSettled(work);
    expect(disagreements).toEqual([]);
    expect(await valueAt(store, 'x')).toEqual({ value: String(done) });
    expect(await valueAt(store, 'y')).toEqual({ value: String(done) });
    expect(done).toBe(160);
  });

  test('a prepared query gives what the same query gives, for each shape of its values', async () => {
    const store = await open();
    const insert = prepared<{ name: string; value: string }[]>()((tx, p) =>
      db(tx)
        .insertInto('meta')
        .values(p)
        .onConflict((conflict) => conflict.column('name').doNothing()),
    );
    const among = prepared<{ names: readonly string[]; most: number }>()((tx, p) =>
      db(tx).selectFrom('meta').selectAll().where('name', 'in', p.names).orderBy('name').limit(p.most),
    );
    await store.transact(async (tx) => {
      expect(await insert.changes(tx, [{ name: 'a', value: '1' }])).toBe(1);
      expect(
        await insert.changes(tx, [
          { name: 'a', value: '2' },
          { name: 'b', value: '3' },
        ]),
      ).toBe(1);
      expect(await insert.changes(tx, [{ name: 'b', value: '4' }])).toBe(0);
    });
    await store.read(async (tx) => {
      expect(await among.all(tx, { names: ['b', 'a', 'c'], most: 5 })).toEqual([
        { name: 'a', value: '1' },
        { name: 'b', value: '3' },
      ]);
      expect(await among.all(tx, { names: ['b'], most: 5 })).toEqual([{ name: 'b', value: '3' }]);
      expect(await among.first(tx, { names: ['a', 'b', 'c'], most: 1 })).toEqual({ name: 'a', value: '1' });
      expect(await among.first(tx, { names: ['c'], most: 1 })).toBeUndefined();
    });
  });

  test('numbers come back as they went in, up to 2^53 − 1, and so do texts of any script', async () => {
    const store = await open();
    const input = '{"x":"🦊 ü \\u0000 \u2028 ‮"}';
    await store.transact(async (tx) => {
      await db(tx).insertInto('workspaces').values(rows.workspaces()).execute();
      await db(tx)
        .insertInto('runs')
        .values(rows.runs({ cap_nano: Number.MAX_SAFE_INTEGER, created_at: 1_795_000_000_123, input }))
        .execute();
    });
    const found = await store.read((tx) => db(tx).selectFrom('runs').selectAll().executeTakeFirst());
    expect(found).toEqual(
      rows.runs({ cap_nano: Number.MAX_SAFE_INTEGER, created_at: 1_795_000_000_123, input }),
    );
  });

  test('a closed store refuses, and closing twice is harmless', async () => {
    const store = await open();
    await store.close();
    await store.close();
    await expect(store.transact(async () => {})).rejects.toThrow(/closed/);
    await expect(store.read(async () => {})).rejects.toThrow(/closed/);
  });

  test('closing waits for what was accepted', async () => {
    const store = await open();
    const accepted = store.transact((tx) => put(tx, 'a'));
    const closing = store.close();
    await accepted;
    await closing;
    expect(await names(await open())).toEqual(['a']);
  });
}
