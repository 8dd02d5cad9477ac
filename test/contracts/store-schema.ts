import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { db } from '../../src/store/db.ts';
import type { Store } from '../../src/store/port.ts';
import type { Open } from './store.ts';

interface Column {
  readonly name: string;
  readonly type: 'text' | 'integer';
  readonly nullable: boolean;
}

type Schema = Readonly<Record<string, readonly Column[]>>;

/** What `schema.ts` says, read from its text: types leave nothing behind at run time. */
function declared(): Schema {
  const files = ['schema', 'schema/tenants', 'schema/runs', 'schema/money', 'schema/work', 'schema/web'];
  const text = files
    .map((name) => readFileSync(new URL(`../../src/store/${name}.ts`, import.meta.url), 'utf8'))
    .join('\n');
  const rowTypes = new Map<string, Column[]>();
  for (const [, name, body] of text.matchAll(/^export interface (\w+) \{\n(.*?)^\}/gms)) {
    const columns = [...(body ?? '').matchAll(/^ {2}(\w+): (.*?);$/gm)].map(([, column, type]) => ({
      name: column ?? '',
      type: /\b(number|Ms|Nano|Flag)\b/.test(type ?? '') ? ('integer' as const) : ('text' as const),
      nullable: /\| null\b/.test(type ?? ''),
    }));
    rowTypes.set(name ?? '', columns);
  }
  const tables = text.match(/^export interface Tables \{\n(.*?)^\}/ms)?.[1] ?? '';
  return Object.fromEntries(
    [...tables.matchAll(/^ {2}(\w+): (\w+);$/gm)].map(([, table, type]) => [
      table ?? '',
      rowTypes.get(type ?? '') ?? [],
    ]),
  );
}

interface Found {
  readonly table: string;
  readonly name: string;
  readonly type: string;
  readonly required: number;
}

const sqliteColumns = sql<Found>`
  select s.name as "table", c.name as name, c.type as type, (c."notnull" or c.pk > 0) as required
  from sqlite_schema s, pragma_table_info(s.name) c where s.type = 'table' and s.name not like 'sqlite_%'
  order by s.name, c.cid`;

const postgresColumns = sql<Found>`
  select table_name as "table", column_name as name, data_type as type, (is_nullable = 'NO')::int::bigint as required
  from information_schema.columns
  where table_schema = current_schema() and table_name <> 'schema_version' order by 1, ordinal_position`;

async function stored(store: Store): Promise<Schema> {
  const query = store.dialect === 'sqlite' ? sqliteColumns : postgresColumns;
  const { rows } = await store.read((tx) => query.execute(db(tx)));
  const schema: Record<string, Column[]> = {};
  for (const { table, name, type, required } of rows) {
    schema[table] ??= [];
    schema[table].push({
      name,
      type: /int/i.test(type) ? 'integer' : 'text',
      nullable: required === 0,
    });
  }
  return schema;
}

const byName = (schema: Schema) =>
  Object.fromEntries(
    Object.entries(schema).map(([table, columns]) => [
      table,
      Object.fromEntries(columns.map(({ name, ...rest }) => [name, rest])),
    ]),
  );

export function schemaCases(open: Open): void {
  test('every table and column is what schema.ts says: name, type, whether it may be null', async () => {
    const expected = byName(declared());
    expect(Object.keys(expected).length).toBeGreaterThan(30);
    expect(byName(await stored(await open()))).toEqual(expected);
  });

  test('a second handle finds the schema made and changes nothing', async () => {
    const before = await stored(await open());
    expect(await stored(await open())).toEqual(before);
  });
}
