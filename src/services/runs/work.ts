import { isObject } from '../../core/json.ts';
import type { ToolCall } from '../../core/turns.ts';
import { type Provider, ProviderFailure, type ProviderName } from '../../providers/port.ts';
import type { Job } from '../../queue/port.ts';
import type { Store, Tx } from '../../store/port.ts';
import type { Cut } from '../cut.ts';
import { callProvider, type Outcome } from './call.ts';
import { afresh, type Coming, type Held, type Holding, type HoldParts, holdTurn } from './hold.ts';
import type { Pulse } from './pulse.ts';
import { type SettleParts, settle } from './settle.ts';
import type { Gathered } from './turn.ts';
import { type EffectHandlers, finish, takeCall, type Working, working } from './working.ts';

export interface WorkParts extends HoldParts, SettleParts {
  readonly store: Store;
  readonly cut: Cut;
  readonly pulse: Pulse;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
  readonly handlers: EffectHandlers;
  readonly log: { warn(detail: object, says: string): void };
}

/** What the worker holds after a commit: the step it goes on with, and how. */
interface Going {
  readonly step: string;
  readonly holding: Holding;
}

/** Works on a step until it waits or the run has nothing more for this worker (design: the way of a run, 5). */
export async function workOnStep(parts: WorkParts, job: Job): Promise<void> {
  const run = job.run;
  const { step, since } = job.payload as { step: string; since?: number };
  if (run === null) return;
  const look = since === undefined ? null : { since };
  const holding = await claimFrom(parts, job, run, step, { ...afresh, look });
  await carryOn(parts, job.workspace, run, { step, holding });
}

/**
 * Goes on with a run that starts, in the commit that saves it, where a worker is free. What a crash leaves is a hold, or a
 * running step, and both are taken up at the next start.
 */
export async function goOnAtOnce(tx: Tx, parts: WorkParts, work: Working): Promise<void> {
  const { workspace_id: workspace, id: run } = work.loaded.row;
  const step = takeCall(work);
  if (step === null) return;
  let going: Going | null = null;
  const begun = parts.queue.goOn(tx, async () => {
    if (going !== null) await carryOn(parts, workspace, run, going);
  });
  if (!begun) work.effects.push({ type: 'call', step });
  else going = { step, holding: await holdTurn(tx, parts, work, step, afresh) };
}

async function carryOn(parts: WorkParts, workspace: string, run: string, first: Going): Promise<void> {
  let going: Going | null = first;
  while (going !== null) {
    const { holding, step: current }: Going = going;
    if (holding.got === 'nothing') return;
    if (holding.got === 'call') {
      going = await callAndSettle(parts, workspace, run, holding.held);
    } else {
      const gathered = await gather(parts, workspace, run, holding.calls);
      // Stopped: whoever goes on with the run, if anybody, runs the tools again.
      if (gathered === null) return;
      going = { step: current, holding: await goOnWith(parts, workspace, run, current, gathered) };
    }
  }
}

async function claimFrom(
  parts: WorkParts,
  job: Job,
  run: string,
  step: string,
  coming: Coming,
): Promise<Holding> {
  return await parts.store.transact(async (tx) => {
    await parts.queue.complete(tx, job.id);
    return await hold(tx, parts, job.workspace, run, step, coming);
  });
}

async function goOnWith(
  parts: WorkParts,
  workspace: string,
  run: string,
  step: string,
  gathered: readonly Gathered[],
): Promise<Holding> {
  return await saved(parts, run, (tx) => hold(tx, parts, workspace, run, step, { ...afresh, gathered }));
}

async function hold(
  tx: Tx,
  parts: WorkParts,
  workspace: string,
  run: string,
  step: string,
  coming: Coming,
): Promise<Holding> {
  const work = working(await parts.runs.lock(tx, workspace, run));
  const holding = await holdTurn(tx, parts, work, step, coming);
  // Who only looked has nothing to save, and nobody needs a new card of it.
  if (work.state !== work.loaded.state || work.notes.length > 0)
    await finish(tx, parts.runs, parts.handlers, work);
  return holding;
}

