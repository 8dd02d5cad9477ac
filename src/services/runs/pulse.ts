import type { Clock } from '../../clock.ts';

/** What a run does at this moment, in this process: nothing of it is stored, and its card says it all the same. */
export interface Pulse {
  /** A call or a reading begins; the returned function ends it. `reads`: addresses that are read. */
  begin(run: string, workspace: string, reads: readonly string[]): () => void;
  /** The addresses that are read for a run now. */
  reads(run: string): readonly string[];
  /** Tells of nothing more, and waits for what is being told. */
  stop(): Promise<void>;
}

/** Something true every few seconds: a card that nothing has changed for so long is drawn anew. */
const everyMs = 10_000;
/**
 * So many are drawn anew at once, those first that were longest ago: Slack takes 50 edits a minute of a workspace, and those that
 * tell of a decision must not wait for these.
 */
const most = 4;

interface UnderWay {
  readonly run: string;
  readonly workspace: string;
  readonly reads: readonly string[];
  toldAt: number;
}

/** `tell` draws the card of a run anew, and never rejects. */
export function createPulse(parts: {
  clock: Clock;
  tell: (workspace: string, run: string) => Promise<void>;
}): Pulse {
  const { clock } = parts;
  const all = new Set<UnderWay>();
  let cancel: (() => void) | null = null;
  let telling: Promise<void> = Promise.resolve();
  let stopped = false;

  function arm(): void {
    if (stopped || cancel !== null || all.size === 0) return;
    cancel = clock.after(everyMs, () => {
      cancel = null;
      telling = beat().then(arm);
    });
  }

  async function beat(): Promise<void> {
    const now = clock.now();
    const due = [...all].filter(({ toldAt }) => toldAt + everyMs <= now).sort((a, b) => a.toldAt - b.toldAt);
    const runs = new Map(due.map(({ run, workspace }) => [run, workspace]));
    for (const [run, workspace] of [...runs].slice(0, most)) {
      if (stopped) return;
      for (const one of all) if (one.run === run) one.toldAt = now;
      await parts.tell(workspace, run);
    }
  }

  return {
    begin(run, workspace, reads) {
      const one = { run, workspace, reads, toldAt: clock.now() };
      all.add(one);
      arm();
      return () => {
        all.delete(one);
      };
    },
    reads: (run) => [...all].filter((one) => one.run === run).flatMap(({ reads }) => reads),
    async stop() {
      stopped = true;
      cancel?.();
      await telling;
    },
  };
}
