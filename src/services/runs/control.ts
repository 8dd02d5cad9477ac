import type { Clock } from '../../clock.ts';
import { formatUsd } from '../../core/money.ts';
import { isOver } from '../../core/run.ts';
import { CrewsmithError } from '../../errors.ts';
import type { Queue } from '../../queue/port.ts';
import { correctAttempt, endAttempt, heldByOthers } from '../../store/attempts.ts';
import { removeWaitersOfRun } from '../../store/budgets.ts';
import { jobsOfRun } from '../../store/jobs.ts';
import type { Store, Tx } from '../../store/port.ts';
import { runsWaitingFor, unfinishedRuns } from '../../store/runs.ts';
import { type Budgets, periodsOf } from '../budgets.ts';
import type { Ledger } from '../ledger.ts';
import { saidOf } from './by-people.ts';
import { failureOf } from './choose.ts';
import type { Loaded, Runs } from './load.ts';
import { stepJob, stepOf } from './step-job.ts';
import { isUnpaid } from './turn.ts';
import { apply, type EffectHandlers, finish, redoneIn, type Working, working } from './working.ts';

export interface ControlParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly owner: string;
  readonly runs: Runs;
  readonly queue: Queue;
  readonly budgets: Budgets;
  readonly ledger: Ledger;
  readonly handlers: EffectHandlers;
}

/** Ends a run before its next call and aborts the calls in flight. Throws `run.unknown`, `run.over`. */
export async function stopRun(
  parts: ControlParts,
  workspace: string,
  id: string,
  by: string | null,
): Promise<Loaded> {
  return await parts.store.transact(async (tx) => {
    const work = working(await parts.runs.lock(tx, workspace, id));
    if (!apply(parts.runs, work, { type: 'stop' }))
      throw new CrewsmithError('run.over', { run: id, status: work.state.status });
    if (by !== null) work.notes.push(saidOf(work, 'Stopped', by));
    return await finish(tx, parts.runs, parts.handlers, work);
  });
}

/**
 * Rule R4. `fresh`: a new round is wanted although the content was not the reason. Raises the cap by what the steps that run
 * anew may cost. Throws `run.unknown`, `run.not-over`, `run.completed`, `run.erased`, `run.ending`.
 */
export async function retryRun(
  parts: ControlParts,
  workspace: string,
  id: string,
  fresh: boolean,
  by: string | null,
  worstOf: (tx: Tx, loaded: Loaded, steps: ReadonlySet<string>) => Promise<bigint>,
): Promise<Loaded> {
  return await parts.store.transact(async (tx) => {
    const loaded = await parts.runs.lock(tx, workspace, id);
    const work = working(loaded);
    if (work.state.status === 'completed') throw new CrewsmithError('run.completed', { run: id });
    if (!isOver(work.state.status))
      throw new CrewsmithError('run.not-over', { run: id, status: work.state.status });
    if (loaded.row.erased_at !== null) throw new CrewsmithError('run.erased', { run: id });
    if (!apply(parts.runs, work, { type: 'retry', fresh }))
      throw new CrewsmithError('run.ending', { run: id });
    await closeTries(tx, work);
    const redone = redoneIn(work);
    const nano = redone.size > 0 ? await worstOf(tx, loaded, redone) : 0n;
    work.capNano += nano;
    if (by !== null)
      work.notes.push(saidOf(work, nano > 0n ? `Retry, at most ${formatUsd(nano)} more,` : 'Retry', by));
    return await finish(tx, parts.runs, parts.handlers, work);
  });
}

/** Calls that were not paid count no longer: a person wants them made again (rules R4, M6). */
async function closeTries(tx: Tx, work: Working): Promise<void> {
  for (const attempt of work.attempts) {
    const failure = failureOf(attempt);
    if (!isUnpaid(attempt) || failure.closed === true) continue;
    const closed = { failure: JSON.stringify({ ...failure, closed: true }) };
    await correctAttempt(tx, attempt, closed);
    work.attempts = work.attempts.map((a) => (a.id === attempt.id ? { ...a, ...closed } : a));
  }
}

