import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { tenantContract } from '../contracts/tenants.ts';
import { makeStoreFile } from '../support/store-file.ts';
import { noQuery, ofTheProcess, tenantCases } from '../support/tenant-queries.ts';

/** Files of `src/store` that hold no queries. */
const plumbing = [
  ...['db', 'group-commit', 'in-time', 'migrate', 'owner', 'port', 'postgres', 'postgres-link', 'prepared'],
  ...['query-plans', 'schema', 'snapshots', 'sqlite', 'sqlite-link', 'tx'],
];

const folder = new URL('../../src/store/', import.meta.url);
const modules = readdirSync(folder)
  .filter((name) => name.endsWith('.ts') && !plumbing.includes(name.slice(0, -'.ts'.length)))
  .map((name) => new URL(name, folder).href);
const exported = (await Promise.all(modules.map((path) => import(path)))).flatMap((module) =>
  Object.entries(module).flatMap(([name, value]) => (typeof value === 'function' ? [name] : [])),
);

test('every query of the store is tried across tenants, or serves the process as a whole', () => {
  expect(exported.length).toBeGreaterThan(100);
  expect([...Object.keys(tenantCases), ...ofTheProcess, ...noQuery].sort()).toEqual([...exported].sort());
});

tenantContract('SQLite', async () => {
  const file = await makeStoreFile();
  return { store: await file.open(), end: () => file.end() };
});
