import { db } from '../../src/store/db.ts';
import type { Tx } from '../../src/store/port.ts';
import type { Tables } from '../../src/store/schema.ts';
import { rows } from './rows.ts';

const own = { workspace_id: 'ws_a' } as const;

/** Of every table one row of `ws_a`: each id ends in `_a`, each amount is 4711. */
const all = {
  workspaces: rows.workspaces({ revision: 4711 }),
  installations: rows.installations({ team: 'team_a' }),
  channels: {
    ...own,
    id: 'channel_a',
    surface: 'slack',
    native: 'native_a',
    name: 'name_a',
    direct: 0,
    created_at: 1,
  },
  members: rows.members({ name: 'name_a' }),
  accounts: {
    ...own,
    id: 'account_a',
    member_id: 'member_a',
    surface: 'slack',
    native: 'native_a',
    name: 'name_a',
    standing: 'member',
    created_at: 1,
  },
  team_grants: {
    ...own,
    surface: 'slack',
    native: 'native_a',
    channel_id: '',
    name: 'name_a',
    role: 'approver',
    created_at: 1,
  },
  team_roles: { ...own, surface: 'slack', native: 'native_a', held: '["held_a"]', seen_at: 4711 },
  roles: { ...own, member_id: 'member_a', channel_id: '', role: 'owner', created_at: 1 },
  keys: rows.keys(),
  key_versions: rows.key_versions({ fingerprint: 'print_a' }),
  seen_keys: { ...own, fingerprint: 'print_a', seen_at: 1 },
  key_links: {
    ...own,
    id: 'link_a',
    member_id: 'member_a',
    surface: 'slack',
    token_hash: 'token_a',
    wants: '{}',
    state: 'open',
    key_id: null,
    created_at: 1,
    expires_at: 2,
    used_at: null,
  },
  link_codes: {
    ...own,
    id: 'code_a',
    member_id: 'member_a',
    surface: 'slack',
    joins: 'team',
    code_hash: 'hash_a',
    state: 'open',
    joined: null,
    created_at: 1,
    expires_at: 2,
    used_at: null,
  },
  link_tries: { ...own, member_id: 'member_a', tries: 1, since: 4711 },
  aliases: { ...own, scope: '', name: 'smart', entries: '"entry_a"', updated_at: 1 },
  settings: { ...own, name: 'zone', value: '"zone_a"', updated_at: 1 },
  requests: rows.requests({ dedupe: 'dedupe_a' }),
  runs: rows.runs({ status: 'completed', cap_nano: 4711 }),
  steps: rows.steps(),
  attempts: rows.attempts({ hold_nano: 4711 }),
  sources: { ...own, run_id: 'run_a', n: 1, url: 'url_a', title: '', date: null, text: '', read_at: 1 },
  gates: rows.gates(),
  documents: rows.documents(),
  decisions: rows.decisions(),
  budgets: rows.budgets(),
  budget_periods: rows.budget_periods({ held_nano: 4711, spent_nano: 4711 }),
  holds: { ...own, attempt_id: 'attempt_a', period_id: 'period_a', nano: 4711, live: 1 },
  waiters: {
    ...own,
    run_id: 'run_a',
    step: 'gather',
    item: '',
    need_nano: 4711,
    blocked: 0,
    since: 1,
    period_ids: '["period_a"]',
    carded: 0,
  },
  entries: rows.entries({ nano: 4711 }),
  spend_quarters: {
    ...own,
    bucket: 0,
    channel_id: 'channel_a',
    crew: 'research',
    step: 'gather',
    provider: 'openai',
    model: 'gpt-6-luna',
    key_label: 'main',
    environment: 'production',
    calls: 1,
    unpriced_calls: 0,
    input_tokens: 4711,
    output_tokens: 4711,
    cache_read_tokens: 0,
    cache_write_tokens: 0,
    reasoning_tokens: 0,
    searches: 0,
    cost_nano: 4711,
    uncertain_nano: 0,
  },
  jobs: { ...own, id: 'job_a', kind: 'step', run_id: 'run_a', payload: '{}', due_at: 1 },
  outbox: rows.outbox({ message: 'delivery:publish:1', dedupe: 'dedupe_a' }),
  schedules: {
    ...own,
    id: 'schedule_a',
    kind: 'digest',
    expression: '0 9 * * 1',
    zone: 'UTC',
    payload: '{"channel":"channel_a"}',
    next_at: 4711,
    created_by: 'member_a',
    created_at: 1,
    removed_at: null,
  },
  digests: { ...own, target: 'channel:channel_a', period: 'week:2026-11-09', sent_at: 4711 },
  audit: rows.audit(),
  web_heads: { ...own, rev: 4711 },
  web_messages: {
    ...own,
    id: 'message_a',
    channel_id: 'channel_a',
    thread_id: null,
    dedupe: 'dedupe_a',
    member_id: 'member_a',
    only_for: 'member_a',
    kind: 'said',
    body: '{"text":"text_a"}',
    asks: 0,
    rev: 1,
    created_at: 1,
    edited_at: null,
  },
  web_sessions: {
    ...own,
    id: 'session_a',
    member_id: 'member_a',
    acts_as: null,
    kind: 'link',
    token_hash: 'token_a',
    created_at: 1,
    seen_at: 1,
    ended_at: null,
  },
  web_links: {
    ...own,
    id: 'link_a',
    member_id: 'member_a',
    token_hash: 'token_a',
    created_at: 1,
    expires_at: 9,
    used_at: null,
  },
  audit_heads: { ...own, seq: 1, mac: 'mac_a' },
} satisfies { [T in keyof Tables]?: Tables[T] };

/** The tables that hold rows of `ws_a`. */
export const theirs = Object.keys(all) as (keyof typeof all)[];

/** The row of `ws_a`, made over to another workspace. */
export const rowFor = <T extends keyof typeof all>(table: T, workspace: string): (typeof all)[T] =>
  table === 'workspaces' ? all[table] : { ...all[table], workspace_id: workspace };

/** One workspace with a row in every table, and another with none. */
export async function fillTenant(tx: Tx): Promise<void> {
  for (const table of theirs) {
    await db(tx)
      .insertInto(table)
      .values(all[table] as never)
      .execute();
  }
  await db(tx)
    .insertInto('workspaces')
    .values(rows.workspaces({ id: 'ws_b' }))
    .execute();
}
