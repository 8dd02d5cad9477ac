import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { type ErrorCode, isCrewsmithError } from '../../src/errors.ts';
import type { KeyHealth } from '../../src/providers/port.ts';
import { createCut } from '../../src/services/cut.ts';
import { epochName } from '../../src/services/key-rows.ts';
import { newestAudit } from '../../src/store/audit.ts';
import { readMeta } from '../../src/store/settings.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const failsWith = (code: ErrorCode) => expect.toSatisfy((error: unknown) => isCrewsmithError(error, code));

const add = (t: TestWorkspace, provider: string, secret: string) =>
  t.keys.add({
    workspace: t.home.workspace,
    actor: t.home.member,
    provider,
    secret: new Secret(secret),
    label: null,
    environment: 'production',
    baseUrl: null,
    scope: {},
  });
const revoke = (t: TestWorkspace, words: string, all = false) =>
  t.keys.revoke({ workspace: t.home.workspace, actor: t.home.member, words, all });

describe('the cut (rule K2)', () => {
  test('lets calls in under a live version, and none under a dead one', () => {
    const cut = createCut();
    expect(cut.register('version_1', new AbortController())).not.toBeNull();
    cut.kill(['version_1']);
    expect(cut.register('version_1', new AbortController())).toBeNull();
    expect(cut.register('version_2', new AbortController())).not.toBeNull();
  });

  test('aborts what is in flight before it returns, and counts it', () => {
    const cut = createCut();
    const [one, two, ended, another] = Array.from({ length: 4 }, () => new AbortController());
    if (!one || !two || !ended || !another) return expect.unreachable();
    cut.register('version_1', one);
    cut.register('version_1', two);
    cut.register('version_1', ended)?.();
    cut.register('version_2', another);
    expect(cut.kill(['version_1'])).toBe(2);
    expect([one, two, ended, another].map((c) => c.signal.aborted)).toEqual([true, true, false, false]);
  });

  test('forgets a call once, whatever came after it', () => {
    const cut = createCut();
    const [first, second] = [new AbortController(), new AbortController()];
    const leave = cut.register('version_1', first);
    leave?.();
    cut.register('version_1', second);
    leave?.();
    expect(cut.kill(['version_1'])).toBe(1);
    expect(second.signal.aborted).toBe(true);
  });
});

