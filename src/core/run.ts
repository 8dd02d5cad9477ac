import type { Crew, Step } from './crew.ts';
import type { Json } from './json.ts';
import { isReady, redo, reopen, replace } from './rerun.ts';

/**
 * The run machine: pure and total. `transition` says what a run becomes and what must be done; nothing is done here. An event
 * that does not apply changes nothing and asks for nothing.
 */
export type RunStatus = 'queued' | 'running' | 'waiting' | 'completed' | 'rejected' | 'failed' | 'canceled';
export type WaitingFor = 'approval' | 'budget' | 'key' | 'rate-limit' | 'time';
export type StepStatus = 'pending' | 'running' | 'waiting' | 'done' | 'skipped' | 'failed' | 'canceled';

/** Why a step failed. `reason` decides what a retry repeats (rule R4): `content` begins a new round, the rest goes on. */
export interface Failure {
  readonly code: string;
  readonly says: string;
  readonly reason: 'content' | 'provider' | 'network' | 'key' | 'budget' | 'crew' | 'expired' | 'delivery';
}

export interface StepState {
  readonly id: string;
  readonly kind: Step['kind'];
  readonly status: StepStatus;
  readonly waitingFor: WaitingFor | null;
  /** +1 for each rerun of a prompt step (rule R1). */
  readonly round: number;
  /** A call of it is in flight. */
  readonly live: boolean;
  readonly output: Json;
  readonly failure: Failure | null;
  /** What people asked to change, for this round. */
  readonly comment: string | null;
}

export interface RunState {
  readonly status: RunStatus;
  readonly waitingFor: WaitingFor | null;
  readonly failure: Failure | null;
  /** In the order of the crew. */
  readonly steps: readonly StepState[];
}

export type RunEvent =
  | { readonly type: 'start' }
  /** A hold was taken: a call is in flight. */
  | { readonly type: 'held'; readonly step: string }
  /** The call ended and the step is not finished: another call follows, now or when `blocked` ends. */
  | { readonly type: 'turned'; readonly step: string }
  | { readonly type: 'blocked'; readonly step: string; readonly for: WaitingFor }
  | { readonly type: 'done'; readonly step: string; readonly output: Json }
  | { readonly type: 'failed'; readonly step: string; readonly failure: Failure }
  | { readonly type: 'approved'; readonly step: string; readonly output: Json }
  | { readonly type: 'rejected'; readonly step: string }
  | { readonly type: 'changes'; readonly step: string; readonly comment: string }
  | { readonly type: 'expired'; readonly step: string }
  | { readonly type: 'stop' }
  | { readonly type: 'retry'; readonly fresh: boolean };

export type Effect =
  /** Work on the step: claim, hold, call. */
  | { readonly type: 'call'; readonly step: string }
  /** Open the gate with a draft of what it shows; `again`: the same draft anew (rule G6). */
  | { readonly type: 'ask'; readonly step: string; readonly again: boolean }
  /** Close the gate without a decision. */
  | { readonly type: 'close'; readonly step: string }
  | { readonly type: 'deliver'; readonly step: string }
  /** Take back a delivery that is not under way yet. */
  | { readonly type: 'withdraw'; readonly step: string }
  /** Abort calls in flight of the run. */
  | { readonly type: 'abort' }
  /** Post the output of a finished step. */
  | { readonly type: 'show'; readonly step: string }
  | { readonly type: 'ended'; readonly status: RunStatus };

export interface Change {
  readonly run: RunState;
  readonly effects: readonly Effect[];
}

/** Decides a step's `when` on what is known; a failure says why it could not be decided. */
export type Conditions = (step: Step, outputs: Readonly<Record<string, Json>>) => boolean | Failure;

export const isOver = (status: RunStatus): boolean =>
  status === 'completed' || status === 'rejected' || status === 'failed' || status === 'canceled';

/** The state of a run that has not started. */
export function newRun(crew: Crew): RunState {
  return {
    status: 'queued',
    waitingFor: null,
    failure: null,
    steps: crew.steps.map((step) => ({
      id: step.id,
      kind: step.kind,
      status: 'pending',
      waitingFor: null,
      round: 1,
      live: false,
      output: null,
      failure: null,
      comment: null,
    })),
  };
}

/** Outputs of the finished steps, `null` for skipped and unfinished ones. */
export function outputsOf(run: RunState): Record<string, Json> {
  return Object.fromEntries(run.steps.map((s) => [s.id, s.status === 'done' ? s.output : null]));
}

