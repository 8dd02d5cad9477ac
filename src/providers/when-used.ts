import type { ModelEvent, Provider, ProviderName } from './port.ts';

/** A provider whose adapter is imported with its first call: a start pays for none that it does not use. */
export function providerWhenUsed(
  name: ProviderName,
  searches: boolean,
  load: () => Promise<Provider>,
): Provider {
  let loading: Promise<Provider> | null = null;
  let loaded: Provider | null = null;

  async function adapter(): Promise<Provider> {
    loading ??= load();
    loaded = await loading;
    return loaded;
  }

  async function* afterLoading(...call: Parameters<Provider['stream']>): AsyncGenerator<ModelEvent> {
    yield* (await adapter()).stream(...call);
  }

  return {
    name,
    searches,
    stream: (...call) => (loaded === null ? afterLoading(...call) : loaded.stream(...call)),
    verify: async (key, signal) => (await adapter()).verify(key, signal),
  };
}
