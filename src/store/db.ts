import type { Transaction } from 'kysely';
import { CrewsmithError } from '../errors.ts';
import type { Tx } from './port.ts';
import type { Tables } from './schema.ts';
import { OpenTx } from './tx.ts';

/** The query builder of a transaction; throws once the transaction has ended. */
export const db = (tx: Tx): Transaction<Tables> => open(tx).kysely;

/** Locks the rows on PostgreSQL, unless they are only read; on SQLite the transaction has the database to itself. */
export function forUpdate<Q extends { forUpdate(): Q }>(tx: Tx, query: Q): Q {
  return open(tx).link.locks ? query.forUpdate() : query;
}

/** A shared lock on PostgreSQL; null where there is nothing to do: on SQLite, and where rows are only read. */
export function forShare<Q extends { forShare(): Q }>(tx: Tx, query: Q): Q | null {
  return open(tx).link.locks ? query.forShare() : null;
}

export function open(tx: Tx): OpenTx {
  if (tx instanceof OpenTx) return tx;
  throw new CrewsmithError('internal.impossible', { what: 'a transaction that no store has opened' });
}
