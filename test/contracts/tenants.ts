import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { db } from '../../src/store/db.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import type { Tables } from '../../src/store/schema.ts';
import { refusedToOthers, tenantCases, tenantStages } from '../support/tenant-queries.ts';
import { fillTenant, theirs } from '../support/tenant-rows.ts';

class Undone extends Error {}

/** What a query gives a workspace, and what it makes of the rows of `ws_a`; nothing of it stays. */
interface Tried {
  readonly seen: string;
  readonly before: string;
  readonly rows: string;
}

/** One tenant never sees another: every query of the store, asked by `ws_b` with the ids of `ws_a`. */
export function tenantContract(name: string, open: () => Promise<{ store: Store; end(): Promise<void> }>) {
  describe(`with the ids of another workspace, on ${name}`, () => {
    let store: Store;
    let end: () => Promise<void>;
    beforeAll(async () => {
      ({ store, end } = await open());
      await store.transact(fillTenant);
    });
    afterAll(() => end());

    async function tried(query: string, workspace: string): Promise<Tried> {
      let came: Tried = { seen: '', before: '', rows: '' };
      const attempt = store.transact(async (tx) => {
        await tenantStages[query]?.(tx);
        const before = await rowsOf(tx);
        const result = await tenantCases[query]?.(tx, workspace);
        came = { seen: textOf(result), before, rows: await rowsOf(tx) };
        throw new Undone();
      });
      await expect(attempt).rejects.toThrow(Undone);
      return came;
    }

    const names = Object.keys(tenantCases).sort();

    test.each(names.filter((query) => !refusedToOthers.includes(query)))(
      '%s sees nothing of it and changes nothing',
      async (query) => {
        const foreign = await tried(query, 'ws_b');
        // Every id of the other workspace ends so, and every amount is this.
        expect(foreign.seen).not.toMatch(/_a\b|4711/);
        expect(foreign.rows).toBe(foreign.before);
        const own = await tried(query, 'ws_a');
        expect(own).not.toEqual(foreign);
      },
    );

    test.each(refusedToOthers)('%s is refused a row that points at it', async (query) => {
      const attempt = store.transact(async (tx) => {
        await tenantCases[query]?.(tx, 'ws_b');
        throw new Undone();
      });
      await expect(attempt).rejects.toThrow(/foreign key/i);
      const own = await tried(query, 'ws_a');
      expect(own.rows).not.toBe(own.before);
    });

    test('the rows that are tried stand in every table that has a workspace and is written by now', async () => {
      const unused: readonly (keyof Tables)[] = ['alerts', 'policies'];
      const tables = await store.read((tx) => db(tx).introspection.getTables());
      const scoped = tables
        .filter((t) => t.columns.some((c) => c.name === 'workspace_id'))
        .map((t) => t.name);
      expect([...theirs, ...unused].sort()).toEqual([...scoped, 'workspaces'].sort());
    });
  });
}

const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) =>
    typeof part === 'bigint' ? String(part) : part instanceof Map ? [...part] : part,
  ) ?? '';

/** Every row of `ws_a`, as text. */
async function rowsOf(tx: Tx): Promise<string> {
  const all: string[] = [];
  for (const table of theirs) {
    const column = table === 'workspaces' ? 'id' : 'workspace_id';
    const rows = await db(tx)
      .selectFrom(table as 'runs')
      .selectAll()
      .where(column as 'workspace_id', '=', 'ws_a')
      .execute();
    all.push(`${table}: ${rows.map(textOf).sort().join('\n')}`);
  }
  return all.join('\n');
}
