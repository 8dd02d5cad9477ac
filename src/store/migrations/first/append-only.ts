import type { Dialect } from '../migration.ts';

const kept = ['workspace_id', 'seq', 'at', 'actor', 'action', 'target', 'detail_hash', 'mac'];
const erasable = ['salt', 'detail'];

/** An audit row changes in one way only: salt and detail become null (rule A1). */
const tampers = [
  ...kept.map((column) => `new.${column} is distinct from old.${column}`),
  ...erasable.map((column) => `new.${column} is not null and new.${column} is distinct from old.${column}`),
].join(' or ');

const onEntries = 'entries are append-only';
const onAudit = 'audit rows are append-only';

const sqlite = `
create trigger entries_keep before update on entries begin select raise(abort, '${onEntries}'); end;
create trigger entries_stay before delete on entries begin select raise(abort, '${onEntries}'); end;
create trigger audit_keep before update on audit when ${tampers} begin select raise(abort, '${onAudit}'); end;
create trigger audit_stay before delete on audit begin select raise(abort, '${onAudit}'); end;
`;

const postgres = `
create function crewsmith_refuse() returns trigger language plpgsql as $$
begin raise exception using message = tg_argv[0], errcode = 'restrict_violation'; end $$;
create trigger entries_keep before update or delete on entries
  for each row execute function crewsmith_refuse('${onEntries}');
create trigger entries_stay before truncate on entries
  for each statement execute function crewsmith_refuse('${onEntries}');
create trigger audit_keep before update on audit
  for each row when (${tampers}) execute function crewsmith_refuse('${onAudit}');
create trigger audit_stay before delete on audit
  for each row execute function crewsmith_refuse('${onAudit}');
create trigger audit_whole before truncate on audit
  for each statement execute function crewsmith_refuse('${onAudit}');
`;

/** The database itself refuses to change the ledger and the audit (rules A1, M8). */
export const appendOnly: Readonly<Record<Dialect, string>> = { sqlite, postgres };