/** Runs tools, all at once: they cost nothing and may be repeated after a crash. Null: they were stopped. */
async function gather(
  parts: WorkParts,
  workspace: string,
  run: string,
  calls: readonly ToolCall[],
): Promise<Gathered[] | null> {
  const controller = new AbortController();
  const ended = parts.pulse.begin(run, workspace, calls.flatMap(addressIn));
  parts.inFlight.enter(run, controller);
  try {
    const gathered = await Promise.all(
      calls.map(async (call): Promise<Gathered> => {
        const tool = parts.tools.get(call.tool);
        if (tool === undefined) {
          const says = `There is no tool called ${call.tool}. Tools: ${[...parts.tools.keys()].join(', ')}.`;
          return { call, result: { ok: false, code: 'no-tool', says }, leads: [] };
        }
        try {
          return { call, result: await tool.run(call.arguments, controller.signal), leads: [] };
        } catch (error) {
          if (!controller.signal.aborted)
            parts.log.warn({ err: error, run, tool: call.tool }, 'a tool is broken');
          const says = `The tool ${call.tool} failed.`;
          return { call, result: { ok: false, code: 'broken', says }, leads: [] };
        }
      }),
    );
    return controller.signal.aborted ? null : gathered;
  } finally {
    ended();
    parts.inFlight.leave(run, controller);
  }
}

/** What a tool is asked to read; of others nothing is said. */
const addressIn = ({ arguments: given }: ToolCall): string[] =>
  isObject(given) && typeof given.url === 'string' ? [given.url] : [];

/** One call, its settling, and the next hold of this worker in the same commit. */
async function callAndSettle(
  parts: WorkParts,
  workspace: string,
  run: string,
  held: Held,
): Promise<Going | null> {
  const ended = parts.pulse.begin(run, workspace, []);
  const outcome = await call(parts, run, held).finally(ended);
  return await saved(parts, run, async (tx) => {
    const work = working(await parts.runs.lock(tx, workspace, run));
    const locked = await settle(tx, parts, work, held, outcome);
    let next: Going | null = null;
    // A process that leaves takes no further hold: the next start goes on. That a key was just refused is known to the next
    // transaction only, since what holds in a workspace is read once in each.
    const leaves =
      parts.inFlight.closed || (outcome.ended === 'failed' && outcome.failure.kind === 'key-rejected');
    for (let step = leaves ? null : takeCall(work); step !== null && next === null; ) {
      const holding = await holdTurn(tx, parts, work, step, { ...afresh, locked });
      if (holding.got !== 'nothing') next = { step, holding };
      else step = takeCall(work);
    }
    await finish(tx, parts.runs, parts.handlers, work);
    return next;
  });
}

async function call(parts: WorkParts, run: string, held: Held): Promise<Outcome> {
  const { controller } = held;
  let forget = () => {};
  try {
    if (controller.signal.aborted) return unsent('The run was stopped before the call.');
    const provider = parts.providers.get(held.provider);
    if (provider === undefined) return unsent(`There is no adapter for ${held.provider}.`);
    if (held.keyVersion !== null) {
      // Rule K2: registering and calling happen in one tick, so a revocation either stops this or aborts it.
      const registered = parts.cut.register(held.keyVersion, controller);
      if (registered === null) return unsent('The key was revoked before the call.');
      forget = registered;
    }
    return await callProvider(parts, provider, held.request, held.key, controller, held.timeMs);
  } finally {
    forget();
    parts.inFlight.leave(run, controller);
  }
}

const unsent = (says: string): Outcome => ({
  ended: 'failed',
  failure: new ProviderFailure('aborted', says, { money: 'none' }),
  usage: null,
});

const againMinMs = 1_000;
const againMaxMs = 60_000;

/**
 * A reply or a page is never thrown away (rule R2): what a full disk or a lost database refuses is saved again from memory. A
 * process that leaves tries once more and gives up, and its calls lapse at the next start.
 */
async function saved<T>(parts: WorkParts, run: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let pauseMs = againMinMs; ; pauseMs = Math.min(againMaxMs, pauseMs * 2)) {
    try {
      return await parts.store.transact(work);
    } catch (error) {
      if (parts.inFlight.closed) throw error;
      parts.log.warn(
        { err: error, run, pauseMs },
        'what came of a call could not be saved and is saved again',
      );
    }
    await pause(parts, run, pauseMs);
  }
}

/** Ends before its time where the run is stopped or the process leaves. */
async function pause({ clock, inFlight }: WorkParts, run: string, ms: number): Promise<void> {
  const early = new AbortController();
  const { promise, resolve } = Promise.withResolvers<void>();
  early.signal.addEventListener('abort', () => resolve());
  const cancel = clock.after(ms, resolve);
  inFlight.enter(run, early);
  await promise;
  cancel();
  inFlight.leave(run, early);
}
