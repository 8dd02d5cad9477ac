import type { Surface } from '../../src/chat/port.ts';
import type { Clock } from '../../src/clock.ts';
import type { Provider } from '../../src/providers/port.ts';
import type { Store } from '../../src/store/port.ts';
import type { Tool } from '../../src/tools/port.ts';

/**
 * What a process lives on, so that a test can end it as `kill -9` does: afterwards no timer of it rings, nothing of it is saved,
 * sent or answered. What it had already sent stays sent.
 */
export interface Life {
  kill(): void;
  clock(clock: Clock): Clock;
  store(store: Store): Store;
  provider(provider: Provider): Provider;
  tool(tool: Tool): Tool;
  surface(surface: Surface): Surface;
}

export function beginLife(): Life {
  let dead = false;
  const never = <T>() => new Promise<T>(() => {});
  const living = async <T>(work: () => Promise<T>): Promise<T> => {
    if (dead) return await never<T>();
    try {
      const value = await work();
      return dead ? await never<T>() : value;
    } catch (error) {
      if (dead) return await never<T>();
      throw error;
    }
  };
  return {
    kill: () => {
      dead = true;
    },
    clock: (clock) => ({
      now: () => clock.now(),
      after: (ms, then) => clock.after(ms, () => (dead ? undefined : then())),
    }),
    store: (store) => ({
      dialect: store.dialect,
      transact: (work) =>
        living(() =>
          store.transact((tx) => {
            if (dead) throw new Error('killed before this transaction');
            return work(tx);
          }),
        ),
      read: (work) => living(() => store.read(work)),
      close: () => store.close(),
    }),
    provider: (provider) => ({
      name: provider.name,
      searches: provider.searches,
      async *stream(request, key, signal) {
        const events = provider.stream(request, key, signal)[Symbol.asyncIterator]();
        for (;;) {
          const event = await living(() => events.next());
          if (event.done) return;
          yield event.value;
        }
      },
      verify: (key, signal) => living(() => provider.verify(key, signal)),
    }),
    tool: (tool) => ({ spec: tool.spec, run: (call, signal) => living(() => tool.run(call, signal)) }),
    surface: (surface) => ({
      name: surface.name,
      editEveryMs: surface.editEveryMs,
      post: (card, place, dedupe) => living(() => surface.post(card, place, dedupe)),
      edit: (card, place, address) => living(() => surface.edit(card, place, address)),
      find: (place, dedupe) => living(() => surface.find(place, dedupe)),
      sees: (native, channel) => living(() => surface.sees(native, channel)),
      isClosed: (native, channel) => living(() => surface.isClosed(native, channel)),
      nameOf: (what, asker) => living(() => surface.nameOf(what, asker)),
      fetchFile: (file, most) => living(() => surface.fetchFile(file, most)),
    }),
  };
}
