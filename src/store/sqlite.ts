import { closeSync, existsSync, openSync } from 'node:fs';
import Database from 'better-sqlite3';
import { CrewsmithError } from '../errors.ts';
import { groupCommit, type Patience } from './group-commit.ts';
import { migrateSqlite, mustBeCurrent, mustBeOurs } from './migrate.ts';
import { migrations as ours } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import type { Store, Tx } from './port.ts';
import { sayWorkspacesAreLong } from './query-plans.ts';
import { snapshots } from './snapshots.ts';
import { explainSqlite, sqliteLink } from './sqlite-link.ts';

export interface SqliteOptions {
  readonly file: string;
  /** For commands that only look (rule Q4): nothing is made or migrated, and `transact` throws. */
  readonly readonly?: boolean;
  readonly migrations?: readonly Migration[];
  /** Hears a line for the operator when the file was copied before a migration (rule Q6). */
  readonly say?: (line: string) => void;
  readonly patience?: Patience;
}

const usualPatience: Patience = { busyMs: 5_000, workMs: 10_000 };

/**
 * The embedded store. Throws `store.newer`, `store.older`, `store.missing` (the last two only when opened for reading),
 * `store.foreign`, `store.corrupt`, `store.io`. Its transactions throw `store.full`, `store.io`, `store.busy`, `store.corrupt`,
 * `store.stuck`.
 */
export async function openSqlite(options: SqliteOptions): Promise<Store> {
  const { file, readonly = false, migrations = ours, say = () => {}, patience = usualPatience } = options;
  if (readonly && !existsSync(file)) throw new CrewsmithError('store.missing', { place: file });
  const opened: Database.Database[] = [];
  try {
    if (!readonly) {
      makePrivate(file);
      const writing = open(file, false);
      opened.push(writing);
      mustBeOurs(writing, file, migrations);
      prepareToWrite(writing);
      migrateSqlite(writing, file, migrations, say);
      sayWorkspacesAreLong(writing);
    }
    const reading = open(file, true);
    opened.push(reading);
    if (readonly) mustBeCurrent(reading, file, migrations);
  } catch (error) {
    for (const database of opened) database.close();
    throw explainSqlite(error, file);
  }
  return storeOn(file, opened, patience);
}

/** Nobody else on the machine reads it; the files beside it take their mode from it. */
function makePrivate(file: string): void {
  if (existsSync(file)) return;
  try {
    closeSync(openSync(file, 'a', 0o600));
  } catch (error) {
    throw new CrewsmithError('store.io', { place: file, why: String(error) }, { cause: error });
  }
}

const open = (file: string, readonly: boolean): Database.Database =>
  new Database(file, { readonly, timeout: usualPatience.busyMs });

function prepareToWrite(database: Database.Database): void {
  database.pragma('journal_mode = wal');
  // Rule Q3.
  database.pragma('synchronous = full');
  database.pragma('foreign_keys = on');
  // SQLite's own 2 MB would be read and written again all day; every checkpoint is a sync of the whole file.
  database.pragma('cache_size = -65536');
  database.pragma('wal_autocheckpoint = 4000');
  // So that "insert or replace" meets the triggers that refuse deletions.
  database.pragma('recursive_triggers = on');
  // What a sort or a savepoint sets aside may be a prompt: it goes into no file of the temporary folder.
  database.pragma('temp_store = memory');
}

function storeOn(file: string, opened: readonly Database.Database[], patience: Patience): Store {
  const writing = opened.length === 2 ? opened[0] : undefined;
  const reading = opened.at(-1);
  if (reading === undefined) throw new CrewsmithError('internal.impossible', { what: 'no connection' });
  // Group commit waits by itself.
  writing?.pragma('busy_timeout = 0');
  const writer = writing && groupCommit(writing, sqliteLink(writing), patience);
  const reader = snapshots(reading, sqliteLink(reading), patience);
  let closed = false;

  async function explained<T>(work: () => Promise<T>): Promise<T> {
    if (closed) throw new CrewsmithError('internal.impossible', { what: 'a closed store was used' });
    try {
      return await work();
    } catch (error) {
      throw explainSqlite(error, file);
    }
  }

  return {
    dialect: 'sqlite',
    async transact<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
      if (writer) return await explained(() => writer.transact(work));
      throw new CrewsmithError('internal.impossible', { what: 'a store opened for reading was written to' });
    },
    read: (work) => explained(() => reader.read(work)),
    async close() {
      closed = true;
      await Promise.all([writer?.idle(), reader.idle()]);
      // The writer last: who closes last moves the log into the database file.
      for (const database of opened.toReversed()) if (database.open) database.close();
    },
  };
}
