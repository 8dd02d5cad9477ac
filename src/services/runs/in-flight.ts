/** Calls, tools and pauses under way, by run: what `stop` aborts. */
export interface InFlight {
  /** The process is leaving: nothing new is called. */
  readonly closed: boolean;
  /** Aborts it at once where the process is leaving. */
  enter(run: string, controller: AbortController): void;
  leave(run: string, controller: AbortController): void;
  /** Aborts everything of a run; gives how much that was. */
  abort(run: string): number;
  /** Aborts everything, for good. */
  close(): void;
}

export function createInFlight(): InFlight {
  const runs = new Map<string, Set<AbortController>>();
  let closed = false;
  const abort = (run: string) => {
    const controllers = [...(runs.get(run) ?? [])];
    for (const controller of controllers) controller.abort(new Error('the run was stopped'));
    return controllers.length;
  };
  return {
    get closed() {
      return closed;
    },
    enter(run, controller) {
      if (closed) controller.abort(new Error('the process is leaving'));
      const set = runs.get(run) ?? new Set();
      runs.set(run, set.add(controller));
    },
    leave(run, controller) {
      const set = runs.get(run);
      set?.delete(controller);
      if (set?.size === 0) runs.delete(run);
    },
    abort,
    close() {
      closed = true;
      for (const run of [...runs.keys()]) abort(run);
    },
  };
}
