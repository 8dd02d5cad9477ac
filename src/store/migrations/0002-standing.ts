import type { Migration } from './migration.ts';

/** What a surface vouches for about an account (rule K8). */
export const standing: Migration = {
  version: 2,
  rewrites: false,
  sql: () => `
alter table accounts add column standing text not null default 'member'
  check (standing in ('member', 'guest', 'bot'));
`,
};
