import { setImmediate as endOfTurn } from 'node:timers/promises';
import type { Tool } from './port.ts';

/** A tool whose code is imported when it is first run. That takes the event loop for a while: what is ready to be said is said before. */
export function toolWhenUsed(spec: Tool['spec'], load: () => Promise<Tool>): Tool {
  let loading: Promise<Tool> | null = null;
  return {
    spec,
    async run(call, signal) {
      if (loading === null) await endOfTurn();
      loading ??= load().catch((error: unknown) => {
        // It may be there the next time.
        loading = null;
        throw error;
      });
      return await (await loading).run(call, signal);
    },
  };
}
