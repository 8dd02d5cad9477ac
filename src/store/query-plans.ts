import type Database from 'better-sqlite3';

/** Of every index that begins with the workspace: a workspace has many rows, each further column leaves few of them. */
const wanted = `
select t.name as tbl, i.name as idx,
  (select '1000000' || group_concat(iif(c.seqno = 0, ' 100000', ' 10'), '' order by c.seqno)
    from pragma_index_info(i.name) c) as stat
from sqlite_schema t, pragma_index_list(t.name) i
where t.type = 'table'
  and (select c.name from pragma_index_info(i.name) c where c.seqno = 0) = 'workspace_id'`;

/**
 * SQLite supposes that the first column of any index leaves ten rows. Each query names its workspace, so it would read all rows of
 * the workspace to find those of one run. It is told otherwise here, in the table it keeps for that. The numbers are the same for
 * every file, so a query is worked on in the same way everywhere.
 */
export function sayWorkspacesAreLong(database: Database.Database): void {
  const known = database.prepare("select 1 from sqlite_schema where name = 'sqlite_stat1'").get();
  const isMissing = () => database.prepare(`${wanted} except select tbl, idx, stat from sqlite_stat1`).get();
  if (known !== undefined && isMissing() === undefined) return;
  database.transaction(() => {
    database.exec('analyze sqlite_schema');
    database.exec(`delete from sqlite_stat1; insert into sqlite_stat1 (tbl, idx, stat) ${wanted}`);
  })();
  // The connection hears of it.
  database.exec('analyze sqlite_schema');
}