export function transition(crew: Crew, run: RunState, event: RunEvent, conditions: Conditions): Change {
  if (event.type === 'retry') return retry(crew, run, event.fresh, conditions);
  if (isOver(run.status)) return late(run, event);
  if (event.type === 'start') {
    return run.status === 'queued' ? goOn(crew, run, [], conditions) : unchanged(run);
  }
  if (event.type === 'stop') return stop(run);
  const step = run.steps.find((s) => s.id === event.step);
  if (step === undefined) return unchanged(run);
  if (applies(step, event)) return apply(crew, run, step, event, conditions);
  // A call of the round before, ended while its step waits to be done anew.
  const ended = endsCall(event) && step.live && step.status === 'pending';
  return ended ? goOn(crew, replace(run, { ...step, live: false }), [], conditions) : unchanged(run);
}

const unchanged = (run: RunState): Change => ({ run, effects: [] });

type EndOfCall = Extract<RunEvent, { type: 'turned' | 'done' | 'failed' }>;

const endsCall = (event: RunEvent): event is EndOfCall =>
  event.type === 'turned' || event.type === 'done' || event.type === 'failed';

/** What ends after its run is over changes the mark of its own step only (rule R2); what was sent is sent. */
function late(run: RunState, event: RunEvent): Change {
  if (!endsCall(event)) return unchanged(run);
  const step = run.steps.find((s) => s.id === event.step);
  if (step?.live) return { run: replace(run, { ...step, live: false }), effects: [] };
  if (step?.kind !== 'deliver' || step.status !== 'canceled' || event.type !== 'done') return unchanged(run);
  return { run: replace(run, { ...step, status: 'done', output: event.output }), effects: [] };
}

type StepEvent = Exclude<RunEvent, { type: 'start' | 'stop' | 'retry' }>;

function applies(step: StepState, event: StepEvent): boolean {
  switch (event.type) {
    case 'held':
      return step.kind === 'prompt' && !step.live && (step.status === 'running' || step.status === 'waiting');
    case 'turned':
      return step.kind === 'prompt' && step.status === 'running' && step.live;
    case 'blocked':
      return (
        step.kind === 'prompt' &&
        (step.status === 'running' || (step.status === 'waiting' && step.waitingFor !== event.for))
      );
    case 'done':
      return step.kind !== 'gate' && step.status === 'running';
    case 'failed':
      return step.kind === 'gate'
        ? step.status === 'pending'
        : step.status === 'running' || step.status === 'waiting';
    default:
      return step.kind === 'gate' && step.status === 'waiting';
  }
}

function apply(crew: Crew, run: RunState, step: StepState, event: StepEvent, conditions: Conditions): Change {
  const going = { ...step, waitingFor: null, live: false };
  const next = (changed: StepState, effects: readonly Effect[] = []) =>
    goOn(crew, replace(run, changed), effects, conditions);
  switch (event.type) {
    case 'held':
      return next({ ...going, status: 'running', live: true });
    case 'turned':
      if (isFailing(run)) return next({ ...going, status: 'canceled' });
      return next({ ...going, status: 'running' }, [{ type: 'call', step: step.id }]);
    case 'blocked':
      if (isFailing(run)) return next({ ...going, status: 'canceled' });
      return next({ ...going, status: 'waiting', waitingFor: event.for });
    case 'done':
      return next({ ...going, status: 'done', output: event.output }, [{ type: 'show', step: step.id }]);
    case 'failed':
      return next({ ...going, status: 'failed', failure: event.failure });
    case 'approved':
      return next({ ...going, status: 'done', output: event.output });
    case 'rejected':
      return end(replace(run, { ...going, status: 'failed' }), 'rejected', []);
    case 'expired':
      return next({ ...going, status: 'failed', failure: expired });
    case 'changes': {
      const begun = redo(crew, run, step.id, event.comment);
      return goOn(crew, begun.run, begun.effects, conditions);
    }
  }
}

const expired: Failure = {
  code: 'gate.expired',
  says: 'Nobody decided in time.',
  reason: 'expired',
};

const isFailing = (run: RunState) => run.steps.some((s) => s.status === 'failed');

