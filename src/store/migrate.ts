import { chmodSync, globSync, renameSync, rmSync } from 'node:fs';
import type { Database } from 'better-sqlite3';
import type { ClientBase } from 'pg';
import { CrewsmithError } from '../errors.ts';
import { type Migration, tablesFor } from './migrations/migration.ts';

/** The steps that are still to come from a version on. Throws `store.newer` for one that this program does not know. */
function pending(migrations: readonly Migration[], version: number, place: string): readonly Migration[] {
  const known = newest(migrations);
  if (version > known) throw new CrewsmithError('store.newer', { place, version, known });
  return migrations.slice(version);
}

const newest = (migrations: readonly Migration[]): number => migrations.at(-1)?.version ?? 0;

/** Reads only. Throws `store.newer`, and `store.foreign` for the database of another program. */
export function mustBeOurs(database: Database, place: string, migrations: readonly Migration[]): void {
  const version = versionOf(database);
  pending(migrations, version, place);
  if (version === 0 && database.prepare('select 1 from sqlite_schema').get() !== undefined) {
    throw new CrewsmithError('store.foreign', { place });
  }
}

/** The same for those who cannot migrate: throws `store.older` too. */
export function mustBeCurrent(database: Database, place: string, migrations: readonly Migration[]): void {
  mustBeOurs(database, place, migrations);
  const version = versionOf(database);
  const known = newest(migrations);
  if (version < known) throw new CrewsmithError('store.older', { place, version, known });
}

/**
 * Brings the database to this program's version, a new one in one transaction, an older one step by step. Before a step that
 * rewrites rows the file is copied beside itself; one copy is kept, and `say` hears how to go back (rule Q6).
 */
export function migrateSqlite(
  database: Database,
  place: string,
  migrations: readonly Migration[],
  say: (line: string) => void,
): void {
  const steps = pending(migrations, versionOf(database), place);
  // A new database has nothing that could be left half way, and each commit is a flush.
  const groups = versionOf(database) === 0 ? [steps] : steps.map((step) => [step]);
  for (const group of groups) {
    for (const step of group)
      if (step.rewrites && versionOf(database) > 0) copyFirst(database, place, step, say);
    database.exec('begin immediate');
    try {
      for (const step of group) {
        if (versionOf(database) !== step.version - 1) continue;
        database.exec(step.sql('sqlite'));
        database.pragma(`user_version = ${step.version}`);
      }
      database.exec('commit');
    } catch (error) {
      if (database.inTransaction) database.exec('rollback');
      throw error;
    }
  }
}

function versionOf(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }));
}

/** Under its final name the copy is always whole: it is renamed when it is. */
function copyFirst(
  database: Database,
  place: string,
  migration: Migration,
  say: (line: string) => void,
): void {
  const copy = `${place}.before-${migration.version}`;
  const unfinished = `${copy}.unfinished`;
  rmSync(unfinished, { force: true });
  database.prepare('vacuum into ?').run(unfinished);
  chmodSync(unfinished, 0o600);
  renameSync(unfinished, copy);
  for (const older of globSync(`${place}.before-*`)) if (older !== copy) rmSync(older, { force: true });
  say(
    `The database is being rewritten for this version. To go back: stop, put ${copy} in the place of ${place}, start the program of before.`,
  );
}

/** Any number, the same in all processes of the program: one of them migrates, the others wait. */
const migrationLock = 0x63726577;

/** The same on PostgreSQL, where the operator's own backups stand in for the copy. */
export async function migratePostgres(client: ClientBase, migrations: readonly Migration[]): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [migrationLock]);
  try {
    await client.query(
      tablesFor('postgres', 'create table if not exists schema_version (version bigint not null)'),
    );
    const { rows } = await client.query<{ version: string }>(
      'select coalesce(max(version), 0)::text as version from schema_version',
    );
    for (const migration of pending(migrations, Number(rows[0]?.version ?? 0), 'the PostgreSQL database')) {
      await client.query('begin');
      try {
        await client.query(migration.sql('postgres'));
        await client.query('insert into schema_version values ($1)', [migration.version]);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        throw error;
      }
    }
  } finally {
    await client.query('select pg_advisory_unlock($1)', [migrationLock]);
  }
}