describe('revoking a key', () => {
  test('commits first, aborts next, answers last (rule K2)', async () => {
    await using t = await testWorkspace();
    const key = await add(t, 'openai', 'secret-of-acme-0001');
    const order: string[] = [];
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => {
      const state = t.raw.prepare('select state from key_versions where id = ?').get(key.versionId);
      order.push(`aborted while ${JSON.stringify(state)} was committed`);
      order.push(`another call may start: ${t.cut.register(key.versionId, new AbortController()) !== null}`);
    });
    t.cut.register(key.versionId, controller);
    const done = await revoke(t, 'openai');
    order.push('answered');
    expect(order).toEqual([
      'aborted while {"state":"dead"} was committed',
      'another call may start: false',
      'answered',
    ]);
    expect(done).toEqual({ keys: [key], versions: [key.versionId], aborted: 1, ms: 0 });
  });

  test('says how long the aborting took', async () => {
    await using t = await testWorkspace();
    const key = await add(t, 'openai', 'secret-of-acme-0001');
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => t.clock.step(7));
    t.cut.register(key.versionId, controller);
    expect(await revoke(t, 'openai')).toMatchObject({ aborted: 1, ms: 7 });
  });

  test('kills all versions, also while it is being rotated (rule K1)', async () => {
    await using t = await testWorkspace();
    const old = await add(t, 'openai', 'secret-of-acme-0001');
    const next = await t.keys.rotate({
      workspace: t.home.workspace,
      actor: t.home.member,
      words: 'openai',
      secret: new Secret('secret-of-acme-0002'),
    });
    const controllers = [old, next].map((key) => {
      const controller = new AbortController();
      t.cut.register(key.versionId, controller);
      return controller;
    });
    expect(await revoke(t, 'openai')).toMatchObject({
      versions: [old.versionId, next.versionId],
      aborted: 2,
    });
    expect(controllers.every((c) => c.signal.aborted)).toBe(true);
    for (const { versionId } of [old, next]) {
      const opened = t.store.read((tx) => t.keys.open(tx, t.home.workspace, versionId));
      await expect(opened).rejects.toEqual(failsWith('key.dead'));
    }
  });

  test('aborts a test of the key too, and one that has not begun asks nobody', async () => {
    await using t = await testWorkspace();
    const asked: AbortSignal[] = [];
    await add(t, 'openai', 'secret-of-acme-0001');
    t.desks.openai.verify = (_, signal) => {
      asked.push(signal);
      const { promise, resolve } = Promise.withResolvers<KeyHealth>();
      signal.addEventListener('abort', () => resolve({ state: 'unknown', says: 'It was aborted.' }));
      return promise;
    };
    const test = () => t.keys.test({ workspace: t.home.workspace, actor: t.home.member, words: '' });
    const early = test();
    await t.clock.settle();
    const late = test();
    await revoke(t, 'openai');
    expect(asked.map((signal) => signal.aborted)).toContain(true);
    const before = asked.length;
    const [, second] = await Promise.all([early, late]);
    expect(asked).toHaveLength(before);
    expect(asked.every((signal) => signal.aborted)).toBe(true);
    expect(second?.map(({ health }) => health.state)).not.toContain('healthy');
  });

  test('leaves calls on other keys alone', async () => {
    await using t = await testWorkspace();
    await add(t, 'openai', 'secret-of-acme-0001');
    const other = await add(t, 'google', 'secret-of-acme-0002');
    const controller = new AbortController();
    t.cut.register(other.versionId, controller);
    expect(await revoke(t, 'openai')).toMatchObject({ aborted: 0 });
    expect(controller.signal.aborted).toBe(false);
    expect(await t.store.read((tx) => t.keys.list(tx, t.home.workspace))).toMatchObject([{ id: other.id }]);
  });

  test('raises the epoch that other processes watch, and writes down who did it', async () => {
    await using t = await testWorkspace();
    const epoch = () => t.store.read((tx) => readMeta(tx, epochName));
    const key = await add(t, 'openai', 'secret-of-acme-0001');
    expect(await epoch()).toBeUndefined();
    await revoke(t, 'openai');
    expect(await epoch()).toBe('1');
    const [row] = await t.store.read((tx) => newestAudit(tx, t.home.workspace, 1));
    expect(row).toMatchObject({ actor: t.home.member, action: 'key.revoke', target: key.id });
    await add(t, 'openai', 'secret-of-acme-0002');
    await revoke(t, 'openai');
    expect(await epoch()).toBe('2');
  });

  test('of several matches asks which, changes nothing, and takes them all when told to', async () => {
    await using t = await testWorkspace();
    await add(t, 'openai', 'secret-of-acme-0001');
    await add(t, 'openai', 'secret-of-acme-0002');
    await add(t, 'google', 'secret-of-acme-0003');
    const asked = await revoke(t, 'openai').catch((error: unknown) => error);
    expect(isCrewsmithError(asked, 'key.choice') && asked.detail.choices).toEqual([
      expect.stringContaining('openai/production/main ••••0001'),
      expect.stringContaining('openai/production/main-2 ••••0002'),
    ]);
    expect(await t.store.read((tx) => t.keys.list(tx, t.home.workspace))).toHaveLength(3);
    expect((await revoke(t, 'openai', true)).versions).toHaveLength(2);
    expect(await t.store.read((tx) => t.keys.list(tx, t.home.workspace))).toMatchObject([
      { provider: 'google' },
    ]);
  });

  test('that is not there says what is', async () => {
    await using t = await testWorkspace();
    await add(t, 'google', 'secret-of-acme-0003');
    await expect(revoke(t, 'openai')).rejects.toThrow('google/production/main ••••0003');
    await expect(revoke(t, '')).rejects.toEqual(failsWith('key.unknown'));
  });

  test('twice at the same time answers one of them that it is gone', async () => {
    await using t = await testWorkspace();
    await add(t, 'openai', 'secret-of-acme-0001');
    const both = await Promise.allSettled([revoke(t, 'openai'), revoke(t, 'openai')]);
    expect(both.map((one) => one.status)).toEqual(['fulfilled', 'rejected']);
    expect(await t.store.read((tx) => readMeta(tx, epochName))).toBe('1');
  });
});
