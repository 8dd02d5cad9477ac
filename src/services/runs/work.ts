import type { ToolCall } from '../../core/turns.ts';
import { type Provider, ProviderFailure, type ProviderName } from '../../providers/port.ts';
import type { Job } from '../../queue/port.ts';
import type { Store } from '../../store/port.ts';
import type { Cut } from '../cut.ts';
import { callProvider, type Outcome } from './call.ts';
import { type Held, type Holding, type HoldParts, holdTurn } from './hold.ts';
import { type SettleParts, settle } from './settle.ts';
import type { Gathered } from './turn.ts';
import { type EffectHandlers, finish, takeCall, working } from './working.ts';

export interface WorkParts extends HoldParts, SettleParts {
  readonly store: Store;
  readonly cut: Cut;
  readonly providers: ReadonlyMap<ProviderName, Provider>;
  readonly handlers: EffectHandlers;
}

/** What the worker holds after a commit: the step it goes on with, and how. */
interface Going {
  readonly step: string;
  readonly holding: Holding;
}

/** Works on a step until it waits or the run has nothing more for this worker (design: the way of a run, 5). */
export async function workOnStep(parts: WorkParts, job: Job): Promise<void> {
  const run = job.run;
  const { step } = job.payload as { step: string };
  if (run === null) return;
  let going: Going | null = { step, holding: await claimFrom(parts, job, run, step) };
  while (going !== null) {
    const { holding, step: current }: Going = going;
    if (holding.got === 'nothing') return;
    if (holding.got === 'call') going = await callAndSettle(parts, job.workspace, run, holding.held);
    else
      going = {
        step: current,
        holding: await goOnWith(parts, job.workspace, run, current, await gather(parts, run, holding)),
      };
  }
}

async function claimFrom(parts: WorkParts, job: Job, run: string, step: string): Promise<Holding> {
  return await parts.store.transact(async (tx) => {
    await parts.queue.complete(tx, job.id);
    const work = working(await parts.runs.lock(tx, job.workspace, run));
    const holding = await holdTurn(tx, parts, work, step, null, null);
    await finish(tx, parts.runs, parts.handlers, work);
    return holding;
  });
}

async function goOnWith(
  parts: WorkParts,
  workspace: string,
  run: string,
  step: string,
  gathered: readonly Gathered[],
): Promise<Holding> {
  return await parts.store.transact(async (tx) => {
    const work = working(await parts.runs.lock(tx, workspace, run));
    const holding = await holdTurn(tx, parts, work, step, gathered, null);
    await finish(tx, parts.runs, parts.handlers, work);
    return holding;
  });
}

/** Runs tools, all at once: they cost nothing and may be repeated after a crash. */
async function gather(
  parts: WorkParts,
  run: string,
  holding: Extract<Holding, { got: 'read' | 'tools' }>,
): Promise<Gathered[]> {
  const calls: readonly ToolCall[] =
    holding.got === 'tools'
      ? holding.calls
      : [{ id: 'read', tool: 'web.fetch', arguments: { url: holding.address } }];
  const controller = new AbortController();
  parts.inFlight.enter(run, controller);
  try {
    return await Promise.all(
      calls.map(async (call): Promise<Gathered> => {
        const tool = parts.tools.get(call.tool);
        if (tool === undefined) {
          const says = `There is no tool called ${call.tool}. Tools: ${[...parts.tools.keys()].join(', ')}.`;
          return { call, result: { ok: false, code: 'no-tool', says } };
        }
        try {
          return { call, result: await tool.run(call.arguments, controller.signal) };
        } catch {
          return { call, result: { ok: false, code: 'stopped', says: 'The tool was stopped.' } };
        }
      }),
    );
  } finally {
    parts.inFlight.leave(run, controller);
  }
}

/** One call, its settling, and the next hold of this worker in the same commit. */
async function callAndSettle(
  parts: WorkParts,
  workspace: string,
  run: string,
  held: Held,
): Promise<Going | null> {
  const outcome = await call(parts, run, held);
  return await parts.store.transact(async (tx) => {
    const work = working(await parts.runs.lock(tx, workspace, run));
    const locked = await settle(tx, parts, work, held, outcome);
    let next: Going | null = null;
    for (let step = takeCall(work); step !== null && next === null; ) {
      const holding = await holdTurn(tx, parts, work, step, null, locked);
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
