/** Wakes one waiter; a ring before the wait is remembered. */
export interface Bell {
  ring(): void;
  wait(): Promise<void>;
}

export function createBell(): Bell {
  let { promise, resolve } = Promise.withResolvers<void>();
  return {
    ring: () => resolve(),
    async wait() {
      await promise;
      ({ promise, resolve } = Promise.withResolvers<void>());
    },
  };
}
