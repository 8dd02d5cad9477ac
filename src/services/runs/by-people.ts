import type { Card } from '../../chat/card.ts';
import { formatUsd } from '../../core/money.ts';
import { isOver } from '../../core/run.ts';
import { CrewsmithError } from '../../errors.ts';
import { markSandbox } from '../../store/runs.ts';
import type { Audit } from '../audit.ts';
import type { ControlParts } from './control.ts';
import type { Loaded } from './load.ts';
import { stepJob } from './step-job.ts';
import { apply, type EffectHandlers, finish, redoneIn, type Working, working } from './working.ts';

/** A line in the run's thread that says what somebody did: `Stopped by Bo`. */
export function saidOf(work: Working, what: string, by: string): Working['notes'][number] {
  const card: Card = {
    v: 1,
    title: `${what} by ${by}`,
    tone: 'neutral',
    status: '',
    body: [],
    actions: [],
    foot: work.loaded.row.id,
  };
  return { name: `by:${work.loaded.row.version}`, card };
}

/** The same after something that is no change of the run itself: `Limit raised once to $25 by Dee`. */
export async function sayInRun(
  parts: Pick<ControlParts, 'store' | 'runs'> & { readonly handlers: Pick<EffectHandlers, 'note'> },
  where: { readonly workspace: string; readonly run: string },
  what: string,
  by: string,
): Promise<void> {
  await parts.store.transact(async (tx) => {
    const work = working(await parts.runs.lock(tx, where.workspace, where.run));
    const { name, card } = saidOf(work, what, by);
    // Told beside the run, whose version stays: each saying once by its words.
    await parts.handlers.note(tx, work, `${name}:${what}`, card);
  });
}

/**
 * Rule K7: a run that waits for a key and has called nothing yet goes to the sandbox, and ends on it. Throws `run.unknown`,
 * `run.begun`, `run.over`, `run.not-waiting`.
 */
export async function runOnSandbox(
  parts: ControlParts,
  workspace: string,
  id: string,
  by: string,
): Promise<Loaded> {
  return await parts.store.transact(async (tx) => {
    const found = await parts.runs.lock(tx, workspace, id);
    const { status, waitingFor } = found.state;
    if (isOver(status)) throw new CrewsmithError('run.over', { run: id, status });
    if (found.attempts.some((attempt) => attempt.state !== 'unsent'))
      throw new CrewsmithError('run.begun', { run: id });
    if (waitingFor !== 'key') throw new CrewsmithError('run.not-waiting', { run: id, status });
    await markSandbox(tx, workspace, id);
    const work = working({ ...found, row: { ...found.row, sandbox: 1 } });
    for (const step of work.state.steps) {
      if (step.status !== 'waiting' || step.waitingFor !== 'key') continue;
      await parts.queue.enqueue(tx, stepJob(work, step.id, parts.clock.now()));
    }
    work.notes.push(saidOf(work, 'Sent to the offline sandbox', by));
    return await finish(tx, parts.runs, parts.handlers, work);
  });
}

/** What a retry would do anew and may cost more, said on its button (rules R4, M3). */
export function redoneByRetry(
  parts: Pick<ControlParts, 'runs'>,
  loaded: Loaded,
  fresh: boolean,
): ReadonlySet<string> {
  const work = working(loaded);
  apply(parts.runs, work, { type: 'retry', fresh });
  return redoneIn(work);
}

/** More for one run, by whoever may; `from`: only while its limit is still this. */
export interface CapRaise {
  readonly workspace: string;
  readonly run: string;
  readonly nano: bigint;
  readonly from: bigint | null;
  /** Member id, and the name that the thread says. */
  readonly actor: string;
  readonly by: string;
}

/**
 * Rule M3: what a run may cost was too little, and people say so; steps that wait for it go on. Throws `run.unknown`,
 * `run.over`, `run.cap-moved`. Resolves to the limit as it is now, nano-dollars.
 */
export async function raiseCap(
  parts: ControlParts & { readonly audit: Audit },
  { workspace, run, nano, from, actor, by }: CapRaise,
): Promise<bigint> {
  return await parts.store.transact(async (tx) => {
    const work = working(await parts.runs.lock(tx, workspace, run));
    const { status } = work.state;
    if (isOver(status)) throw new CrewsmithError('run.over', { run, status });
    const before = work.capNano;
    if (from !== null && before !== from) throw new CrewsmithError('run.cap-moved', { run });
    work.capNano += nano;
    const now = parts.clock.now();
    for (const step of work.state.steps) {
      if (step.status === 'waiting' && step.waitingFor === 'budget')
        await parts.queue.enqueue(tx, stepJob(work, step.id, now));
    }
    const says = `Limit of this run raised from ${formatUsd(before)} to ${formatUsd(work.capNano)}`;
    work.notes.push(saidOf(work, says, by));
    work.last.push(() =>
      parts.audit.write(tx, {
        ...{ workspace, actor, action: 'run.raise', target: run },
        before: { capNano: Number(before) },
        after: { capNano: Number(work.capNano) },
      }),
    );
    await finish(tx, parts.runs, parts.handlers, work);
    return work.capNano;
  });
}
