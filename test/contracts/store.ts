import { afterEach, beforeEach, describe } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { constraintCases } from './store-constraints.ts';
import { schemaCases } from './store-schema.ts';
import { transactionCases } from './store-transactions.ts';

/** Databases of one kind. */
export interface StoreKind {
  readonly name: string;
  /** A new, empty database; the returned function opens a handle on it. */
  fresh(): Promise<() => Promise<Store>>;
}

/** Opens a handle on the test's own database; called again, another handle on the same one. */
export type Open = () => Promise<Store>;

/** Runs `cases` on a kind of store, each test on a new database. Query files add theirs the same way. */
export function onStore(kind: StoreKind, title: string, cases: (open: Open) => void): void {
  describe(`${title}, on ${kind.name}`, () => {
    let openFresh: () => Promise<Store>;
    const opened: Store[] = [];

    beforeEach(async () => {
      openFresh = await kind.fresh();
    });

    afterEach(async () => {
      await Promise.all(opened.splice(0).map((store) => store.close()));
    });

    cases(async () => {
      const store = await openFresh();
      opened.push(store);
      return store;
    });
  });
}

/** What every store promises. */
export function storeContract(kind: StoreKind): void {
  onStore(kind, 'transactions', transactionCases);
  onStore(kind, 'constraints', constraintCases);
  onStore(kind, 'schema', schemaCases);
}
