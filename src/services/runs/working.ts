import type { Card } from '../../chat/card.ts';
import type { Source } from '../../core/fence.ts';
import { type Effect, type RunEvent, type RunState, transition } from '../../core/run.ts';
import type { Attempt } from '../../store/attempts.ts';
import { removeWaiter } from '../../store/budgets.ts';
import type { Tx } from '../../store/port.ts';
import type { Loaded, Runs } from './load.ts';

/** A run being changed by one transaction: events are applied in memory, `finish` writes once. */
export interface Working {
  readonly loaded: Loaded;
  /** It is saved for the first time by this transaction, so its parent card is not posted yet. */
  readonly isNew: boolean;
  state: RunState;
  capNano: bigint;
  capUsedNano: bigint;
  /** Every call of the run, with what this transaction made of them. */
  attempts: readonly Attempt[];
  sources: readonly Source[];
  readonly effects: Effect[];
  /** Said in the thread when the transaction commits, each once by its name. */
  readonly notes: { readonly name: string; readonly card: Card }[];
  /** What locks the audit head, so it is done last (rule R2). */
  readonly last: (() => Promise<void>)[];
}

/** What the effects of a run are carried out by; all of it within the transaction. */
export interface EffectHandlers {
  ask(tx: Tx, working: Working, step: string, again: boolean): Promise<void>;
  close(tx: Tx, working: Working, step: string): Promise<void>;
  deliver(tx: Tx, working: Working, step: string): Promise<void>;
  withdraw(tx: Tx, working: Working, step: string): Promise<void>;
  show(tx: Tx, working: Working, step: string): Promise<void>;
  /** Posts a card into the run's thread, once by its name. */
  note(tx: Tx, working: Working, name: string, card: Card): Promise<void>;
  /** The parent card is to be posted, or drawn anew. */
  refresh(tx: Tx, working: Working): Promise<void>;
  enqueueCall(tx: Tx, working: Working, step: string): Promise<void>;
  abortCalls(run: string): void;
}

export function working(loaded: Loaded): Working {
  return {
    loaded,
    isNew: false,
    state: loaded.state,
    capNano: BigInt(loaded.row.cap_nano),
    capUsedNano: BigInt(loaded.row.cap_used_nano),
    attempts: loaded.attempts,
    sources: loaded.sources,
    effects: [],
    notes: [],
    last: [],
  };
}

/** Applies an event in memory. True when it changed something. */
export function apply(runs: Runs, work: Working, event: RunEvent): boolean {
  const change = transition(work.loaded.crew, work.state, event, runs.conditions(work.loaded));
  if (change.run === work.state) return false;
  work.state = change.run;
  work.effects.push(...change.effects);
  return true;
}

/** The steps of which these changes begin a new round: they are done anew, and paid again. */
export function redoneIn({ loaded, state }: Pick<Working, 'loaded' | 'state'>): ReadonlySet<string> {
  const rounds = new Map(loaded.state.steps.map((step) => [step.id, step.round]));
  return new Set(state.steps.filter((s) => s.round > (rounds.get(s.id) ?? 0)).map((s) => s.id));
}

/** Takes the first `call` out of the effects, for the worker that goes on at once; null when there is none. */
export function takeCall(work: Working): string | null {
  const at = work.effects.findIndex((effect) => effect.type === 'call');
  const [effect] = at < 0 ? [] : work.effects.splice(at, 1);
  return effect?.type === 'call' ? effect.step : null;
}

/** Saves the run and carries out its effects. */
export async function finish(tx: Tx, runs: Runs, handlers: EffectHandlers, work: Working): Promise<Loaded> {
  const saved = await runs.save(tx, work.loaded, work.state, {
    capNano: Number(work.capNano),
    capUsedNano: Number(work.capUsedNano),
    attempts: work.attempts,
    sources: work.sources,
  });
  const after = { ...work, loaded: saved };
  for (const { id, waitingFor } of work.loaded.state.steps) {
    // Who waits no longer for others' holds lets later calls pass (rule M9).
    const waits = work.state.steps.find((s) => s.id === id)?.waitingFor;
    if (waitingFor === 'budget' && waits !== 'budget')
      await removeWaiter(tx, saved.row.workspace_id, saved.row.id, id);
  }
  // Everything else that is said of it goes under its card.
  if (work.isNew) await handlers.refresh(tx, after);
  for (const effect of work.effects) {
    if (effect.type === 'call') await handlers.enqueueCall(tx, after, effect.step);
    else if (effect.type === 'ask') await handlers.ask(tx, after, effect.step, effect.again);
    else if (effect.type === 'close') await handlers.close(tx, after, effect.step);
    else if (effect.type === 'deliver') await handlers.deliver(tx, after, effect.step);
    else if (effect.type === 'withdraw') await handlers.withdraw(tx, after, effect.step);
    else if (effect.type === 'show') await handlers.show(tx, after, effect.step);
    else if (effect.type === 'abort') tx.onCommit(() => handlers.abortCalls(saved.row.id));
  }
  for (const note of work.notes) await handlers.note(tx, after, note.name, note.card);
  if (!work.isNew) await handlers.refresh(tx, after);
  for (const act of work.last) await act();
  return saved;
}
