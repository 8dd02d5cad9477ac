import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { isCrewsmithError } from '../../src/errors.ts';
import type { ProviderName } from '../../src/providers/port.ts';
import { loadPrices } from '../../src/providers/prices.ts';
import { defaultAliases, type Entry } from '../../src/services/aliases.ts';
import { newestAudit } from '../../src/store/audit.ts';
import { monday } from '../support/clock.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const place = (t: TestWorkspace, alias = 'smart') => ({
  workspace: t.home.workspace,
  alias,
  channel: 'channel_1',
  crew: 'research',
});
const live = async (
  t: TestWorkspace,
  more: { alias?: string; sandboxRun?: boolean; environment?: string } = {},
) => {
  const { alias, sandboxRun = false, environment = 'production' } = more;
  const entries = await t.store.read((tx) =>
    t.aliases.liveEntries(tx, { ...place(t, alias), environment, sandboxRun }),
  );
  return entries.map((entry) => `${entry.provider}/${entry.model} ${entry.key?.label ?? 'no key'}`);
};
const entries = (t: TestWorkspace) => t.store.read((tx) => t.aliases.entries(tx, place(t)));
const set = (t: TestWorkspace, scope: string, list: readonly Entry[], name = 'smart') =>
  t.store.transact((tx) =>
    t.aliases.set(tx, { workspace: t.home.workspace, actor: t.home.member, scope, name, entries: list }),
  );
const add = (t: TestWorkspace, provider: string, workspace = t.home.workspace) =>
  t.keys.add({
    workspace,
    actor: t.home.member,
    provider,
    secret: new Secret(`secret-of-acme-${provider}`),
    label: null,
    environment: 'production',
    baseUrl: provider === 'compatible' ? 'http://localhost:11434/v1' : null,
    scope: {},
  });

describe('default aliases (rule K7)', () => {
  const all = Object.values(defaultAliases);

  test.each(all.flat().filter((entry) => entry.provider !== 'sandbox'))(
    '$provider/$model has a price today and in a year',
    async ({ provider, model }) => {
      const prices = await loadPrices();
      for (const at of [monday, monday + 365 * 86_400_000]) {
        expect(prices.rates(provider, model, at)?.outputPico).toBeGreaterThan(0n);
      }
    },
  );

  test('name one model a provider, the sandbox last', () => {
    for (const list of all) {
      expect(list.map((entry) => entry.provider)).toEqual(['openai', 'anthropic', 'google', 'sandbox']);
    }
  });

  test('are dearer for smart than for fast', async () => {
    const prices = await loadPrices();
    for (const [i, smart] of defaultAliases.smart.entries()) {
      const fast = defaultAliases.fast[i];
      if (smart.provider === 'sandbox' || fast === undefined) continue;
      const rate = (entry: Entry) => prices.rates(entry.provider, entry.model, monday)?.outputPico ?? 0n;
      expect(rate(smart)).toBeGreaterThan(rate(fast));
    }
  });
});

