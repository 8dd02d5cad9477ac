import type { Card } from '../../chat/card.ts';
import type { CapRaise } from './by-people.ts';
import type { Loaded } from './load.ts';
import type { RunPrice } from './price.ts';
import type { Ask, Started } from './start.ts';
import type { RunView } from './view.ts';

export type { Ask, RunPrice, RunView, Started };

/** Runs as surfaces and commands use them. Every call is scoped by its workspace. */
export interface RunService {
  /** What a run would cost, without starting it. */
  price(ask: Ask): Promise<RunPrice>;
  /** Throws `price.ask` (nobody agreed to a price above `ask-above`), `gate.nobody` (rule G3) and `request.repeated`. */
  start(ask: Ask): Promise<Started>;
  /** Throws `run.unknown`, `run.over`. `by`: who is named in the thread. */
  stop(workspace: string, run: string, by?: string | null): Promise<Loaded>;
  /** Rule R4. Throws `run.unknown`, `run.completed`, `run.not-over`, `run.erased`, `run.ending`. */
  retry(workspace: string, run: string, fresh: boolean, by?: string | null): Promise<Loaded>;
  /** Rule K7. Throws `run.unknown`, `run.over`, `run.begun`, `run.not-waiting`. */
  onSandbox(workspace: string, run: string, by: string): Promise<Loaded>;
  /** Rule M3. Throws `run.unknown`, `run.over`, `run.cap-moved`. The limit as it is now, nano-dollars. */
  raiseCap(raise: CapRaise): Promise<bigint>;
  /** Says in the run's thread what somebody did about it. */
  say(workspace: string, run: string, what: string, by: string): Promise<void>;
  /** Where it runs, and for whom. Throws `run.unknown`. */
  whereabouts(workspace: string, run: string): Promise<Whereabouts>;
  /** The newest run of a thread that is not over: the thread is its own, or it was asked for there. */
  inThread(workspace: string, channel: string, thread: string): Promise<string | null>;
  /** Throws `run.unknown`. */
  view(workspace: string, run: string): Promise<RunView>;
  /** The run's own card as it stands now. */
  card(workspace: string, run: string): Promise<Card>;
  /** Newest first. */
  list(workspace: string, most: number): Promise<readonly RunSummary[]>;
  /** Calls `then` after each commit that changed the run; the returned function ends it. */
  watch(run: string, then: (status: RunView['status']) => void): () => void;
  /** Lets runs look again that wait for a key or a budget. */
  wake(workspace: string, waitingFor: 'key' | 'budget'): Promise<void>;
}

export interface Whereabouts {
  /** Channel id. */
  readonly channel: string;
  /** Member id. */
  readonly askedBy: string;
}

export interface RunSummary extends Whereabouts {
  readonly run: string;
  readonly crew: string;
  readonly input: string;
  readonly status: RunView['status'];
  readonly waitingFor: string | null;
  readonly createdAt: number;
  readonly endedAt: number | null;
}
