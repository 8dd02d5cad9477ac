import type {
  BudgetPeriodRow,
  BudgetRow,
  EntryRow,
  HoldRow,
  SpendQuarterRow,
  WaiterRow,
} from './schema/money.ts';
import type {
  AttemptRow,
  DecisionRow,
  DocumentRow,
  GateRow,
  RequestRow,
  RunRow,
  SourceRow,
  StepRow,
} from './schema/runs.ts';
import type {
  AccountRow,
  AliasRow,
  ChannelRow,
  InstallationRow,
  KeyLinkRow,
  KeyRow,
  KeyVersionRow,
  LinkCodeRow,
  LinkTryRow,
  MemberRow,
  Meta,
  PolicyRow,
  RoleRow,
  SeenKeyRow,
  SettingRow,
  TeamGrantRow,
  TeamRolesRow,
  WorkspaceRow,
} from './schema/tenants.ts';
import type { WebHeadRow, WebLinkRow, WebMessageRow, WebSessionRow } from './schema/web.ts';
import type {
  AlertRow,
  AuditHeadRow,
  AuditRow,
  DigestRow,
  JobRow,
  MeantRow,
  OutboxRow,
  ProcessRow,
  ScheduleRow,
} from './schema/work.ts';

export type * from './schema/money.ts';
export type * from './schema/runs.ts';
export type * from './schema/tenants.ts';
export type * from './schema/web.ts';
export type * from './schema/work.ts';

/**
 * Every table as TypeScript sees it; `migrations/` makes them. Times are UTC milliseconds, money is nano-dollars (integers
 * below 2^53, rule M1), booleans are 0 or 1, JSON is text so that its bytes stay what they were. Every row carries its
 * workspace. Ids are sortable and typed by prefix. What a constraint promises stands beside it.
 */
export interface Tables {
  meta: Meta;
  workspaces: WorkspaceRow;
  installations: InstallationRow;
  channels: ChannelRow;
  members: MemberRow;
  accounts: AccountRow;
  roles: RoleRow;
  team_grants: TeamGrantRow;
  team_roles: TeamRolesRow;
  keys: KeyRow;
  key_versions: KeyVersionRow;
  seen_keys: SeenKeyRow;
  key_links: KeyLinkRow;
  link_codes: LinkCodeRow;
  link_tries: LinkTryRow;
  aliases: AliasRow;
  policies: PolicyRow;
  settings: SettingRow;
  requests: RequestRow;
  runs: RunRow;
  steps: StepRow;
  attempts: AttemptRow;
  sources: SourceRow;
  gates: GateRow;
  documents: DocumentRow;
  decisions: DecisionRow;
  budgets: BudgetRow;
  budget_periods: BudgetPeriodRow;
  holds: HoldRow;
  waiters: WaiterRow;
  entries: EntryRow;
  spend_quarters: SpendQuarterRow;
  jobs: JobRow;
  processes: ProcessRow;
  outbox: OutboxRow;
  audit: AuditRow;
  audit_heads: AuditHeadRow;
  digests: DigestRow;
  alerts: AlertRow;
  schedules: ScheduleRow;
  meant: MeantRow;
  web_heads: WebHeadRow;
  web_messages: WebMessageRow;
  web_sessions: WebSessionRow;
  web_links: WebLinkRow;
}
