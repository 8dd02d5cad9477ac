import type { Crew, Step } from './crew.ts';
import type { Change, Effect, RunState, StepState } from './run.ts';

/** What is done anew when people ask for changes or for a retry. Nothing is started here: `transition` goes on from it. */

export const replace = (run: RunState, step: StepState): RunState => ({
  ...run,
  steps: run.steps.map((s) => (s.id === step.id ? step : s)),
});

export const isReady = (run: RunState, step: Step) =>
  step.needs.every((id) => {
    const need = run.steps.find((s) => s.id === id);
    return need?.status === 'done' || need?.status === 'skipped';
  });

/** The step that made what the gate shows begins a new round; everything that rests on it is to be done anew. */
export function redo(crew: Crew, run: RunState, gateId: string, comment: string | null): Change {
  const gate = crew.steps.find((s) => s.id === gateId);
  const maker = gate?.kind === 'gate' ? gate.shows.step : gateId;
  const anew = dependents(crew, maker);
  const effects: Effect[] = [];
  const steps = run.steps.map((s) => {
    const step = crew.steps.find((c) => c.id === s.id);
    if (s.id === maker) return { ...again(s, true), comment };
    if (!anew.has(s.id) || step === undefined) return s;
    // What went out was approved; it goes out again only when its gate asks anew.
    if (step.kind === 'deliver' && s.status !== 'canceled' && !anew.has(step.approved)) return s;
    if (s.kind === 'gate' && s.status === 'waiting' && s.id !== gateId)
      effects.push({ type: 'close', step: s.id });
    if (s.kind === 'deliver' && s.status === 'running') effects.push({ type: 'withdraw', step: s.id });
    return again(s, s.kind === 'prompt' && hasBegun(run, step, s));
  });
  return { run: { ...run, steps }, effects };
}

/** Whether anything of the step's round may have been called. A canceled step had begun if nothing stood before it. */
const hasBegun = (run: RunState, step: Step, state: StepState) =>
  state.status !== 'pending' &&
  state.status !== 'skipped' &&
  (state.status !== 'canceled' || isReady(run, step));

function again(step: StepState, newRound: boolean): StepState {
  return {
    ...step,
    status: 'pending',
    waitingFor: null,
    failure: null,
    comment: newRound ? null : step.comment,
    output: newRound ? null : step.output,
    round: newRound ? step.round + 1 : step.round,
  };
}

/** Every step that rests on `id`, directly or not. */
function dependents(crew: Crew, id: string): Set<string> {
  const found = new Set<string>();
  let grew = true;
  while (grew) {
    grew = false;
    for (const step of crew.steps) {
      if (found.has(step.id)) continue;
      if (step.needs.some((n) => n === id || found.has(n))) {
        found.add(step.id);
        grew = true;
      }
    }
  }
  return found;
}

/** Rule R4: a run that is over, opened again. `fresh`: a person asks for new content although the old was not the reason. */
export function reopen(crew: Crew, over: RunState, fresh: boolean): Change {
  const effects: Effect[] = [];
  let run: RunState = { ...over, failure: null };
  for (const step of over.steps) {
    if (step.status !== 'failed') continue;
    if (step.kind === 'gate' && step.failure?.reason === 'expired' && !fresh) {
      run = replace(run, { ...step, status: 'waiting', waitingFor: 'approval', failure: null });
      effects.push({ type: 'ask', step: step.id, again: true });
    } else if (step.kind === 'gate') {
      run = redo(crew, run, step.id, null).run;
    } else {
      const anew = step.kind === 'prompt' && (fresh || step.failure?.reason === 'content');
      run = replace(run, again(step, anew));
    }
  }
  for (const step of run.steps) if (step.status === 'canceled') run = replace(run, again(step, false));
  return { run, effects };
}
