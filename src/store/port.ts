/**
 * A transaction: opaque to services, which hand it to the queries of this folder and to `queue.enqueue`. Using it after
 * its transaction has ended throws. No network call ever happens inside one.
 */
export interface Tx {
  /** Runs `then` after the commit, in order; never when it rolls back. Must not throw. */
  onCommit(then: () => void): void;
}

export interface Store {
  readonly dialect: 'sqlite' | 'postgres';
  /**
   * Runs `work` in one transaction and commits. Busy databases, deadlocks and serialization failures repeat the whole of
   * `work` (so it must change nothing outside); any other error rolls back and is thrown. On SQLite, transactions that
   * wait for each other may share one commit, each in its own savepoint.
   */
  transact<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  /** Reads outside any transaction, on a snapshot of its own; writing through it throws. */
  read<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
  close(): Promise<void>;
}
