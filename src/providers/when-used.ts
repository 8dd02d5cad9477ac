import { type ModelEvent, type Provider, ProviderFailure, type ProviderName } from './port.ts';

/** A provider whose adapter is imported with its first call: a start pays for none that it does not use. */
export function providerWhenUsed(
  name: ProviderName,
  searches: boolean,
  load: () => Promise<Provider>,
): Provider {
  let loading: Promise<Provider> | null = null;
  let loaded: Provider | null = null;

  /** What could not be imported this time may be there the next: no call was made, and nothing paid. */
  async function adapter(): Promise<Provider> {
    try {
      loading ??= load();
      loaded = await loading;
      return loaded;
    } catch (error) {
      loading = null;
      const { code } = error as { code?: unknown };
      const why = typeof code === 'string' ? ` (${code})` : '';
      throw new ProviderFailure('network', `What calls ${name} could not be loaded${why}.`, {
        money: 'none',
      });
    }
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
