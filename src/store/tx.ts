import {
  type DatabaseConnection,
  DefaultQueryExecutor,
  type DummyDriver,
  type Dialect as KyselyDialect,
  Transaction,
} from 'kysely';
import { CrewsmithError } from '../errors.ts';
import type { Store, Tx } from './port.ts';
import type { Plans } from './prepared.ts';
import type { Tables } from './schema.ts';

export interface Answer {
  readonly rows: readonly unknown[];
  /** Rows inserted, changed or deleted. */
  readonly changes: number;
}

/** A connection on which one transaction at a time is open. SQLite answers at once, PostgreSQL later. */
export interface Link {
  readonly dialect: Store['dialect'];
  /** Whether rows can be locked: on PostgreSQL, where the transaction may write. */
  readonly locks: boolean;
  readonly kysely: KyselyParts;
  /** Queries compiled once for the store (`prepared.ts`). */
  readonly plans: Plans;
  /** `name` is given for queries that are worth a prepared statement on the server. */
  run(sql: string, values: readonly unknown[], name: string | null): Answer | Promise<Answer>;
}

export interface KyselyParts {
  readonly dialect: KyselyDialect;
  readonly driver: DummyDriver;
}

/** What the queries of this folder see of a transaction. */
export class OpenTx implements Tx {
  readonly link: Link;
  readonly #callbacks: (() => void)[] = [];
  #kysely: Transaction<Tables> | null = null;
  #open = true;
  #failure: { readonly error: unknown } | null = null;

  constructor(link: Link) {
    this.link = link;
  }

  onCommit(then: () => void): void {
    this.#assertOpen();
    this.#callbacks.push(then);
  }

  get kysely(): Transaction<Tables> {
    this.#assertOpen();
    this.#kysely ??= kyselyOn(this);
    return this.#kysely;
  }

  /**
   * One statement. After one has failed the transaction can only roll back: PostgreSQL knows no other way, and SQLite shall not
   * commit the half that worked.
   */
  run(sql: string, values: readonly unknown[], name: string | null = null): Answer | Promise<Answer> {
    this.#assertOpen();
    try {
      const answer = this.link.run(sql, values, name);
      return answer instanceof Promise ? answer.catch((error: unknown) => this.#fail(error)) : answer;
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** From here on nothing more can be said in it. Throws what a statement has failed with, even if `work` went on. */
  end(): void {
    this.#open = false;
    if (this.#failure) throw this.#failure.error;
  }

  /** The same where an error is being told already. */
  abandon(): void {
    this.#open = false;
  }

  /**
   * Only after the commit. What it calls must not throw; where it does, the process hears of it, not the one whose data is
   * saved.
   */
  committed(): void {
    for (const then of this.#callbacks) {
      try {
        then();
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }

  #fail(error: unknown): never {
    this.#failure ??= { error };
    throw error;
  }

  #assertOpen(): void {
    if (!this.#open) {
      throw new CrewsmithError('internal.impossible', { what: 'a transaction was used after its end' });
    }
    if (this.#failure) throw this.#failure.error;
  }
}

/** Kysely builds and compiles; every query runs through `tx`, so that a builder kept for later cannot outlive it. */
function kyselyOn(tx: OpenTx): Transaction<Tables> {
  const { dialect, driver } = tx.link.kysely;
  const connection: DatabaseConnection = {
    async executeQuery<R>(query: { sql: string; parameters: readonly unknown[] }) {
      const { rows, changes } = await tx.run(query.sql, query.parameters);
      return { rows: rows as R[], numAffectedRows: BigInt(changes) };
    },
    streamQuery() {
      throw new CrewsmithError('internal.impossible', { what: 'a query was streamed' });
    },
  };
  const provider = {
    provideConnection: <T>(consumer: (connection: DatabaseConnection) => Promise<T>) => consumer(connection),
  };
  const executor = new DefaultQueryExecutor(dialect.createQueryCompiler(), dialect.createAdapter(), provider);
  return new Transaction<Tables>({ config: { dialect }, dialect, driver, executor });
}
