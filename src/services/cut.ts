/**
 * Rule K2 within one process: which calls are in flight under which version of a key, and which versions are dead. A version
 * that died never comes back, so this only grows by what was revoked while the process ran.
 */
export interface Cut {
  /**
   * Enters a call just before it is made, in the same tick. Null: the version is dead, and no call may be made. The returned
   * function takes it out again once the call has ended.
   */
  register(versionId: string, controller: AbortController): (() => void) | null;
  /** Called when the death of these versions is committed. Aborts, before it returns, every call in flight on them; says how many. */
  kill(versionIds: readonly string[]): number;
}

export function createCut(): Cut {
  const inFlight = new Map<string, Set<AbortController>>();
  const dead = new Set<string>();
  return {
    register(versionId, controller) {
      if (dead.has(versionId)) return null;
      const calls = inFlight.get(versionId) ?? new Set();
      inFlight.set(versionId, calls.add(controller));
      return () => {
        calls.delete(controller);
        if (calls.size === 0 && inFlight.get(versionId) === calls) inFlight.delete(versionId);
      };
    },

    kill(versionIds) {
      for (const id of versionIds) dead.add(id);
      const calls = versionIds.flatMap((id) => [...(inFlight.get(id) ?? [])]);
      for (const controller of calls) controller.abort(new Error('the key was revoked'));
      return calls.length;
    },
  };
}
