import { describe, expect, test } from 'vitest';
import type { KeyScope } from '../../src/core/key-words.ts';
import { Secret } from '../../src/core/secret.ts';
import { type ErrorCode, isCrewsmithError } from '../../src/errors.ts';
import { newestAudit } from '../../src/store/audit.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const failsWith = (code: ErrorCode) => expect.toSatisfy((error: unknown) => isCrewsmithError(error, code));

interface Adding {
  workspace?: string;
  provider?: string;
  secret?: string;
  label?: string;
  environment?: string;
  scope?: KeyScope;
  baseUrl?: string;
}

const add = (t: TestWorkspace, adding: Adding = {}) =>
  t.keys.add({
    workspace: adding.workspace ?? t.home.workspace,
    actor: t.home.member,
    provider: adding.provider ?? 'openai',
    secret: new Secret(adding.secret ?? 'secret-of-acme-0001'),
    label: adding.label ?? null,
    environment: adding.environment ?? 'production',
    baseUrl: adding.baseUrl ?? null,
    scope: adding.scope ?? {},
  });

const list = (t: TestWorkspace, workspace = t.home.workspace) =>
  t.store.read((tx) => t.keys.list(tx, workspace));
const open = (t: TestWorkspace, version: string, workspace = t.home.workspace) =>
  t.store.read(async (tx) => (await t.keys.open(tx, workspace, version)).secret.reveal());
const wanted = { provider: 'openai', environment: 'production', channel: 'channel_1', crew: 'research' };
const pick = (t: TestWorkspace, workspace = t.home.workspace) =>
  t.store.read((tx) => t.keys.pick(tx, workspace, wanted));
const newest = async (t: TestWorkspace) => {
  const [row] = await t.store.read((tx) => newestAudit(tx, t.home.workspace, 1));
  return row;
};

describe('adding a key', () => {
  test('asks its provider, stores it sealed and shows its last characters only', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    expect(key).toMatchObject({
      provider: 'openai',
      label: 'main',
      hint: '0001',
      health: 'healthy',
      worked: false,
    });
    expect(t.desks.openai.asked).toEqual([{ secret: 'secret-of-acme-0001', baseUrl: null }]);
    expect(await list(t)).toEqual([key]);
    expect(await open(t, key.versionId)).toBe('secret-of-acme-0001');
  });

  test('is written down with who added it, without the secret', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    const row = await newest(t);
    expect(row).toMatchObject({ actor: t.home.member, action: 'key.add', target: key.id });
    expect(JSON.parse(row?.detail ?? '')).toMatchObject({
      before: null,
      after: { hint: '0001', health: 'healthy' },
    });
  });

  test('that its provider refuses is refused with its words, and nothing is stored', async () => {
    await using t = await testWorkspace();
    t.desks.openai.says('wrong-key-of-acme', { state: 'failing', status: 401, says: 'Incorrect key.' });
    const refused = add(t, { secret: 'wrong-key-of-acme' });
    await expect(refused).rejects.toEqual(failsWith('key.rejected'));
    await expect(refused).rejects.toThrow('openai refuses this key (401): Incorrect key.');
    expect(t.raw.prepare('select count(*) as n from keys').get()).toEqual({ n: 0 });
    expect(t.raw.prepare('select had_key from workspaces where id = ?').get(t.home.workspace)).toEqual({
      had_key: 0,
    });
  });

  test('that could not be asked about is stored, and says so', async () => {
    await using t = await testWorkspace();
    t.desks.openai.says('secret-of-acme-0001', { state: 'unknown', says: 'No answer.' });
    expect(await add(t)).toMatchObject({ health: 'unknown', healthSays: 'No answer.' });
    expect(await pick(t)).not.toBeNull();
  });

  test('that is here already is refused, in whatever environment; in another workspace it is not known', async () => {
    await using t = await testWorkspace();
    await add(t);
    await expect(add(t, { environment: 'staging' })).rejects.toEqual(failsWith('key.duplicate'));
    await expect(add(t, { workspace: t.other })).resolves.toMatchObject({ label: 'main' });
    const prints = t.raw.prepare('select distinct fingerprint from key_versions').all();
    expect(prints).toHaveLength(2);
  });

  test('that was revoked takes it again (rule K3)', async () => {
    await using t = await testWorkspace();
    await add(t);
    await t.keys.revoke({ workspace: t.home.workspace, actor: t.home.member, words: 'openai', all: false });
    await expect(add(t)).resolves.toMatchObject({ label: 'main' });
  });

  test('of several without a label numbers them, and a label stands once among live keys', async () => {
    await using t = await testWorkspace();
    const labels = [];
    for (const n of [1, 2, 3]) labels.push((await add(t, { secret: `secret-number-${n}-of-acme` })).label);
    expect(labels).toEqual(['main', 'main-2', 'main-3']);
    await expect(add(t, { label: 'main' })).rejects.toEqual(failsWith('key.label-taken'));
    await expect(add(t, { label: 'main', environment: 'staging' })).resolves.toMatchObject({ label: 'main' });
  });

  test.each(['https://ana:secret@acme.com/v1', 'https://acme.com/v1?key=secret', 'acme.com', 'file:///v1'])(
    'at %s is refused without asking there: an address is shown and audited',
    async (baseUrl) => {
      await using t = await testWorkspace();
      await expect(add(t, { baseUrl })).rejects.toEqual(failsWith('key.address-invalid'));
      expect(t.desks.openai.asked).toEqual([]);
      expect(await list(t)).toEqual([]);
    },
  );

  test('of a compatible server needs its address: it would be sent to somebody else', async () => {
    await using t = await testWorkspace();
    await expect(add(t, { provider: 'compatible' })).rejects.toEqual(failsWith('key.address-missing'));
    expect(t.desks.compatible.asked).toEqual([]);
    const baseUrl = 'http://localhost:11434/v1';
    await expect(add(t, { provider: 'compatible', baseUrl })).resolves.toMatchObject({ baseUrl });
  });

  test('twice at the same time stores it once', async () => {
    await using t = await testWorkspace();
    const both = await Promise.allSettled([add(t), add(t)]);
    expect(both.map((one) => one.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await list(t)).toHaveLength(1);
  });

  test('trims what a terminal adds around it', async () => {
    await using t = await testWorkspace();
    const key = await add(t, { secret: ' secret-of-acme-0001\n' });
    expect(await open(t, key.versionId)).toBe('secret-of-acme-0001');
  });

  test.each(['', ' \n', 'two words', 'line\nbreak', 'schlüssel', 'x'.repeat(4097)])(
    'that is none is refused before anybody is asked: "%s"',
    async (secret) => {
      await using t = await testWorkspace();
      await expect(add(t, { secret })).rejects.toEqual(failsWith('key.malformed'));
      expect(t.desks.openai.asked).toEqual([]);
    },
  );

  test.each([
    [{ provider: 'openia' }, 'key.provider-unknown'],
    [{ provider: 'sandbox' }, 'key.provider-unknown'],
    [{ label: 'openai' }, 'key.word-invalid'],
    [{ label: 'none' }, 'key.word-invalid'],
    [{ label: 'Two Words' }, 'key.word-invalid'],
    [{ environment: '' }, 'key.word-invalid'],
  ] as const)('with wrong words is refused: %j', async (words, code) => {
    await using t = await testWorkspace();
    await expect(add(t, words)).rejects.toEqual(failsWith(code));
  });
});

