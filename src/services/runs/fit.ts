import { putWaiter, type Waiter } from '../../store/budgets.ts';
import type { Tx } from '../../store/port.ts';
import type { Locked } from '../budgets.ts';
import type { HoldParts } from './hold.ts';
import { stepJob } from './step-job.ts';
import { apply, type Working } from './working.ts';

/** A look that a waiter has asked for itself: of who waits since then. Others wake it beside these. */
export interface Look {
  readonly since: number;
}

/** Only others' holds are in the way: look again after this (rule M9). */
const lookAgainMs = 1000;
/** A later call may pass an earlier one that does not fit for so long. */
const passMs = 60_000;

/** What a call would hold; `nano` null: no price is known. */
export interface Wanted {
  readonly step: string;
  readonly model: string;
  readonly nano: bigint | null;
}

/** Whether a hold may be taken on the locked periods now. If not, the step waits in line, under the same locks (rule M9). */
export async function fits(
  tx: Tx,
  parts: HoldParts,
  work: Working,
  wanted: Wanted,
  locked: Locked,
  look: Look | null,
): Promise<boolean> {
  if (locked.current.length === 0) return true;
  const { row } = work.loaded;
  const now = locked.at;
  const { step, nano } = wanted;
  const { waiters } = locked;
  const own = waiters.find((w) => w.run_id === row.id && w.step === step) ?? null;
  const fit = parts.budgets.fit(locked, nano ?? 0n);
  const before = own === null ? waiters : waiters.slice(0, waiters.indexOf(own));
  if (fit.fits && nano !== null && !before.some((w) => goesFirst(parts, w, locked))) return true;

  const limit = !fit.fits && fit.because === 'limit' ? fit.period.id : null;
  const blocked = nano === null || limit !== null;
  // A clock that was set back begins the wait anew.
  const since = own !== null && own.since <= now ? own.since : now;
  const late = own !== null && now - since >= passMs;
  await putWaiter(tx, {
    workspace_id: row.workspace_id,
    run_id: row.id,
    step,
    item: '',
    need_nano: Number(nano ?? 0n),
    blocked: blocked ? 1 : 0,
    since,
    period_ids: JSON.stringify(locked.current.map((p) => p.id)),
    carded: blocked || late ? 1 : 0,
  });
  const period = locked.current.find((p) => p.id === limit);
  if (nano === null) work.notes.push(parts.notes.unpriced(work, step, wanted.model));
  else if (period) work.notes.push(await parts.notes.budgetReached(tx, work, step, nano, period));
  else if (late) work.notes.push(parts.notes.waitsForHolds(work, step, nano, since));
  apply(parts.runs, work, { type: 'blocked', step, for: 'budget' });

  // A waiter keeps one chain of looks alive, however often others wake it beside.
  const begins = own?.since !== since || own.blocked !== (blocked ? 1 : 0) || look?.since === since;
  const next = blocked ? (period?.ends_at ?? null) : now + lookAgainMs;
  if (begins && next !== null) await parts.queue.enqueue(tx, stepJob(work, step, next, { since }));
  return false;
}

/** Whether an earlier waiter for the same money goes first: it fits itself, or has let others pass for long enough. */
function goesFirst(parts: HoldParts, waiter: Waiter, locked: Locked): boolean {
  const ids = JSON.parse(waiter.period_ids) as string[];
  const known = ids.filter((id) => locked.current.some((p) => p.id === id));
  if (waiter.blocked === 1 || known.length === 0) return false;
  if (waiter.since < locked.at - passMs) return true;
  if (known.length < ids.length) return false;
  const shared = { ...locked, current: locked.current.filter((p) => ids.includes(p.id)) };
  return parts.budgets.fit(shared, BigInt(waiter.need_nano)).fits;
}
