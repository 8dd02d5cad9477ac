import type { Database } from 'better-sqlite3';
import type { Patience } from './group-commit.ts';
import { inTime } from './in-time.ts';
import { type Link, OpenTx } from './tx.ts';

export interface Snapshots {
  read<T>(work: (tx: OpenTx) => Promise<T>): Promise<T>;
  idle(): Promise<void>;
}

/** Reads of one connection, one after another, each on a snapshot of its own: what was committed when it began. */
export function snapshots(database: Database, link: Link, patience: Patience): Snapshots {
  const begin = database.prepare('begin');
  const end = database.prepare('rollback');
  let last: Promise<unknown> = Promise.resolve();

  async function snapshot<T>(work: (tx: OpenTx) => Promise<T>): Promise<T> {
    const tx = new OpenTx(link);
    begin.run();
    let value: T;
    try {
      value = await inTime(work(tx), patience.workMs);
    } catch (error) {
      tx.abandon();
      throw error;
    } finally {
      if (database.inTransaction) end.run();
    }
    tx.end();
    tx.committed();
    return value;
  }

  return {
    read(work) {
      const mine = last.then(() => snapshot(work));
      last = mine.catch(() => {});
      return mine;
    },
    async idle() {
      await last;
    },
  };
}
