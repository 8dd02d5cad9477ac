import { type Audit, createAudit } from '../../src/services/audit.ts';
import { type BudgetAdmin, createBudgetAdmin } from '../../src/services/budget-admin.ts';
import { type Budgets, createBudgets, periodsOf } from '../../src/services/budgets.ts';
import { createIds, type Ids } from '../../src/services/ids.ts';
import { createLedger } from '../../src/services/ledger.ts';
import { createSealing } from '../../src/services/sealing.ts';
import { createSettings, type Settings } from '../../src/services/settings.ts';
import { createStanding } from '../../src/services/standing.ts';
import { createWorkspaceSecrets } from '../../src/services/workspace-secrets.ts';
import {
  type Attempt,
  claimTurn,
  correctAttempt,
  endAttempt,
  findAttempt,
} from '../../src/store/attempts.ts';
import { db } from '../../src/store/db.ts';
import { insertChannel, insertWorkspace } from '../../src/store/people.ts';
import type { Store, Tx } from '../../src/store/port.ts';
import { findRun, insertRun, type Run } from '../../src/store/runs.ts';
import type { Tables } from '../../src/store/schema.ts';
import type { VirtualClock } from './clock.ts';
import { rows } from './rows.ts';
import { countedRandom } from './workspace.ts';

type BookTable = 'attempts' | 'holds' | 'budget_periods' | 'budgets' | 'entries' | 'runs';

/** The services of money on any store, with calls that nobody makes: a token of their usage costs one nano-dollar. */
export interface Books {
  readonly store: Store;
  readonly clock: VirtualClock;
  readonly ids: Ids;
  readonly audit: Audit;
  readonly settings: Settings;
  readonly budgets: Budgets;
  readonly admin: BudgetAdmin;
  readonly workspace: string;
  /** Ids of #sales and #ops. */
  readonly channels: readonly [string, string];
  /** How often runs that wait for a budget were woken. */
  readonly woken: () => number;
  /** Another workspace on the same store. */
  another(): Promise<Books>;
  /** Holds for a call; null: it does not fit, and nothing was written. */
  hold(
    where: { channel: string; crew: string; step?: string; key?: string },
    nano: number | null,
  ): Promise<string | null>;
  /** Ends a call. `cost` null: unsent. False when it had lapsed; then its cost is corrected. */
  settle(attempt: string, cost: number | null): Promise<boolean>;
  /** The answer is lost: booked at its hold. */
  lapse(attempt: string): Promise<void>;
  zone(name: string): Promise<void>;
  /** All rows of a table in this workspace. */
  all<T extends BookTable>(table: T): Promise<Tables[T][]>;
}

const pico = { inputPico: '1000', cacheReadPico: '1000', cacheWritePico: '1000', outputPico: '1000' };
const price = JSON.stringify({
  date: '2026-11-20',
  contextWindow: null,
  searchNano: '0',
  ...pico,
  tiers: [],
});

