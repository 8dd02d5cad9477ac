import { createHash } from 'node:crypto';
import { type Compilable, type Expression, type OperationNode, ValueNode } from 'kysely';
import { open } from './db.ts';
import type { Tx } from './port.ts';
import type { Answer } from './tx.ts';

/** What stands in a query for values to come: the same shape, each value an expression that can only be passed on. */
export type Places<P> = [P] extends [readonly (infer E)[]]
  ? readonly Places<E>[]
  : [P] extends [string | number | null]
    ? Expression<P>
    : { readonly [K in keyof P]: Places<Exclude<P[K], undefined>> };

export interface Prepared<P, O> {
  all(tx: Tx, values: P): Promise<O[]>;
  first(tx: Tx, values: P): Promise<O | undefined>;
  /** How many rows were inserted, changed or deleted. */
  changes(tx: Tx, values: P): Promise<number>;
}

interface Plan {
  readonly sql: string;
  readonly name: string;
  /** A place to fill, or the value itself. */
  readonly values: readonly unknown[];
}

const mostShapes = 200;

/** Of one store: the plans of each query, by the shape of its values. */
export type Plans = WeakMap<object, Map<string, Plan>>;

/**
 * A query that is built and compiled once for each shape of its values (their names, the lengths of their lists), not at each
 * call: for the hot path, where building costs more than running. `build` must depend on nothing but its arguments.
 *
 *     const byId = prepared<{ workspace: string; id: string }>()((tx, p) =>
 *       db(tx).selectFrom('runs').selectAll().where('workspace_id', '=', p.workspace).where('id', '=', p.id),
 *     );
 *     export const findRun = (tx: Tx, workspace: string, id: string) => byId.first(tx, { workspace, id });
 */
export function prepared<P>(): <O>(build: (tx: Tx, places: Places<P>) => Compilable<O>) => Prepared<P, O> {
  return (build) => preparing(build);
}

function preparing<P, O>(build: (tx: Tx, places: Places<P>) => Compilable<O>): Prepared<P, O> {
  function run(tx: Tx, values: P): Answer | Promise<Answer> {
    const opened = open(tx);
    const found: unknown[] = [];
    const shape = shapeOf(values, found);
    const { plans } = opened.link;
    const mine = plans.get(build) ?? new Map<string, Plan>();
    if (mine.size === 0) plans.set(build, mine);
    let plan = mine.get(shape);
    if (plan === undefined) {
      const compiled = build(tx, placesFor(values, { next: 0 }) as Places<P>).compile();
      plan = { sql: compiled.sql, values: compiled.parameters, name: nameOf(compiled.sql) };
      if (mine.size >= mostShapes) mine.clear();
      mine.set(shape, plan);
    }
    const bound = plan.values.map((value) => (value instanceof Place ? found[value.index] : value));
    return opened.run(plan.sql, bound, plan.name);
  }

  return {
    all: async (tx, values) => (await run(tx, values)).rows as O[],
    first: async (tx, values) => (await run(tx, values)).rows[0] as O | undefined,
    changes: async (tx, values) => (await run(tx, values)).changes,
  };
}

/** PostgreSQL keeps a statement under at most 63 bytes. */
const nameOf = (sql: string) => createHash('sha256').update(sql).digest('hex').slice(0, 40);

class Place implements Expression<unknown> {
  readonly index: number;

  constructor(index: number) {
    this.index = index;
  }

  get expressionType(): unknown {
    return undefined;
  }

  toOperationNode(): OperationNode {
    return ValueNode.create(this);
  }
}

/** Collects the values in one order and says what they hang on. */
function shapeOf(values: unknown, found: unknown[]): string {
  if (typeof values !== 'object' || values === null) {
    found.push(values);
    return '';
  }
  if (Array.isArray(values))
    return `[${values.length}:${values.map((value) => shapeOf(value, found)).join()}]`;
  let shape = '{';
  for (const [name, value] of Object.entries(values)) shape += `${name}${shapeOf(value, found)},`;
  return `${shape}}`;
}

function placesFor(values: unknown, at: { next: number }): unknown {
  if (typeof values !== 'object' || values === null) return new Place(at.next++);
  if (Array.isArray(values)) return values.map((value) => placesFor(value, at));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, placesFor(value, at)]));
}