/** Starts what is ready, as often as something new becomes ready, and says what the run is now. */
function goOn(crew: Crew, start: RunState, before: readonly Effect[], conditions: Conditions): Change {
  let run = start;
  const effects = [...before];
  let moved = true;
  while (moved && !isFailing(run)) {
    moved = false;
    for (const step of crew.steps) {
      const state = run.steps.find((s) => s.id === step.id);
      if (state?.status !== 'pending' || !isReady(run, step)) continue;
      const begun = begin(run, step, state, conditions);
      run = replace(run, begun.step);
      effects.push(...begun.effects);
      moved = true;
    }
  }
  return summarize(run, effects);
}

function begin(
  run: RunState,
  step: Step,
  state: StepState,
  conditions: Conditions,
): { step: StepState; effects: Effect[] } {
  const skipped = (id: string) => run.steps.find((s) => s.id === id)?.status === 'skipped';
  const skip = { step: { ...state, status: 'skipped' as const }, effects: [] };
  if (step.needsAll && step.needs.some(skipped)) return skip;
  if (step.kind === 'gate' && skipped(step.shows.step)) return skip;
  if (step.kind === 'deliver' && skipped(step.approved)) return skip;
  if (step.when !== null) {
    const wanted = conditions(step, outputsOf(run));
    if (wanted === false) return skip;
    if (wanted !== true) return { step: { ...state, status: 'failed', failure: wanted }, effects: [] };
  }
  switch (step.kind) {
    case 'prompt':
      return { step: { ...state, status: 'running' }, effects: [{ type: 'call', step: step.id }] };
    case 'gate':
      return {
        step: { ...state, status: 'waiting', waitingFor: 'approval' },
        effects: [{ type: 'ask', step: step.id, again: false }],
      };
    case 'deliver':
      return { step: { ...state, status: 'running' }, effects: [{ type: 'deliver', step: step.id }] };
  }
}

/** Rule R3. */
function summarize(run: RunState, effects: readonly Effect[]): Change {
  const some = (status: StepStatus) => run.steps.some((s) => s.status === status);
  if (isFailing(run)) {
    if (run.steps.some((s) => s.live))
      return { run: { ...run, status: 'running', waitingFor: null }, effects };
    return end(run, 'failed', effects);
  }
  if (run.steps.every((s) => s.status === 'done' || s.status === 'skipped'))
    return end(run, 'completed', effects);
  if (some('running')) return { run: { ...run, status: 'running', waitingFor: null }, effects };
  const waiting = run.steps.find((s) => s.status === 'waiting');
  if (waiting) return { run: { ...run, status: 'waiting', waitingFor: waiting.waitingFor }, effects };
  return { run: { ...run, status: 'queued', waitingFor: null }, effects };
}

/** Ends the run: what has not finished is canceled, open gates are closed, what was to go out and has not stays here. */
function end(run: RunState, status: RunStatus, effects: readonly Effect[]): Change {
  const closed = run.steps.filter((s) => s.kind === 'gate' && s.status === 'waiting');
  const asked = run.steps.filter((s) => s.kind === 'deliver' && s.status === 'running');
  const unfinished = (s: StepState) =>
    s.status === 'pending' || s.status === 'running' || s.status === 'waiting';
  const failed = run.steps.find((s) => s.status === 'failed');
  // What a failing run had asked for and not begun is not begun any more.
  const kept = status === 'completed' ? effects : effects.filter((e) => e.type === 'show');
  return {
    run: {
      ...run,
      status,
      waitingFor: null,
      failure: status === 'failed' ? (failed?.failure ?? null) : null,
      steps: run.steps.map((s) => (unfinished(s) ? { ...s, status: 'canceled', waitingFor: null } : s)),
    },
    effects: [
      ...kept,
      ...closed.map((s) => ({ type: 'close' as const, step: s.id })),
      ...asked.map((s) => ({ type: 'withdraw' as const, step: s.id })),
      { type: 'ended', status },
    ],
  };
}

function stop(run: RunState): Change {
  const { run: ended, effects } = end(run, 'canceled', []);
  return { run: ended, effects: [{ type: 'abort' }, ...effects] };
}

function retry(crew: Crew, run: RunState, fresh: boolean, conditions: Conditions): Change {
  if (run.status === 'completed' || !isOver(run.status) || run.steps.some((s) => s.live))
    return unchanged(run);
  const reopened = reopen(crew, run, fresh);
  return goOn(crew, reopened.run, reopened.effects, conditions);
}
