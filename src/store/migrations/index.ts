import { first } from './0001-first.ts';
import { standing } from './0002-standing.ts';
import type { Migration } from './migration.ts';

/** In order of their versions. */
export const migrations: readonly Migration[] = [first, standing];
