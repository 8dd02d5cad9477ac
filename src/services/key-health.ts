import type { Clock } from '../clock.ts';
import type { KeyHealth, OpenKey, Provider } from '../providers/port.ts';

const verifyMs = 15_000;
const saysMost = 300;

/**
 * Asks the provider about a key, for at most 15 s, outside any transaction. What it says never repeats the key. `controller`
 * ends it before.
 */
export async function probe(
  parts: { clock: Clock },
  provider: Provider,
  key: OpenKey,
  controller: AbortController,
): Promise<KeyHealth> {
  const cancel = parts.clock.after(verifyMs, () => controller.abort(new Error('time is up')));
  try {
    const health = await provider.verify(key, controller.signal);
    if (health.state === 'healthy') return health;
    return { ...health, says: health.says.replaceAll(key.secret.reveal(), '[secret]').slice(0, saysMost) };
  } catch {
    // An adapter answers rather than throws; if it does throw, its text could carry anything.
    return { state: 'unknown', says: 'It could not be asked.' };
  } finally {
    cancel();
  }
}