describe('what an alias stands for', () => {
  const one: Entry[] = [{ provider: 'google', model: 'one' }];
  const two: Entry[] = [{ provider: 'openai', model: 'two' }];
  const three: Entry[] = [{ provider: 'anthropic', model: 'three' }];

  test('is what the crew says, else the channel, else the workspace, else the default', async () => {
    await using t = await testWorkspace();
    expect(await entries(t)).toEqual(defaultAliases.smart);
    await set(t, '', one);
    expect(await entries(t)).toEqual(one);
    await set(t, 'channel:channel_1', two);
    expect(await entries(t)).toEqual(two);
    await set(t, 'crew:research', three);
    expect(await entries(t)).toEqual(three);
    await set(t, 'crew:research', []);
    expect(await entries(t)).toEqual(two);
  });

  test('is, by default, also what a compatible server runs, after the others (rule K7)', async () => {
    await using t = await testWorkspace();
    await add(t, 'compatible');
    await add(t, 'google');
    expect(await live(t)).toEqual(['google/gemini-3.8-flash main', 'compatible/auto main']);
    await set(t, '', two);
    expect(await live(t)).toEqual([]);
  });

  test('is nothing to other channels, crews and workspaces', async () => {
    await using t = await testWorkspace();
    await set(t, 'channel:channel_2', one);
    await set(t, 'crew:draft', two);
    await t.store.transact((tx) =>
      t.aliases.set(tx, { workspace: t.other, actor: 'system', scope: '', name: 'smart', entries: three }),
    );
    expect(await entries(t)).toEqual(defaultAliases.smart);
  });

  test('is nothing at all where nobody set it', async () => {
    await using t = await testWorkspace();
    expect(await t.store.read((tx) => t.aliases.entries(tx, place(t, 'unheard-of')))).toEqual([]);
  });

  test('says who set it, from what to what', async () => {
    await using t = await testWorkspace();
    await set(t, '', one);
    await set(t, '', two);
    const [row] = await t.store.read((tx) => newestAudit(tx, t.home.workspace, 1));
    expect(row).toMatchObject({ actor: t.home.member, action: 'alias.set', target: 'smart' });
    expect(JSON.parse(row?.detail ?? '')).toEqual({ before: one, after: two });
  });

  test.each([
    ['smart', '', [{ provider: 'sandbox', model: 'sandbox' }]],
    ['smart', '', [{ provider: 'unheard-of' as ProviderName, model: 'x' }]],
    ['smart', '', [{ provider: 'openai', model: '' }]],
    ['smart', '', [{ provider: 'openai', model: 'two words' }]],
    ['Smart', '', [{ provider: 'openai', model: 'x' }]],
    ['smart', 'everywhere', [{ provider: 'openai', model: 'x' }]],
  ] as const)('refuses %s at "%s" as %j', async (name, scope, list) => {
    await using t = await testWorkspace();
    await expect(set(t, scope, list, name)).rejects.toEqual(
      expect.toSatisfy((error: unknown) => isCrewsmithError(error, 'alias.invalid')),
    );
  });
});

describe('the entries that can be called (rule K7)', () => {
  test('are the sandbox alone where no key ever was', async () => {
    await using t = await testWorkspace();
    expect(await live(t)).toEqual(['sandbox/sandbox no key']);
    expect(await live(t, { alias: 'unheard-of' })).toEqual(['sandbox/sandbox no key']);
  });

  test('are those with a live key once there is one, never the sandbox', async () => {
    await using t = await testWorkspace();
    await add(t, 'google');
    expect(await live(t)).toEqual(['google/gemini-3.8-flash main']);
    await add(t, 'openai');
    expect(await live(t)).toEqual(['openai/gpt-6-sol main', 'google/gemini-3.8-flash main']);
  });

  test('are none when the last key was revoked: the run waits for one', async () => {
    await using t = await testWorkspace();
    await add(t, 'openai');
    await t.keys.revoke({ workspace: t.home.workspace, actor: t.home.member, words: 'openai', all: true });
    expect(await live(t)).toEqual([]);
  });

  test('leave out a key that was refused, and one of another environment', async () => {
    await using t = await testWorkspace();
    const key = await add(t, 'openai');
    await add(t, 'anthropic');
    await t.store.transact((tx) =>
      t.keys.markRejected(tx, t.home.workspace, { versionId: key.versionId, status: 401 }),
    );
    expect(await live(t)).toEqual(['anthropic/claude-sonnet-5-5 main']);
    expect(await live(t, { environment: 'staging' })).toEqual([]);
  });

  test('are the sandbox for a run that was begun on it, whatever keys there are', async () => {
    await using t = await testWorkspace();
    await add(t, 'openai');
    expect(await live(t, { sandboxRun: true })).toEqual(['sandbox/sandbox no key']);
  });

  test('do not come from another workspace’s keys, nor does its first key switch this one’s sandbox off', async () => {
    await using t = await testWorkspace();
    await add(t, 'openai', t.other);
    expect(await live(t)).toEqual(['sandbox/sandbox no key']);
  });
});
