import { isPlainAddress } from '../core/address.ts';
import { nearest } from '../core/nearest.ts';
import { CrewsmithError } from '../errors.ts';
import type { Provider, ProviderName } from '../providers/port.ts';
import { noKeyLabel } from './key-rows.ts';

/** What people say of a key beside its secret. */
export interface AskedKey {
  /** As typed; a wrong word is answered with the nearest right one. */
  readonly provider: string;
  readonly label: string | null;
  readonly environment: string;
  readonly baseUrl: string | null;
}

type Providers = ReadonlyMap<ProviderName, Provider>;

/** Throws `key.provider-unknown`. */
export function providerNamed(providers: Providers, word: string): Provider {
  const provider = [...providers.values()].find((p) => p.name === word && p.name !== 'sandbox');
  if (provider !== undefined) return provider;
  const known = [...providers.keys()].filter((name) => name !== 'sandbox');
  throw new CrewsmithError('key.provider-unknown', { provider: word, nearest: nearest(word, known), known });
}

/** Throws `key.provider-unknown`, `key.address-invalid`, `key.address-missing`, `key.word-invalid`. */
export function checkAsked(providers: Providers, asked: AskedKey): Provider {
  const { label, environment, baseUrl } = asked;
  const provider = providerNamed(providers, asked.provider);
  if (baseUrl !== null && !isPlainAddress(baseUrl)) throw new CrewsmithError('key.address-invalid', {});
  // Its key would be sent to somebody else.
  if (provider.name === 'compatible' && baseUrl === null) throw new CrewsmithError('key.address-missing', {});
  checkWord('the environment', environment, []);
  if (label !== null) checkWord('the label', label, [...providers.keys(), noKeyLabel]);
  return provider;
}

/** Taken words would make `revoke openai` mean one key where all of OpenAI's are meant. */
function checkWord(what: string, word: string, taken: readonly string[]): void {
  if (/^[a-z0-9][a-z0-9-]{0,31}$/.test(word) && !taken.includes(word)) return;
  throw new CrewsmithError('key.word-invalid', { what, word });
}