describe('rotating a key (rule K1)', () => {
  const rotate = (t: TestWorkspace, secret: string, words = 'openai') =>
    t.keys.rotate({ workspace: t.home.workspace, actor: t.home.member, words, secret: new Secret(secret) });

  test('uses the new version from now on; the one before opens until it is drained', async () => {
    await using t = await testWorkspace();
    const before = await add(t);
    const after = await rotate(t, 'secret-of-acme-0002');
    expect(after.id).toBe(before.id);
    expect(after).toMatchObject({
      hint: '0002',
      draining: [{ hint: '0001', until: t.clock.now() + 600_000 }],
    });
    expect((await pick(t))?.versionId).toBe(after.versionId);
    await t.clock.advance(599_999);
    expect(await open(t, before.versionId)).toBe('secret-of-acme-0001');
    await t.clock.advance(1);
    await expect(open(t, before.versionId)).rejects.toEqual(failsWith('key.dead'));
    expect(await open(t, after.versionId)).toBe('secret-of-acme-0002');
    expect((await list(t))[0]?.draining).toEqual([]);
    expect(await newest(t)).toMatchObject({ action: 'key.rotate', target: before.id });
  });

  test('to a secret that its provider refuses leaves everything as it was', async () => {
    await using t = await testWorkspace();
    await add(t);
    const before = await list(t);
    t.desks.openai.says('wrong-key-of-acme', { state: 'failing', status: 403, says: 'No.' });
    await expect(rotate(t, 'wrong-key-of-acme')).rejects.toEqual(failsWith('key.rejected'));
    expect(await list(t)).toEqual(before);
  });

  test('to the secret it has is refused', async () => {
    await using t = await testWorkspace();
    await add(t);
    await expect(rotate(t, 'secret-of-acme-0001')).rejects.toEqual(failsWith('key.duplicate'));
  });

  test('asks for a choice where several keys match, and says what there is where none does', async () => {
    await using t = await testWorkspace();
    await add(t);
    await add(t, { secret: 'secret-of-acme-0002' });
    await expect(rotate(t, 'secret-of-acme-0003')).rejects.toEqual(failsWith('key.choice'));
    await expect(rotate(t, 'secret-of-acme-0003', 'google')).rejects.toThrow(
      'openai/production/main ••••0001',
    );
  });

  test('takes back that it was refused', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    await t.store.transact((tx) =>
      t.keys.markRejected(tx, t.home.workspace, { versionId: key.versionId, status: 401 }),
    );
    expect(await pick(t)).toBeNull();
    await rotate(t, 'secret-of-acme-0002');
    expect(await pick(t)).not.toBeNull();
  });
});

