import { describe, expect, test } from 'vitest';
import { type KeyScope, keyName, keysMeant, pickKey } from '../../src/core/key-words.ts';

const key = (id: string, provider: string, label: string, environment = 'production', hint = `h${id}`) => ({
  id: `key_${id}`,
  provider,
  label,
  environment,
  hint,
});
const all = [
  key('1', 'openai', 'main'),
  key('2', 'openai', 'main', 'staging'),
  key('3', 'openai', 'batch'),
  key('4', 'anthropic', 'main'),
  key('5', 'google', 'openai-copy'),
];

describe('the keys that words mean (rule K1)', () => {
  test.each([
    ['batch', ['key_3']],
    ['main', ['key_1', 'key_2', 'key_4']],
    ['openai', ['key_1', 'key_2', 'key_3']],
    ['google', ['key_5']],
    ['openai main', ['key_1', 'key_2']],
    ['openai/production/main', ['key_1']],
    ['main staging', ['key_2']],
    ['key_4', ['key_4']],
    ['••••h3', ['key_3']],
    ['h3', ['key_3']],
    ['openai/production/main ••••h1', ['key_1']],
    ['anthropic batch', []],
    ['mistral', []],
    ['', []],
    ['  ', []],
  ])('"%s" means %j', (words, ids) => {
    expect(keysMeant(all, words).map((k) => k.id)).toEqual(ids);
  });

  test('a word is a label before it is a provider', () => {
    const odd = [key('1', 'openai', 'main'), key('2', 'google', 'openai')];
    expect(keysMeant(odd, 'openai').map((k) => k.id)).toEqual(['key_2']);
  });

  test('a key without a hint is not meant by nothing', () => {
    expect(keysMeant([key('1', 'openai', 'main', 'production', '')], '••••')).toEqual([]);
  });

  test('a sentence names a key by its last characters where it has any to show', () => {
    expect(all.slice(0, 1).map(keyName)).toEqual(['openai/production/main ••••h1']);
    expect(keyName(key('1', 'openai', 'none', 'production', ''))).toBe('openai/production/none');
  });
});

describe('the key that a call uses', () => {
  const live = (id: string, scope: KeyScope, more: { health?: string; environment?: string } = {}) => ({
    id,
    provider: 'openai',
    environment: 'production',
    health: 'healthy',
    scope,
    ...more,
  });
  const wanted = { provider: 'openai', environment: 'production', channel: 'sales', crew: 'research' };
  const picks = (...keys: ReturnType<typeof live>[]) => pickKey(keys, wanted)?.id ?? null;

  test('is the oldest that fits', () => {
    expect(picks(live('a', {}), live('b', {}))).toBe('a');
  });

  test('is one of the same provider and environment only', () => {
    expect(picks(live('a', {}, { environment: 'staging' }))).toBeNull();
    expect(pickKey([live('a', {})], { ...wanted, provider: 'google' })).toBeNull();
  });

  test('is the narrowest: a crew before a channel before everything', () => {
    const crew = live('crew', { crews: ['research'] });
    const channel = live('channel', { channels: ['sales'] });
    expect(picks(live('a', {}), channel, crew)).toBe('crew');
    expect(picks(live('a', {}), channel)).toBe('channel');
  });

  test('is never one of another channel or crew, nor of half a match', () => {
    expect(picks(live('a', { channels: ['ops'] }))).toBeNull();
    expect(picks(live('a', { crews: ['draft'] }))).toBeNull();
    expect(picks(live('a', { channels: ['sales'], crews: ['draft'] }))).toBeNull();
    expect(picks(live('a', { channels: [] }))).toBeNull();
  });

  test('is not one that its provider refused; one that could not be asked about is used', () => {
    expect(picks(live('a', {}, { health: 'failing' }), live('b', {}, { health: 'unknown' }))).toBe('b');
    expect(picks(live('a', {}, { health: 'failing' }))).toBeNull();
  });
});
