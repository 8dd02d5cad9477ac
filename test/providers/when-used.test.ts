import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { OpenKey, Provider } from '../../src/providers/port.ts';
import { providerWhenUsed } from '../../src/providers/when-used.ts';
import { callOf, requestOf } from '../support/provider-call.ts';
import { createScripted } from '../support/scripted.ts';

const key: OpenKey = { secret: new Secret('planted'), baseUrl: null };

/** A provider whose adapter cannot be imported the first time. */
function lateProvider() {
  const adapter = createScripted(() => ({ text: 'good' }));
  let loads = 0;
  const load = (): Promise<Provider> => {
    loads += 1;
    return loads === 1 ? Promise.reject(new Error('EMFILE')) : Promise.resolve(adapter);
  };
  return providerWhenUsed('openai', false, load);
}

test('a call whose adapter cannot be imported was not made and costs nothing; the next one tries again', async () => {
  const provider = lateProvider();
  expect((await callOf(provider, requestOf(), key)).failure).toMatchObject({
    kind: 'network',
    money: 'none',
  });
  expect((await callOf(provider, requestOf(), key)).finish).not.toBeNull();
});

test('a key is asked about again, too', async () => {
  const provider = lateProvider();
  const { signal } = new AbortController();
  await expect(provider.verify(key, signal)).rejects.toThrow('could not be loaded');
  expect(await provider.verify(key, signal)).toMatchObject({ state: 'healthy' });
});
