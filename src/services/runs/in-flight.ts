/** Calls and tools under way, by run: what `stop` aborts. */
export interface InFlight {
  enter(run: string, controller: AbortController): void;
  leave(run: string, controller: AbortController): void;
  /** Aborts everything of a run; the number of calls it aborted. */
  abort(run: string): number;
  abortAll(): void;
}

export function createInFlight(): InFlight {
  const runs = new Map<string, Set<AbortController>>();
  const abort = (run: string) => {
    const controllers = [...(runs.get(run) ?? [])];
    for (const controller of controllers) controller.abort(new Error('the run was stopped'));
    return controllers.length;
  };
  return {
    enter(run, controller) {
      const set = runs.get(run) ?? new Set();
      runs.set(run, set.add(controller));
    },
    leave(run, controller) {
      const set = runs.get(run);
      set?.delete(controller);
      if (set?.size === 0) runs.delete(run);
    },
    abort,
    abortAll() {
      for (const run of [...runs.keys()]) abort(run);
    },
  };
}