describe('what calls say of a key', () => {
  const reject = (t: TestWorkspace, versionId: string) =>
    t.store.transact((tx) => t.keys.markRejected(tx, t.home.workspace, { versionId, status: 401 }));
  const worked = (t: TestWorkspace, versionId: string) =>
    t.store.transact((tx) => t.keys.markWorked(tx, t.home.workspace, { versionId }));
  const testAll = (t: TestWorkspace) =>
    t.keys.test({ workspace: t.home.workspace, actor: t.home.member, words: '' });

  test('one that was refused is picked by nobody until a test says otherwise', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    await reject(t, key.versionId);
    expect(await pick(t)).toBeNull();
    expect((await list(t))[0]).toMatchObject({ health: 'failing', healthSays: 'openai refused it (401).' });
    expect(await newest(t)).toMatchObject({ actor: 'system', action: 'key.health', target: key.id });
    t.desks.openai.says('secret-of-acme-0001', { state: 'unknown', says: 'No answer.' });
    await testAll(t);
    expect(await pick(t)).toBeNull();
    t.desks.openai.says('secret-of-acme-0001', { state: 'healthy', models: [] });
    expect(await testAll(t)).toMatchObject([{ key: { id: key.id }, health: { state: 'healthy' } }]);
    expect(await pick(t)).toMatchObject({ keyId: key.id, versionId: key.versionId });
  });

  test('a refusal stands although a call that was under way succeeds', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    await reject(t, key.versionId);
    await worked(t, key.versionId);
    expect((await list(t))[0]).toMatchObject({ health: 'failing', worked: false });
    expect(await pick(t)).toBeNull();
  });

  test('a refusal is written down once', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    await reject(t, key.versionId);
    const first = await newest(t);
    await reject(t, key.versionId);
    expect(await newest(t)).toEqual(first);
  });

  test('a version that was replaced says nothing about its key', async () => {
    await using t = await testWorkspace();
    const old = await add(t);
    await t.keys.rotate({
      workspace: t.home.workspace,
      actor: t.home.member,
      words: 'openai',
      secret: new Secret('secret-of-acme-0002'),
    });
    await reject(t, old.versionId);
    await worked(t, old.versionId);
    expect((await list(t))[0]).toMatchObject({ health: 'healthy', worked: false, lastUsedAt: null });
  });

  test('success is kept, its time once a minute', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    const at = t.clock.now();
    await worked(t, key.versionId);
    await t.clock.advance(30_000);
    await worked(t, key.versionId);
    expect((await list(t))[0]).toMatchObject({ worked: true, lastUsedAt: at });
    await t.clock.advance(30_001);
    await worked(t, key.versionId);
    expect((await list(t))[0]?.lastUsedAt).toBe(t.clock.now());
  });

  test('a test of some keys asks about those alone', async () => {
    await using t = await testWorkspace();
    await add(t);
    await add(t, { provider: 'google', secret: 'secret-of-acme-0003' });
    await t.keys.test({ workspace: t.home.workspace, actor: t.home.member, words: 'google' });
    expect(t.desks.openai.asked).toHaveLength(1);
    expect(t.desks.google.asked).toHaveLength(2);
  });
});

describe('another workspace', () => {
  test('sees, opens, marks, rotates and revokes nothing of this one', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    const own = { workspace: t.other, actor: t.home.member };
    expect(await list(t, t.other)).toEqual([]);
    expect(await pick(t, t.other)).toBeNull();
    await expect(open(t, key.versionId, t.other)).rejects.toEqual(failsWith('key.dead'));
    await t.store.transact(async (tx) => {
      await t.keys.markWorked(tx, t.other, { versionId: key.versionId });
      await t.keys.markRejected(tx, t.other, { versionId: key.versionId, status: 401 });
    });
    for (const words of ['openai', key.id, key.hint]) {
      await expect(t.keys.revoke({ ...own, words, all: true })).rejects.toEqual(failsWith('key.unknown'));
    }
    const rotated = t.keys.rotate({ ...own, words: key.id, secret: new Secret('secret-of-eve-0009') });
    await expect(rotated).rejects.toEqual(failsWith('key.unknown'));
    expect(await t.keys.test({ ...own, words: '' })).toEqual([]);
    expect(await list(t)).toEqual([key]);
  });

  test('does not open a sealed text that was copied into its own row', async () => {
    await using t = await testWorkspace();
    const key = await add(t);
    const theirs = await add(t, { workspace: t.other, secret: 'secret-of-other-0009' });
    t.raw
      .prepare('update key_versions set sealed = (select sealed from key_versions where id = ?) where id = ?')
      .run(key.versionId, theirs.versionId);
    await expect(open(t, theirs.versionId, t.other)).rejects.toEqual(failsWith('seal.broken'));
  });
});
