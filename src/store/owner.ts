import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import type { Clock } from '../clock.ts';
import { CrewsmithError } from '../errors.ts';

export type Ownership = { readonly owned: true; release(): void } | { readonly owned: false };

const lockIn = (home: string) => join(home, 'crewsmith.lock');

/**
 * Claims the SQLite store of a data folder for this process (rule Q4): one exclusive transaction, for as long as it is owned,
 * on a database beside it that stays empty. The system ends it with the process, however that dies. Throws `store.io`.
 */
export function ownStore(options: { home: string }): Ownership {
  const place = lockIn(options.home);
  let lock: Database.Database | undefined;
  try {
    mkdirSync(options.home, { recursive: true, mode: 0o700 });
    lock = new Database(place, { timeout: 0 });
    lock.exec('begin exclusive');
  } catch (error) {
    lock?.close();
    if (error instanceof Database.SqliteError && error.code.startsWith('SQLITE_BUSY'))
      return { owned: false };
    throw new CrewsmithError('store.io', { place, why: String(error) }, { cause: error });
  }
  const held = lock;
  return { owned: true, release: () => void held.close() };
}

const pollMs = 100;

/** Waits until the store is free and owns it then. Rejects with the signal's reason. */
export async function waitForStore(options: {
  home: string;
  clock: Clock;
  signal: AbortSignal;
}): Promise<Extract<Ownership, { owned: true }>> {
  const { home, clock, signal } = options;
  // The clock's timers let the process end; who waits here does not want it to.
  const alive = setInterval(() => {}, 2 ** 30);
  try {
    for (;;) {
      signal.throwIfAborted();
      const ownership = ownStore({ home });
      if (ownership.owned) return ownership;
      await passed(clock, signal);
    }
  } finally {
    clearInterval(alive);
  }
}

function passed(clock: Clock, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(pollMs, go);
    signal.addEventListener('abort', go, { once: true });
    function go(): void {
      cancel();
      signal.removeEventListener('abort', go);
      resolve();
    }
  });
}
