import Database from 'better-sqlite3';
import { expect, test, vi } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { makeStoreFile } from '../support/store-file.ts';
import { tenantCases, tenantStages } from '../support/tenant-queries.ts';
import { fillTenant } from '../support/tenant-rows.ts';

class Undone extends Error {}

/** A page of ids rather than one. */
const many = `_id" in (${Array(500).fill('?').join(', ')})`;

/** The text of every statement that the queries of the store are made of. */
async function statementsOf(open: () => Promise<Store>): Promise<string[]> {
  const prepare = vi.spyOn(Database.prototype, 'prepare');
  try {
    const store = await open();
    await store.transact(fillTenant);
    for (const [name, ask] of Object.entries(tenantCases)) {
      const asked = store.transact(async (tx) => {
        await tenantStages[name]?.(tx);
        await ask(tx, 'ws_a');
        throw new Undone();
      });
      await expect(asked).rejects.toThrow(Undone);
    }
    return [...new Set(prepare.mock.calls.map(([text]) => text.replaceAll(/_id" in \(\?\)/g, many)))];
  } finally {
    prepare.mockRestore();
  }
}

/** Names what it is about: a run, what belongs to a run, a thread, or the runs that are not over. */
const isNarrow = (statement: string) =>
  /\b(run_id|attempt_id|gate_id|key_id|thread|status)"? (= \?|in \()/.test(statement);

/** Reads every row of a table, or every row of a workspace. Budgets are few, and a job that is done is no row any more. */
const isLong = (detail: string) =>
  /^SCAN (?!jobs\b|budgets\b)/.test(detail) || detail.endsWith('(workspace_id=?)');

test('a query about one run or one call never reads its whole workspace', async () => {
  const place = await makeStoreFile();
  try {
    const narrow = (await statementsOf(() => place.open())).filter(isNarrow);
    expect(narrow.length).toBeGreaterThan(40);
    const file = new Database(place.file, { readonly: true });
    const long = narrow.flatMap((statement) => {
      const values = Array.from(statement.matchAll(/\?/g), () => null);
      const plan = file.prepare(`explain query plan ${statement}`).all(values) as { detail: string }[];
      return plan.some(({ detail }) => isLong(detail))
        ? [{ statement, plan: plan.map((p) => p.detail) }]
        : [];
    });
    file.close();
    expect(long).toEqual([]);
  } finally {
    await place.end();
  }
});

test('a file whose table of sizes is gone or from an earlier version gets it at its next opening', async () => {
  const place = await makeStoreFile();
  const told = (change: string) => {
    const file = new Database(place.file);
    const before = file.prepare('select * from sqlite_stat1 order by idx').all();
    file.exec(change);
    file.close();
    return before;
  };
  try {
    await (await place.open()).close();
    const whole = told(
      "delete from sqlite_stat1 where tbl = 'gates'; update sqlite_stat1 set stat = '9 9 9'",
    );
    await (await place.open()).close();
    expect(whole.length).toBeGreaterThan(20);
    expect(told('')).toEqual(whole);
  } finally {
    await place.end();
  }
});
