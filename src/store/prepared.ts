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
  readonly shape: Shape;
  readonly sql: string;
  readonly name: string;
  /** A place to fill, or the value itself. */
  readonly values: readonly unknown[];
}

/** What the values hang on: names of an object, members of a list, or null for a value. */
type Shape = null | { readonly names: readonly string[] | null; readonly parts: readonly Shape[] };

const mostShapes = 200;

/** Of one store: the plans of each query, the one that was used last in front. */
export type Plans = WeakMap<object, Plan[]>;

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
  function planOf(tx: Tx, mine: Plan[], values: P, found: unknown[]): Plan {
    for (let at = 0; at < mine.length; at++) {
      const plan = mine[at];
      found.length = 0;
      if (plan === undefined || !fill(plan.shape, values, found)) continue;
      if (at > 0) {
        mine.splice(at, 1);
        mine.unshift(plan);
      }
      return plan;
    }
    const shape = shapeOf(values);
    const compiled = build(tx, placesFor(values, { next: 0 }) as Places<P>).compile();
    const plan = { shape, sql: compiled.sql, values: compiled.parameters, name: nameOf(compiled.sql) };
    if (mine.length >= mostShapes) mine.length = 0;
    mine.unshift(plan);
    found.length = 0;
    fill(shape, values, found);
    return plan;
  }

  function run(tx: Tx, values: P): Answer | Promise<Answer> {
    const opened = open(tx);
    const { plans } = opened.link;
    let mine = plans.get(build);
    if (mine === undefined) {
      mine = [];
      plans.set(build, mine);
    }
    const found: unknown[] = [];
    const plan = planOf(tx, mine, values, found);
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

/** Collects the values in one order; false where they hang on something else. */
function fill(shape: Shape, values: unknown, found: unknown[]): boolean {
  if (typeof values !== 'object' || values === null) {
    found.push(values);
    return shape === null;
  }
  if (shape === null) return false;
  const { names, parts } = shape;
  if (names === null) {
    if (!Array.isArray(values) || values.length !== parts.length) return false;
    return values.every((value, at) => fill(parts[at] ?? null, value, found));
  }
  let at = 0;
  for (const name in values) {
    if (names[at] !== name) return false;
    if (!fill(parts[at] ?? null, (values as Record<string, unknown>)[name], found)) return false;
    at += 1;
  }
  return at === names.length;
}

function shapeOf(values: unknown): Shape {
  if (typeof values !== 'object' || values === null) return null;
  if (Array.isArray(values)) return { names: null, parts: values.map(shapeOf) };
  const names = Object.keys(values);
  return { names, parts: names.map((name) => shapeOf((values as Record<string, unknown>)[name])) };
}

function placesFor(values: unknown, at: { next: number }): unknown {
  if (typeof values !== 'object' || values === null) return new Place(at.next++);
  if (Array.isArray(values)) return values.map((value) => placesFor(value, at));
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, placesFor(value, at)]));
}
