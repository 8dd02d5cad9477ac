import type { Json } from '../core/json.ts';
import type { Tx } from '../store/port.ts';

export type JobKind = 'step' | 'gate' | 'tell';

/** A hint that something is due (rule Q1): its handler claims the row it is about, and does nothing if that is not due. */
export interface Job {
  readonly id: string;
  readonly workspace: string;
  readonly kind: JobKind;
  readonly run: string | null;
  readonly payload: Json;
  /** UTC ms. */
  readonly dueAt: number;
}

export type JobHandler = (job: Job) => Promise<void>;

export interface Queue {
  /** Stores the job in the caller's transaction; it is worked on after the commit, not before `dueAt`. */
  enqueue(tx: Tx, job: Omit<Job, 'id'>): Promise<void>;
  /** Removes the job in the handler's own transaction, so that a crash before it repeats the job. */
  complete(tx: Tx, jobId: string): Promise<void>;
  /**
   * Gives work that has no job a worker at once after the commit; whoever asks must have stored what a restart goes on from.
   * False when every worker is busy or nothing is worked on: then `enqueue`. A throw is logged like a handler's.
   */
  goOn(tx: Tx, work: () => Promise<void>): boolean;
  /** Takes up stored jobs and works on new ones. A handler that throws is logged by `onError` and its job is tried again later. */
  start(handlers: Readonly<Record<JobKind, JobHandler>>): Promise<void>;
  /** Resolves when nothing is being worked on and nothing is due. For tests and for leaving in order. */
  idle(): Promise<void>;
  /** Starts nothing more and waits for handlers under way. */
  stop(): Promise<void>;
}
