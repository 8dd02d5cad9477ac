import { join } from 'node:path';
import { weekBefore } from '../../src/core/weeks.ts';
import { claimTurn } from '../../src/store/attempts.ts';
import { insertBudget } from '../../src/store/budgets.ts';
import { db } from '../../src/store/db.ts';
import { insertGate } from '../../src/store/gates.ts';
import { addToQuarter, insertEntry } from '../../src/store/ledger.ts';
import { allMembers, insertChannel, workspaceBySlug } from '../../src/store/people.ts';
import type { Tx } from '../../src/store/port.ts';
import { insertRun } from '../../src/store/runs.ts';
import { openSqlite } from '../../src/store/sqlite.ts';
import { rows } from './rows.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const nano = (dollars: number) => Math.round(dollars * 1e9);

/** What each weekday costs, dollars, Monday first. */
const lastWeek = [
  ['research', 'sales', 'claude-sonnet-5-5', [4.85, 5.9, 4.4, 6.2, 4.75, 0.6, 0.4]],
  ['lead', 'sales', 'gpt-6-sol', [2.1, 2.65, 4.9, 3.3, 2.4, 0, 0.2]],
  ['draft', 'marketing', 'claude-sonnet-5-5', [1.6, 2.3, 1.4, 2.9, 1.95, 0, 0]],
] as const;
const weekEarlier = [
  ['research', 'sales', 'claude-sonnet-5-5', [5.2, 4.6, 6.8, 5.1, 3.9, 0.3, 0]],
  ['lead', 'sales', 'gpt-6-sol', [1.2, 1.9, 1.1, 1.6, 1.4, 0, 0]],
  ['draft', 'marketing', 'claude-sonnet-5-5', [3.1, 3.4, 2.8, 4.2, 2.6, 0, 0]],
] as const;

const runsADay = 6;

/** Two weeks of a small team in an installation that has been started once: runs, their costs, decisions and budgets. */
export async function fillWeeks(home: string, now: number): Promise<void> {
  const store = await openSqlite({ file: join(home, 'crewsmith.db') });
  try {
    await store.transact(async (tx) => {
      const workspace = (await workspaceBySlug(tx, 'default'))?.id ?? '';
      const [member] = await allMembers(tx, workspace);
      const own = { workspace_id: workspace };
      await db(tx).updateTable('workspaces').set({ name: 'Acme' }).where('id', '=', workspace).execute();
      for (const name of ['sales', 'marketing']) {
        await insertChannel(tx, {
          ...own,
          id: `channel_${name}`,
          surface: 'web',
          native: name,
          name,
          direct: 0,
          created_at: now,
        });
      }
      const week = weekBefore(now, 'UTC');
      const who = { workspace, member: member?.id ?? '' };
      await fillWeek(tx, who, week.from, lastWeek);
      await fillWeek(tx, who, week.from - 7 * dayMs, weekEarlier);
      const today = { crew: 'research', channel: 'sales', model: 'claude-sonnet-5-5', run: 'run_today' };
      await bookRun(tx, { ...who, ...today }, now, nano(1.2));
      const budget = { ...own, created_by: who.member, created_at: week.from - 30 * dayMs, removed_at: null };
      const limits = [
        ['', 'month', 400],
        ['channel:channel_sales', 'week', 60],
      ] as const;
      for (const [scope, window, limit] of limits)
        await insertBudget(tx, { ...budget, id: `budget_${window}`, scope, window, limit_nano: nano(limit) });
    });
  } finally {
    await store.close();
  }
}

type Plan = readonly (readonly [crew: string, channel: string, model: string, days: readonly number[]])[];

async function fillWeek(
  tx: Tx,
  { workspace, member }: { workspace: string; member: string },
  from: number,
  plan: Plan,
): Promise<void> {
  for (const [crew, channel, model, days] of plan) {
    for (const [day, dollars] of days.entries()) {
      for (let n = 0; n < (dollars > 0 ? runsADay : 0); n++) {
        const at = from + day * dayMs + (9 + n) * hourMs;
        const run = `run_${crew}_${at}`;
        await bookRun(tx, { workspace, member, crew, channel, model, run }, at, nano(dollars / runsADay));
        const status = n === 5 ? ('rejected' as const) : ('approved' as const);
        const ended = { status, draft: n === 4 ? 2 : 1, closed_at: at + hourMs };
        const gate = { id: `gate_${crew}_${at}`, workspace_id: workspace, run_id: run, ...ended };
        if (n > 1) await insertGate(tx, rows.gates(gate));
      }
    }
  }
}

interface Call {
  readonly workspace: string;
  readonly member: string;
  readonly crew: string;
  readonly channel: string;
  readonly model: string;
  readonly run: string;
}

/** A run with one call. */
async function bookRun(tx: Tx, call: Call, at: number, cost: number): Promise<void> {
  const { workspace, crew, model } = call;
  const own = { workspace_id: workspace };
  const where = { channel_id: `channel_${call.channel}`, asked_by: call.member };
  const run = { ...own, ...where, id: call.run, crew_name: crew, status: 'completed' as const };
  await insertRun(tx, rows.runs({ ...run, surface: 'web', created_at: at, started_at: at, ended_at: at }));
  const id = `${call.run}_1`;
  const provider = model.startsWith('gpt') ? 'openai' : 'anthropic';
  const turn = { ...own, id, run_id: call.run, step: 'brief', state: 'settled' as const, provider, model };
  await claimTurn(tx, rows.attempts({ ...turn, held_at: at, cost_nano: cost }));
  const same = { ...own, channel_id: where.channel_id, crew, step: 'brief', provider, model };
  const key = { key_label: 'main', environment: 'production' };
  const entry = { ...same, ...key, id: `entry_${id}`, attempt_id: id, run_id: call.run, at, nano: cost };
  await insertEntry(tx, rows.entries({ ...entry, member_id: call.member }));
  await addToQuarter(tx, {
    ...same,
    ...key,
    bucket: at - (at % 900_000),
    ...{ calls: 1, unpriced_calls: 0, input_tokens: 0, output_tokens: 0, cache_read_tokens: 0 },
    ...{ cache_write_tokens: 0, reasoning_tokens: 0, searches: 0, cost_nano: cost, uncertain_nano: 0 },
  });
}