/**
 * Takes up everything that is not over (design: restart anywhere). Only for the store's owner: attempts of other processes
 * lapse to `uncertain` at their hold (rule M5), then every step that should be worked on gets a job. `only`: of that run.
 */
export async function recover(
  parts: ControlParts,
  only: string | null,
): Promise<{ lapsed: number; runs: number }> {
  const lost = await parts.store.read((tx) => heldByOthers(tx, parts.owner));
  for (const attempt of lost) {
    await parts.store.transact(async (tx) => {
      const work = working(await parts.runs.lock(tx, attempt.workspace_id, attempt.run_id));
      const { row } = work.loaded;
      const holds = await parts.budgets.heldOn(tx, row.workspace_id, attempt.id, null);
      const scope = { workspace: row.workspace_id, channel: row.channel_id, crew: row.crew_name };
      const locked = await parts.budgets.lock(tx, scope, parts.clock.now(), periodsOf(holds));
      const changes = {
        state: 'uncertain' as const,
        cost_nano: attempt.hold_nano,
        failure: JSON.stringify({
          kind: 'lost',
          says: 'The process ended during the call; its answer is lost.',
        }),
        ended_at: parts.clock.now(),
      };
      if (!(await endAttempt(tx, attempt, changes))) return;
      work.attempts = work.attempts.map((a) => (a.id === attempt.id ? { ...a, ...changes } : a));
      const nano = attempt.hold_nano === null ? null : BigInt(attempt.hold_nano);
      await parts.budgets.settle(tx, row.workspace_id, attempt.id, locked, holds, nano ?? 0n);
      await parts.ledger.charge(tx, row, { ...attempt, ...changes }, { nano, uncertain: true });
      work.capUsedNano -= nano ?? 0n;
      apply(parts.runs, work, { type: 'turned', step: attempt.step });
      await finish(tx, parts.runs, parts.handlers, work);
    });
  }
  const open = await parts.store.read(unfinishedRuns);
  for (const run of open) {
    if (only !== null && run.id !== only) {
      // Nobody carries it on here, so it stands in nobody's way (rules M9, Q4).
      await parts.store.transact((tx) => removeWaitersOfRun(tx, run.workspace_id, run.id));
      continue;
    }
    await parts.store.transact(async (tx) => {
      const work = working(await parts.runs.lock(tx, run.workspace_id, run.id));
      apply(parts.runs, work, { type: 'start' });
      const now = parts.clock.now();
      const jobs = await jobsOfRun(tx, run.workspace_id, run.id);
      const stored = jobs.filter((job) => job.dueAt <= now).map(stepOf);
      for (const step of work.state.steps) {
        // Two workers on one step would read its pages twice.
        if (step.kind !== 'prompt' || step.live || stored.includes(step.id)) continue;
        // A wait for a time has its job; a wait for a key or a budget may have ended meanwhile.
        const due =
          step.status === 'running' || (step.status === 'waiting' && step.waitingFor !== 'approval');
        if (due) await parts.queue.enqueue(tx, stepJob(work, step.id, now));
      }
      await finish(tx, parts.runs, parts.handlers, work);
    });
  }
  return { lapsed: lost.length, runs: open.length };
}

/** Lets every step look again that waits for a key or a budget: called when one was added or raised. */
export async function wakeWaiting(
  parts: ControlParts,
  workspace: string,
  waitingFor: 'key' | 'budget',
): Promise<void> {
  const waiting = await parts.store.read((tx) => runsWaitingFor(tx, workspace, waitingFor));
  for (const run of waiting) {
    await parts.store.transact(async (tx) => {
      const work = working(await parts.runs.lock(tx, workspace, run));
      for (const step of work.state.steps) {
        if (step.status !== 'waiting' || step.waitingFor !== waitingFor) continue;
        await parts.queue.enqueue(tx, stepJob(work, step.id, parts.clock.now()));
      }
    });
  }
}
