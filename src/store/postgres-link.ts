import { DummyDriver, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import type { CustomTypesConfig } from 'pg';
import { CrewsmithError, isCrewsmithError } from '../errors.ts';
import type { KyselyParts } from './tx.ts';

export function postgresKysely(): KyselyParts {
  return {
    dialect: {
      createAdapter: () => new PostgresAdapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new PostgresIntrospector(kysely),
      createQueryCompiler: () => new PostgresQueryCompiler(),
    },
    driver: new DummyDriver(),
  };
}

/** Times, money, counts, and their sums. */
const bigint = 20;
const numeric = 1700;

/** Rows come as on SQLite: numbers, not texts. What a number cannot hold exactly is refused (rule M1). */
export const rowTypes: CustomTypesConfig = {
  getTypeParser: (oid) => (oid === bigint || oid === numeric ? exactNumber : (text: string) => text),
};

function exactNumber(text: string): number {
  const value = Number(text);
  if (text.includes('.') || Number.isSafeInteger(value)) return value;
  throw new CrewsmithError('internal.impossible', { what: `the number ${text} is beyond 2^53` });
}

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';

const serializationFailure = '40001';
const deadlock = '40P01';

export const mayRepeat = (error: unknown): boolean =>
  [serializationFailure, deadlock].includes(codeOf(error));

/** Whether the connection is gone, or must not be used again. */
export const isLost = (error: unknown): boolean =>
  isCrewsmithError(error, 'store.stuck') || isUnreachable(error);

/** Of the class "connection exception", closed by the operator, or not a code of PostgreSQL but of the network. */
const isUnreachable = (error: unknown): boolean =>
  /^(08|57P|28|3D)/.test(codeOf(error)) ||
  /^E[A-Z_]{3,}$/.test(codeOf(error)) ||
  (error instanceof Error &&
    /^(Connection terminated|Client has encountered|timeout exceeded)/.test(error.message));

const place = 'the PostgreSQL database';

/** What went wrong with the database, as a sentence; everything else as it is. */
export function explainPostgres(error: unknown): unknown {
  if (!(error instanceof Error) || isCrewsmithError(error)) return error;
  const code = codeOf(error);
  const cause = { cause: error };
  if (code === '53100') return new CrewsmithError('store.full', { place }, cause);
  if (code.startsWith('58')) return new CrewsmithError('store.io', { place, why: error.message }, cause);
  if (code.startsWith('XX00')) return new CrewsmithError('store.corrupt', { place }, cause);
  if (mayRepeat(error)) return new CrewsmithError('store.busy', { place }, cause);
  if (isUnreachable(error))
    return new CrewsmithError('store.unreachable', { why: error.message || code }, cause);
  return error;
}
