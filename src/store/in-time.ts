import { CrewsmithError } from '../errors.ts';

/** A transaction that waits for another one would wait for ever, and everybody with it: it is given up with `store.stuck`. */
export async function inTime<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new CrewsmithError('store.stuck', { seconds: ms / 1000 })), ms);
  try {
    return await Promise.race([work, promise]);
  } finally {
    clearTimeout(timer);
  }
}
