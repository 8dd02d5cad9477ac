import { setImmediate as endOfTurn, setTimeout as pause } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';
import { inTime } from './in-time.ts';
import { type Link, OpenTx } from './tx.ts';

export interface Patience {
  /** How long a lock held by another program is waited for. */
  readonly busyMs: number;
  /** How long `work` may take; it waits for nothing but the database. */
  readonly workMs: number;
}

export interface GroupCommit {
  transact<T>(work: (tx: OpenTx) => Promise<T>): Promise<T>;
  /** Resolves when everything accepted so far is answered. */
  idle(): Promise<void>;
}

interface Member {
  readonly work: (tx: OpenTx) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  /** Shares its commit with nobody: it was in one that failed. */
  readonly alone: boolean;
}

/** What to tell a member once its commit stands. */
type Outcome = { readonly member: Member; readonly tell: () => void };

/** More would keep the first ones waiting. */
const mostTogether = 64;
const busyPauseMs = 20;

/**
 * Transactions of one connection, one after another. Those that wait at the time share a commit, and with it one write to the
 * disk (rule Q3), each in a savepoint of its own. All of them are answered after that commit, those too that failed by
 * themselves: what they saw was not saved before. If it fails, each is repeated alone.
 */
export function groupCommit(database: Database, link: Link, patience: Patience): GroupCommit {
  const statements = new Map<string, Statement>();
  const waiting: Member[] = [];
  let draining: Promise<void> | null = null;

  function say(sql: string): void {
    let statement = statements.get(sql);
    if (statement === undefined) {
      statement = database.prepare(sql);
      statements.set(sql, statement);
    }
    statement.run();
  }

  async function drain(): Promise<void> {
    while (waiting.length > 0) {
      // What this turn of the event loop brings, such as several providers' replies, shares the commit.
      await endOfTurn();
      try {
        await begin();
      } catch (error) {
        for (const member of waiting.splice(0)) member.reject(error);
        break;
      }
      await runTogether();
    }
    draining = null;
  }

  /** Does not wait inside SQLite: that would stop the whole process, and with it whoever holds the lock in it. */
  async function begin(): Promise<void> {
    for (let waited = 0; ; waited += busyPauseMs) {
      try {
        say('begin immediate');
        return;
      } catch (error) {
        if (!isBusy(error) || waited >= patience.busyMs) throw error;
      }
      await pause(busyPauseMs);
    }
  }

  async function runTogether(): Promise<void> {
    const outcomes: Outcome[] = [];
    while (outcomes.length < mostTogether) {
      const member = waiting[0];
      if (member === undefined || (member.alone && outcomes.length > 0)) break;
      waiting.shift();
      const outcome = await runMember(member, outcomes.length === 0);
      if (!database.inTransaction) {
        // The first one failed and was rolled back, or SQLite rolled all of them back (a full disk): then all are repeated.
        waiting.unshift(...outcomes.map((o) => o.member));
        outcome.tell();
        return;
      }
      outcomes.push(outcome);
      if (member.alone) break;
    }
    try {
      say('commit');
    } catch (error) {
      if (database.inTransaction) rollBack(true);
      repeat(outcomes, error);
      return;
    }
    for (const { tell } of outcomes) tell();
  }

  /** The first needs no savepoint: when it fails, nothing else is lost by rolling back. */
  async function runMember(member: Member, first: boolean): Promise<Outcome> {
    const tx = new OpenTx(link);
    try {
      if (!first) say('savepoint member');
      const value = await inTime(member.work(tx), patience.workMs);
      tx.end();
      if (!first) say('release member');
      const tell = () => {
        tx.committed();
        member.resolve(value);
      };
      return { member, tell };
    } catch (error) {
      tx.abandon();
      if (database.inTransaction) rollBack(first);
      return { member, tell: () => member.reject(error) };
    }
  }

  /** Where the savepoint is lost, everything is; where even that fails, the next `begin` says so to everybody. */
  function rollBack(whole: boolean): void {
    try {
      if (whole) {
        say('rollback');
      } else {
        say('rollback to member');
        say('release member');
      }
    } catch {
      if (!whole) rollBack(true);
    }
  }

  function repeat(outcomes: readonly Outcome[], error: unknown): void {
    const [only] = outcomes;
    if (outcomes.length === 1 && only) only.member.reject(error);
    else waiting.unshift(...outcomes.map((o) => ({ ...o.member, alone: true })));
  }

  return {
    transact<T>(work: (tx: OpenTx) => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: (value) => resolve(value as T), reject, alone: false });
        draining ??= drain();
      });
    },
    async idle() {
      while (draining) await draining;
    },
  };
}

const isBusy = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
