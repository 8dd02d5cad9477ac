import { afterAll, afterEach, beforeAll } from 'vitest';
import { openPostgres } from '../../src/store/postgres.ts';
import { budgetCases } from '../contracts/budgets.ts';
import { onStore } from '../contracts/store.ts';
import { type Postgres, startPostgres } from '../support/postgres.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';

const files: StoreFile[] = [];
let postgres: Postgres;

beforeAll(async () => {
  postgres = await startPostgres();
});

afterAll(() => postgres.stop());

afterEach(async () => {
  for (const file of files.splice(0)) await file.end();
});

const sqlite = {
  name: 'SQLite',
  async fresh() {
    const file = await makeStoreFile();
    files.push(file);
    return () => file.open();
  },
};

onStore(sqlite, 'budgets', (open) => budgetCases(open, 40));

const onPostgres = {
  name: 'PostgreSQL',
  async fresh() {
    const url = await postgres.database();
    return () => openPostgres({ url });
  },
};

onStore(onPostgres, 'budgets', (open) => budgetCases(open, 10));
