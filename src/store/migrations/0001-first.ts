import { appendOnly } from './first/append-only.ts';
import { money } from './first/money.ts';
import { runs } from './first/runs.ts';
import { tenants } from './first/tenants.ts';
import { work } from './first/work.ts';
import { type Migration, tablesFor } from './migration.ts';

/** Every table of the first release. */
export const first: Migration = {
  version: 1,
  rewrites: false,
  sql: (dialect) => tablesFor(dialect, [tenants, runs, money, work].join('\n')) + appendOnly[dialect],
};
