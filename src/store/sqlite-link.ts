import Database from 'better-sqlite3';
import { DummyDriver, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';
import { CrewsmithError } from '../errors.ts';
import type { Link } from './tx.ts';

const mostStatements = 500;

/** A connection to one file. Statements are prepared once: preparing costs more than running (see ARCHITECTURE.md). */
export function sqliteLink(database: Database.Database): Link {
  const statements = new Map<string, Database.Statement>();

  function statement(sql: string): Database.Statement {
    const known = statements.get(sql);
    if (known) return known;
    if (statements.size >= mostStatements) statements.clear();
    const made = database.prepare(sql);
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
      const prepared = statement(sql);
      if (prepared.reader) {
        const rows = prepared.all(values);
        return { rows, changes: rows.length };
      }
      return { rows: [], changes: prepared.run(values).changes };
    },
  };
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
