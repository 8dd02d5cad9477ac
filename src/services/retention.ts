import type { Card } from '../chat/card.ts';
import type { Clock } from '../clock.ts';
import { forgetMeant } from '../store/meant.ts';
import type { Store } from '../store/port.ts';
import { deleteServed, eraseRun, runsToErase } from '../store/retention.ts';

export interface Retention {
  /** Erases what is due now (rule Q7). Never rejects: what fails is tried again an hour later. Resolves to how many runs. */
  sweep(): Promise<number>;
  /** Looks in a minute, and then once an hour. */
  start(): void;
  stop(): Promise<void>;
}

export interface RetentionParts {
  readonly store: Store;
  readonly clock: Clock;
  /** CREWSMITH_RETENTION_DAYS. */
  readonly days: number;
  readonly log: { warn(detail: object, says: string): void };
}

const dayMs = 86_400_000;
const hourMs = 3_600_000;
/** Who starts is not kept waiting by it. */
const firstLookMs = 60_000;
/** So many rows in one transaction: others write in between. */
const batch = 100;

/** Erases the texts of runs that ended long ago; what they cost and who decided stays. */
export function createRetention({ store, clock, days, log }: RetentionParts): Retention {
  let cancel = () => {};
  let running: Promise<unknown> = Promise.resolve();
  let leaving = false;

  async function eraseRuns(endedBefore: number): Promise<number> {
    let erased = 0;
    for (;;) {
      const due = await store.read((tx) => runsToErase(tx, endedBefore, batch));
      for (const { id, workspace_id: workspace } of due) {
        const instead = {
          card: JSON.stringify({ asked: null, card: cardInstead(id, days) }),
          said: JSON.stringify({ text: '(erased)' }),
        };
        const erasure = { ...instead, endedBefore, now: clock.now() };
        if (await store.transact((tx) => eraseRun(tx, workspace, id, erasure))) erased++;
        if (leaving) return erased;
      }
      if (due.length < batch) return erased;
    }
  }

  async function sweep(): Promise<number> {
    try {
      const before = clock.now() - days * dayMs;
      const erased = await eraseRuns(before);
      while (!leaving && (await store.transact((tx) => deleteServed(tx, before, batch))) > 0);
      // Of forms that were left half filled in: nobody can go on with them.
      await store.transact((tx) => forgetMeant(tx, clock.now()));
      return erased;
    } catch (error) {
      log.warn({ err: error }, 'old texts could not be erased; this is tried again in an hour');
      return 0;
    }
  }

  function look(): void {
    running = sweep().then(() => {
      if (!leaving) cancel = clock.after(hourMs, look);
    });
  }

  return {
    sweep,

    start() {
      cancel = clock.after(firstLookMs, look);
    },

    async stop() {
      leaving = true;
      cancel();
      await running;
    },
  };
}

const cardInstead = (run: string, days: number): Card => ({
  v: 1,
  title: 'Erased',
  tone: 'neutral',
  status: '',
  body: [
    {
      type: 'text',
      text: `The texts of this run were erased ${days} days after it had ended. Its costs and decisions stay.`,
    },
  ],
  actions: [],
  foot: run,
});