export async function openBooks(store: Store, clock: VirtualClock): Promise<Books> {
  const random = countedRandom('books');
  const ids = createIds({ clock, random });
  const secrets = createWorkspaceSecrets({
    sealing: createSealing({ current: random(32), old: null, random }),
    random,
  });
  const audit = createAudit({ clock, random, secrets });
  const standing = createStanding();
  const settings = createSettings({ clock, audit, standing });
  const budgets = createBudgets({ clock, ids, settings, standing });
  const ledger = createLedger({ clock, ids, budgets });

  async function make(): Promise<Books> {
    const workspace = ids.next('workspace');
    const channels = [ids.next('channel'), ids.next('channel')] as const;
    await store.transact(async (tx) => {
      await insertWorkspace(tx, { ...rows.workspaces({ id: workspace }), ...secrets.make(workspace) });
      await audit.begin(tx, workspace);
      for (const [i, id] of channels.entries()) {
        const name = i === 0 ? 'sales' : 'ops';
        await insertChannel(tx, {
          id,
          workspace_id: workspace,
          surface: 'slack',
          native: id,
          name,
          direct: 0,
          created_at: 0,
        });
      }
    });
    let woken = 0;
    const wake = async () => void woken++;
    const admin = createBudgetAdmin({ store, clock, ids, settings, audit, budgets, wake });

    async function of(tx: Tx, id: string): Promise<{ attempt: Attempt; run: Run }> {
      const attempt = await findAttempt(tx, workspace, id);
      const run = attempt && (await findRun(tx, workspace, attempt.run_id));
      if (attempt === undefined || run === undefined) throw new Error(`no attempt ${id}`);
      return { attempt, run };
    }

    /** As runs/settle.ts does it. */
    async function end(
      id: string,
      state: 'settled' | 'unsent' | 'uncertain',
      cost: number | null,
    ): Promise<boolean> {
      return await store.transact(async (tx) => {
        const { attempt, run } = await of(tx, id);
        const now = clock.now();
        const scope = { workspace, channel: run.channel_id, crew: run.crew_name };
        const holds = await budgets.heldOn(tx, workspace, id, null);
        const locked = await budgets.lock(tx, scope, now, periodsOf(holds));
        const usage = state === 'settled' ? { input_tokens: cost, output_tokens: 0 } : {};
        const paid = attempt.price === null ? null : (cost ?? 0);
        const overrun = (paid ?? 0) > (attempt.hold_nano ?? 0) ? (1 as const) : (0 as const);
        const changes = { state, ...usage, cost_nano: paid, overrun, ended_at: now };
        if (!(await endAttempt(tx, attempt, changes))) {
          await correctAttempt(tx, attempt, { ...usage, cost_nano: cost ?? 0 });
          await ledger.correct(tx, run, { ...attempt, ...usage }, BigInt(cost ?? 0));
          return false;
        }
        const used = state === 'settled' ? (paid ?? 0) : 0;
        await db(tx).updateTable('runs').set({ cap_used_nano: used }).where('id', '=', run.id).execute();
        await budgets.settle(tx, workspace, id, locked, holds, BigInt(paid ?? 0));
        const charge = { nano: paid === null ? null : BigInt(paid), uncertain: state === 'uncertain' };
        if (state !== 'unsent') await ledger.charge(tx, run, { ...attempt, ...changes }, charge);
        return true;
      });
    }

    return {
      store,
      clock,
      ids,
      audit,
      settings,
      budgets,
      admin,
      workspace,
      channels,
      woken: () => woken,
      another: make,
      hold: (where, nano) =>
        store.transact(async (tx) => {
          const scope = { workspace, channel: where.channel, crew: where.crew };
          const at = clock.now();
          const locked = await budgets.lock(tx, scope, at, []);
          if (!budgets.fit(locked, BigInt(nano ?? 0)).fits) return null;
          const run = ids.next('run');
          const own = { workspace_id: workspace };
          const counts = { cap_nano: 1e15, cap_used_nano: nano ?? 0 };
          await insertRun(
            tx,
            rows.runs({ ...own, ...counts, id: run, channel_id: where.channel, crew_name: where.crew }),
          );
          const attempt = rows.attempts({
            ...own,
            id: ids.next('attempt'),
            run_id: run,
            hold_nano: nano,
            held_at: at,
            price: nano === null ? null : price,
            step: where.step ?? 'gather',
            key_label: where.key ?? 'main',
          });
          if (!(await claimTurn(tx, attempt))) throw new Error('the turn was claimed twice');
          await budgets.hold(tx, workspace, attempt.id, locked, BigInt(nano ?? 0));
          return attempt.id;
        }),
      settle: (id, cost) => end(id, cost === null ? 'unsent' : 'settled', cost),
      async lapse(id) {
        const { attempt } = await store.read((tx) => of(tx, id));
        await end(id, 'uncertain', attempt.hold_nano);
      },
      async zone(name) {
        const actor = 'system';
        await store.transact((tx) => settings.set(tx, { workspace, actor, name: 'zone', value: name }));
      },
      async all<T extends BookTable>(table: T) {
        const read = (tx: Tx) =>
          db(tx).selectFrom<BookTable>(table).selectAll().where('workspace_id', '=', workspace).execute();
        return (await store.read(read)) as Tables[T][];
      },
    };
  }

  return await make();
}
