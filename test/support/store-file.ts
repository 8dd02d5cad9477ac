import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Store } from '../../src/store/port.ts';
import { openSqlite } from '../../src/store/sqlite.ts';

/** A SQLite file in a folder of its own. */
export interface StoreFile {
  readonly file: string;
  open(): Promise<Store>;
  /** Closes what is open and removes the folder. */
  end(): Promise<void>;
}

export async function makeStoreFile(): Promise<StoreFile> {
  const folder = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  const file = join(folder, 'crewsmith.db');
  const open: Store[] = [];
  return {
    file,
    async open() {
      const store = await openSqlite({ file });
      open.push(store);
      return store;
    },
    async end() {
      for (const store of open) await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
