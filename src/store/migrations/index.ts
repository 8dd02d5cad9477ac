import { first } from './0001-first.ts';
import { people } from './0002-people.ts';
import { page } from './0003-page.ts';
import { meant } from './0004-meant.ts';
import { teamRoles } from './0005-team-roles.ts';
import { linked } from './0006-linked.ts';
import { retention } from './0007-retention.ts';
import type { Migration } from './migration.ts';

/** In order of their versions. */
export const migrations: readonly Migration[] = [first, people, page, meant, teamRoles, linked, retention];
