import { shownInput } from '../../core/input.ts';
import type { Json } from '../../core/json.ts';
import type { RunStatus } from '../../core/run.ts';
import type { Job } from '../../queue/port.ts';
import { memberNow, mergedMembers } from '../../store/linked.ts';
import type { Tx } from '../../store/port.ts';
import { listRuns, runInThread } from '../../store/runs.ts';
import type { Audit } from '../audit.ts';
import { raiseCap, runOnSandbox, sayInRun } from './by-people.ts';
import { type ControlParts, retryRun, stopRun, wakeWaiting } from './control.ts';
import { applyDelivery, failDelivery } from './delivery.ts';
import type { RunCards } from './handlers.ts';
import type { RunService } from './index.ts';
import type { Loaded } from './load.ts';
import { priceOf } from './price.ts';
import { priceRun, type StartParts, startRun } from './start.ts';
import { viewRun } from './view.ts';
import { goOnAtOnce, type WorkParts, workOnStep } from './work.ts';

export type ServiceParts = Omit<StartParts, 'goOn'> & { readonly audit: Audit } & ControlParts &
  WorkParts & { readonly watchers: Watchers; readonly cards: Pick<RunCards, 'parent'> };

/** Who wants to hear of changes of a run, in this process. */
export interface Watchers {
  watch(run: string, then: (status: RunStatus) => void): () => void;
  changed(run: string, status: RunStatus): void;
}

export function createWatchers(): Watchers {
  const all = new Map<string, Set<(status: RunStatus) => void>>();
  return {
    watch(run, then) {
      const set = all.get(run) ?? new Set();
      all.set(run, set.add(then));
      return () => {
        set.delete(then);
        if (set.size === 0) all.delete(run);
      };
    },
    changed(run, status) {
      for (const then of all.get(run) ?? []) then(status);
    },
  };
}

/** What steps of a run may cost again, at the dearest rates of now: the price on a button that asks for it (rule M3). */
export async function worstAgain(
  tx: Tx,
  parts: Pick<StartParts, 'aliases' | 'prices' | 'clock' | 'likely'>,
  loaded: Loaded,
  steps: ReadonlySet<string>,
): Promise<bigint> {
  const { row } = loaded;
  const query = {
    workspace: row.workspace_id,
    channel: row.channel_id,
    crew: row.crew_name,
    environment: row.environment,
    sandboxRun: row.sandbox === 1,
  };
  const price = await priceOf(tx, parts, loaded.crew, query, parts.clock.now(), steps);
  return price.worstNano;
}

export function createRunService(parts: ServiceParts): RunService {
  const starting: StartParts = { ...parts, goOn: (tx, work) => goOnAtOnce(tx, parts, work) };
  return {
    price: (ask) => priceRun(starting, ask),
    start: (ask) => startRun(starting, ask),
    stop: (workspace, run, by = null) => stopRun(parts, workspace, run, by),
    retry: (workspace, run, fresh, by = null) =>
      retryRun(parts, workspace, run, fresh, by, (tx, loaded, steps) => worstAgain(tx, parts, loaded, steps)),
    onSandbox: (workspace, run, by) => runOnSandbox(parts, workspace, run, by),
    raiseCap: (raise) => raiseCap(parts, raise),
    say: (workspace, run, what, by) => sayInRun(parts, { workspace, run }, what, by),
    ...createReadingRuns(parts),
    inThread: (workspace, channel, thread) =>
      parts.store.read((tx) => runInThread(tx, workspace, channel, thread)),
    card: (workspace, run) => parts.store.read((tx) => parts.cards.parent(tx, workspace, run)),
    watch: (run, then) => parts.watchers.watch(run, then),
    wake: (workspace, waitingFor) => wakeWaiting(parts, workspace, waitingFor),
  };
}

/** What who only looks may ask. */
export function createReadingRuns(
  parts: Pick<ServiceParts, 'store' | 'clock' | 'runs'>,
): Pick<RunService, 'view' | 'list' | 'whereabouts'> {
  return {
    whereabouts: (workspace, run) =>
      parts.store.read(async (tx) => {
        const { row } = await parts.runs.read(tx, workspace, run);
        return { channel: row.channel_id, askedBy: await memberNow(tx, workspace, row.asked_by) };
      }),
    view: (workspace, run) =>
      parts.store.read((tx) => viewRun(tx, parts.runs, workspace, run, parts.clock.now())),
    async list(workspace, most) {
      const { rows, merged } = await parts.store.read(async (tx) => ({
        rows: await listRuns(tx, workspace, most),
        merged: await mergedMembers(tx, workspace),
      }));
      return rows.map((row) => ({
        run: row.id,
        channel: row.channel_id,
        askedBy: merged.get(row.asked_by) ?? row.asked_by,
        crew: row.crew_name,
        input: Object.values(JSON.parse(row.input) as Record<string, Json>)
          .filter((value) => value !== null)
          .map(shownInput)
          .join(' '),
        status: row.status,
        waitingFor: row.waiting_for,
        createdAt: row.created_at,
        endedAt: row.ended_at,
      }));
    },
  };
}

/** The job that works on a step. */
export const stepHandler = (parts: ServiceParts) => (job: Job) => workOnStep(parts, job);

export { applyDelivery, failDelivery };
