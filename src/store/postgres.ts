import { setTimeout as pause } from 'node:timers/promises';
import type { ClientBase, Pool } from 'pg';
import { CrewsmithError } from '../errors.ts';
import { inTime } from './in-time.ts';
import { migratePostgres } from './migrate.ts';
import { migrations as ours } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';
import type { Store, Tx } from './port.ts';
import { explainPostgres, isLost, mayRepeat, postgresKysely, rowTypes } from './postgres-link.ts';
import type { Plans } from './prepared.ts';
import { type Link, OpenTx } from './tx.ts';

export interface PostgresOptions {
  /** A session connection: advisory locks and prepared statements do not survive a pooler (rule Q2). */
  readonly url: string;
  readonly poolSize?: number;
  readonly migrations?: readonly Migration[];
  /** How long a transaction may take, waiting for locks included. */
  readonly workMs?: number;
}

/**
 * Rows that are about to change are locked first, in one order (rule R2), and everything else is compare-and-set. That is safe
 * under READ COMMITTED, where holds on the same budget wait for each other; a stricter level would make them fail instead.
 */
const toWrite = 'begin isolation level read committed';
const toRead = 'begin isolation level repeatable read read only';

const mostTries = 10;

/** Throws `store.newer`, `store.unreachable`; its transactions throw `store.full`, `store.unreachable`, `store.stuck`. */
export async function openPostgres(options: PostgresOptions): Promise<Store> {
  const { url, poolSize = 10, migrations = ours, workMs = 10_000 } = options;
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    types: rowTypes,
    connectionTimeoutMillis: workMs,
    // Should this process freeze inside a transaction, its locks go with its session.
    idle_in_transaction_session_timeout: 2 * workMs,
  });
  // A connection that breaks is replaced; who uses it at the time hears of it by its query.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    const client = await pool.connect();
    try {
      await migratePostgres(client, migrations);
    } finally {
      client.release();
    }
  } catch (error) {
    await pool.end();
    throw explainPostgres(error);
  }
  return storeOn(pool, workMs);
}

function storeOn(pool: Pool, workMs: number): Store {
  // Apart: the same query locks rows in a transaction that writes, and not in one that reads.
  const plans: Record<'write' | 'read', Plans> = { write: new WeakMap(), read: new WeakMap() };
  const kysely = postgresKysely();
  const running = new Set<Promise<unknown>>();
  let closed = false;

  const linkOf = (client: ClientBase, mode: keyof typeof plans): Link => ({
    dialect: 'postgres',
    locks: mode === 'write',
    kysely,
    plans: plans[mode],
    async run(text, values, name) {
      const result = await client.query({ text, values: [...values], ...(name === null ? {} : { name }) });
      return { rows: result.rows, changes: result.rowCount ?? 0 };
    },
  });

  async function once<T>(mode: keyof typeof plans, work: (tx: Tx) => Promise<T>): Promise<T> {
    const client = await pool.connect();
    const tx = new OpenTx(linkOf(client, mode));
    let broken = true;
    let value: T;
    try {
      await client.query(mode === 'write' ? toWrite : toRead);
      value = await inTime(work(tx), workMs);
      tx.end();
      const { command } = await client.query('commit');
      if (command !== 'COMMIT')
        throw new CrewsmithError('internal.impossible', { what: 'a commit rolled back' });
      broken = false;
    } catch (error) {
      tx.abandon();
      broken = isLost(error) || !(await rolledBack(client));
      throw error;
    } finally {
      client.release(broken);
    }
    tx.committed();
    return value;
  }

  async function repeated<T>(mode: keyof typeof plans, work: (tx: Tx) => Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      try {
        return await once(mode, work);
      } catch (error) {
        if (!mayRepeat(error) || tries >= mostTries) throw explainPostgres(error);
      }
      await pause(tries * 5 * (1 + Math.random()));
    }
  }

  async function accepted<T>(mode: keyof typeof plans, work: (tx: Tx) => Promise<T>): Promise<T> {
    if (closed) throw new CrewsmithError('internal.impossible', { what: 'a closed store was used' });
    const mine = repeated(mode, work);
    running.add(mine);
    try {
      return await mine;
    } finally {
      running.delete(mine);
    }
  }

  return {
    dialect: 'postgres',
    transact: (work) => accepted('write', work),
    read: (work) => accepted('read', work),
    async close() {
      if (closed) return;
      closed = true;
      await Promise.allSettled(running);
      await pool.end();
    },
  };
}

async function rolledBack(client: ClientBase): Promise<boolean> {
  try {
    await client.query('rollback');
    return true;
  } catch {
    return false;
  }
}
