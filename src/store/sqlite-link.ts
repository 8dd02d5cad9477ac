import Database from 'better-sqlite3';
import { DummyDriver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { CrewsmithError } from '../errors.ts';
import type { Link } from './tx.ts';

const mostStatements = 500;

/** A connection to one file. Statements are prepared once: preparing costs more than running (see ARCHITECTURE.md). */
export function sqliteLink(database: Database.Database): Link {
  const statements = new Map<string, Ready>();

  function statement(sql: string): Ready {
    const known = statements.get(sql);
    if (known) return known;
    if (statements.size >= mostStatements) statements.clear();
    const made = ready(database.prepare(sql));
    statements.set(sql, made);
    return made;
  }

  return {
    dialect: 'sqlite',
    locks: false,
    kysely: {
      dialect: {
        createAdapter: () => new SqliteAdapter(),
        createDriver: () => new DummyDriver(),
        createIntrospector: (kysely) => new SqliteIntrospector(kysely),
        createQueryCompiler: () => new SqliteQueryCompiler(),
      },
      driver: new DummyDriver(),
    },
    plans: new WeakMap(),
    run(sql, values) {
      // After some errors SQLite has rolled back by itself; what follows would be saved at once, outside any transaction.
      if (!database.inTransaction) throw rolledBack();
      const { prepared, columns } = statement(sql);
      if (columns === null) return { rows: [], changes: prepared.run(values).changes };
      const rows = (prepared.all(values) as unknown[][]).map((row) => named(columns, row));
      return { rows, changes: rows.length };
    },
  };
}

/** The driver compiles a function for the names of the columns at each execution; here they are read once. */
interface Ready {
  readonly prepared: Database.Statement;
  /** null: it gives no rows. */
  readonly columns: readonly string[] | null;
}

function ready(prepared: Database.Statement): Ready {
  if (!prepared.reader) return { prepared, columns: null };
  return { prepared: prepared.raw(true), columns: prepared.columns().map((column) => column.name) };
}

function named(columns: readonly string[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {};
  for (let i = 0; i < columns.length; i++) row[columns[i] as string] = values[i];
  return row;
}

const rolledBack = () =>
  new CrewsmithError('internal.impossible', { what: 'a statement ran outside any transaction' });

/** What went wrong with the file, as a sentence; everything else as it is. */
export function explainSqlite(error: unknown, place: string): unknown {
  if (!(error instanceof Database.SqliteError)) return error;
  const cause = { cause: error };
  const is = (code: string) => error.code === code || error.code.startsWith(`${code}_`);
  if (is('SQLITE_FULL')) return new CrewsmithError('store.full', { place }, cause);
  if (is('SQLITE_CORRUPT')) return new CrewsmithError('store.corrupt', { place }, cause);
  if (is('SQLITE_NOTADB')) return new CrewsmithError('store.foreign', { place }, cause);
  if (is('SQLITE_BUSY')) return new CrewsmithError('store.busy', { place }, cause);
  if (['SQLITE_IOERR', 'SQLITE_CANTOPEN', 'SQLITE_PERM', 'SQLITE_READONLY'].some(is)) {
    return new CrewsmithError('store.io', { place, why: error.message }, cause);
  }
  return error;
}
