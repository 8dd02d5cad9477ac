import type { Clock } from '../clock.ts';
import type { Queue } from '../queue/port.ts';
import type { Attempt } from '../store/attempts.ts';
import type { BudgetPeriod } from '../store/budgets.ts';
import { addToQuarter, entriesOfAttempt, insertEntry } from '../store/ledger.ts';
import type { Tx } from '../store/port.ts';
import type { Run } from '../store/runs.ts';
import type { Budgets, Locked } from './budgets.ts';
import type { Ids } from './ids.ts';

/** Rule M8: a charge per attempt, signed adjustments after; nothing is ever changed. */
export interface Ledger {
  /** Books what an attempt cost; null is unpriced. `uncertain`: at most. */
  charge(
    tx: Tx,
    run: Run,
    attempt: Attempt,
    cost: { nano: bigint | null; uncertain: boolean },
  ): Promise<void>;
  /** Corrects an uncertain charge by what is known now: takes the "at most" back and books the real cost. */
  correct(tx: Tx, run: Run, attempt: Attempt, nano: bigint): Promise<void>;
  /** Lets those look again who wait behind holds and may fit now, in order of time (rule M9). `locked`: the periods as they are. */
  wakeWaiters(tx: Tx, workspace: string, queue: Queue, locked: Locked): Promise<void>;
}

const quarterMs = 15 * 60_000;

export function createLedger(parts: { clock: Clock; ids: Ids; budgets: Budgets }): Ledger {
  const { clock, ids, budgets } = parts;

  async function book(
    tx: Tx,
    run: Run,
    attempt: Attempt,
    entry: {
      kind: 'charge' | 'adjustment';
      seq: number;
      nano: bigint | null;
      uncertain: boolean;
      note: string | null;
    },
  ): Promise<void> {
    const first = entry.kind === 'charge';
    const dimensions = {
      workspace_id: run.workspace_id,
      channel_id: run.channel_id,
      crew: run.crew_name,
      step: attempt.step,
      provider: attempt.provider,
      model: attempt.model,
      key_label: attempt.key_label,
      environment: attempt.environment,
    };
    const count = (n: number | null) => (first ? n : null);
    const counts = {
      input_tokens: count(attempt.input_tokens),
      output_tokens: count(attempt.output_tokens),
      cache_read_tokens: count(attempt.cache_read_tokens),
      cache_write_tokens: count(attempt.cache_write_tokens),
      reasoning_tokens: count(attempt.reasoning_tokens),
      searches: count(attempt.searches),
    };
    const nano = entry.nano === null ? null : Number(entry.nano);
    await insertEntry(tx, {
      ...dimensions,
      ...counts,
      id: ids.next('entry'),
      attempt_id: attempt.id,
      kind: entry.kind,
      seq: entry.seq,
      at: attempt.held_at,
      booked_at: clock.now(),
      run_id: run.id,
      crew_version: run.crew_version,
      key_id: attempt.key_id,
      member_id: run.asked_by,
      client: run.client,
      nano,
      uncertain: entry.uncertain ? 1 : 0,
      overrun: first ? attempt.overrun : 0,
      price_date: attempt.price === null ? null : (JSON.parse(attempt.price) as { date: string }).date,
      note: entry.note,
    });
    await addToQuarter(tx, {
      ...dimensions,
      bucket: attempt.held_at - (attempt.held_at % quarterMs),
      calls: first ? 1 : 0,
      unpriced_calls: first && nano === null ? 1 : 0,
      input_tokens: counts.input_tokens ?? 0,
      output_tokens: counts.output_tokens ?? 0,
      cache_read_tokens: counts.cache_read_tokens ?? 0,
      cache_write_tokens: counts.cache_write_tokens ?? 0,
      reasoning_tokens: counts.reasoning_tokens ?? 0,
      searches: counts.searches ?? 0,
      cost_nano: entry.uncertain ? 0 : (nano ?? 0),
      uncertain_nano: entry.uncertain ? (nano ?? 0) : 0,
    });
  }

  return {
    charge: (tx, run, attempt, cost) =>
      book(tx, run, attempt, { kind: 'charge', seq: 0, ...cost, note: null }),

    async correct(tx, run, attempt, nano) {
      const entries = await entriesOfAttempt(tx, run.workspace_id, attempt.id);
      const atMost = entries
        .filter((e) => e.uncertain === 1)
        .reduce((sum, e) => sum + BigInt(e.nano ?? 0), 0n);
      const known = entries
        .filter((e) => e.uncertain === 0)
        .reduce((sum, e) => sum + BigInt(e.nano ?? 0), 0n);
      const seq = entries.filter((e) => e.kind === 'adjustment').length;
      const change = nano - known - atMost;
      if (atMost === 0n && change === 0n) return;
      const note = 'the usage became known after the call had been booked at its hold';
      await book(tx, run, attempt, { kind: 'adjustment', seq, nano: -atMost, uncertain: true, note });
      await book(tx, run, attempt, {
        kind: 'adjustment',
        seq: seq + 1,
        nano: nano - known,
        uncertain: false,
        note,
      });
      await budgets.adjust(tx, run.workspace_id, attempt.id, change);
    },

    async wakeWaiters(tx, workspace, queue, locked) {
      const woken = new Map<string, bigint>();
      for (const waiter of locked.waiters) {
        const need = BigInt(waiter.need_nano);
        const periods = (JSON.parse(waiter.period_ids) as string[]).flatMap((id) => locked.all.get(id) ?? []);
        const room = (p: BudgetPeriod) =>
          BigInt(p.limit_nano - p.spent_nano - p.held_nano) - (woken.get(p.id) ?? 0n);
        if (waiter.blocked === 1 || periods.some((period) => need > room(period))) continue;
        for (const { id } of periods) woken.set(id, (woken.get(id) ?? 0n) + need);
        const payload = { step: waiter.step };
        await queue.enqueue(tx, { workspace, kind: 'step', run: waiter.run_id, payload, dueAt: locked.at });
      }
    },
  };
}
