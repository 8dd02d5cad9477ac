import { describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import type { KeysInEnvironment } from '../../src/services/key-import.ts';
import { newestAudit } from '../../src/store/audit.ts';
import { type TestWorkspace, testWorkspace } from '../support/workspace.ts';

interface Variables {
  openai?: string;
  anthropic?: string;
  google?: string;
  baseUrl?: string;
  compatible?: string;
  compatibleUrl?: string;
}

const inEnvironment = (variables: Variables): KeysInEnvironment => {
  const { openai, anthropic, google, compatible, baseUrl, compatibleUrl } = variables;
  const secret = (value: string | undefined) => (value === undefined ? null : new Secret(value));
  return {
    openai: { key: secret(openai), baseUrl: baseUrl ?? null },
    anthropic: { key: secret(anthropic), baseUrl: null },
    google: { key: secret(google), baseUrl: null },
    compatible: { key: secret(compatible), baseUrl: compatibleUrl ?? null },
  };
};

/** What a start does with its variables. */
const start = (t: TestWorkspace, variables: Variables) =>
  t.keyImport.importFromEnvironment(t.home.workspace, inEnvironment(variables));
const list = (t: TestWorkspace) => t.store.read((tx) => t.keys.list(tx, t.home.workspace));
const hints = async (t: TestWorkspace) =>
  (await list(t)).map((key) => `${key.provider} ${key.label} ${key.hint}`);
const revoke = (t: TestWorkspace, words: string) =>
  t.keys.revoke({ workspace: t.home.workspace, actor: t.home.member, words, all: false });
const add = (t: TestWorkspace, secret: string) =>
  t.keys.add({
    workspace: t.home.workspace,
    actor: t.home.member,
    provider: 'openai',
    secret: new Secret(secret),
    label: null,
    environment: 'production',
    baseUrl: null,
    scope: {},
  });
const worked = async (t: TestWorkspace) => {
  const [key] = await list(t);
  await t.store.transact((tx) =>
    t.keys.markWorked(tx, t.home.workspace, { versionId: key?.versionId ?? '' }),
  );
};
const refused = { state: 'failing', status: 401, says: 'Incorrect key.' } as const;

describe('keys from variables (rule K3)', () => {
  test('are imported at the first start, asked about at once, and said', async () => {
    await using t = await testWorkspace();
    expect(await start(t, { openai: 'secret-of-acme-0001', google: 'secret-of-acme-0002' })).toEqual([
      'OPENAI_API_KEY (••••0001) was imported and works.',
      'GOOGLE_API_KEY (••••0002) was imported and works.',
    ]);
    expect(await list(t)).toMatchObject([
      { provider: 'openai', label: 'main', origin: 'environment', health: 'healthy', createdBy: 'system' },
      { provider: 'google', label: 'main', origin: 'environment' },
    ]);
    const [row] = await t.store.read((tx) => newestAudit(tx, t.home.workspace, 1));
    expect(row).toMatchObject({ actor: 'system', action: 'key.add' });
  });

  test('are left alone by the next start, which asks nobody and says nothing', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    const before = await list(t);
    expect(await start(t, { openai: 'secret-of-acme-0001' })).toEqual([]);
    expect(await start(t, {})).toEqual([]);
    expect(await list(t)).toEqual(before);
    expect(t.desks.openai.asked).toHaveLength(1);
  });

  test('go to this workspace alone', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    expect(t.raw.prepare('select distinct workspace_id from keys').all()).toEqual([
      { workspace_id: t.home.workspace },
    ]);
  });

  test('that were refused are one of the lines of the start; the corrected value is taken', async () => {
    await using t = await testWorkspace();
    t.desks.openai.says('secret-of-acme-001', refused);
    expect(await start(t, { openai: 'secret-of-acme-001' })).toEqual([
      'OPENAI_API_KEY (••••-001) was imported, but openai refuses it (401): Incorrect key. Correct it and start again.',
    ]);
    expect(await list(t)).toMatchObject([{ health: 'failing' }]);
    expect(await start(t, { openai: 'secret-of-acme-0001' })).toEqual([
      'OPENAI_API_KEY (••••0001) was imported and works.',
    ]);
    expect(await hints(t)).toEqual(['openai main 0001']);
    expect(await list(t)).toMatchObject([{ health: 'healthy' }]);
  });

  test('that could not be asked about are kept, and that is said', async () => {
    await using t = await testWorkspace();
    t.desks.openai.says('secret-of-acme-0001', { state: 'unknown', says: 'No answer.' });
    expect(await start(t, { openai: 'secret-of-acme-0001' })).toEqual([
      'OPENAI_API_KEY (••••0001) was imported, but could not be checked: No answer.',
    ]);
    expect(await list(t)).toMatchObject([{ health: 'unknown' }]);
  });

  test('that were revoked do not come back at a restart', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    await revoke(t, 'openai');
    for (let restart = 0; restart < 2; restart++) {
      expect(await start(t, { openai: 'secret-of-acme-0001' })).toEqual([
        'OPENAI_API_KEY holds a key that was revoked or replaced here: it is not used. Take it out of the environment.',
      ]);
    }
    expect(await list(t)).toEqual([]);
  });

  test('that somebody had added and revoked do not come back either', async () => {
    await using t = await testWorkspace();
    await add(t, 'secret-of-acme-0001');
    await revoke(t, 'openai');
    await start(t, { openai: 'secret-of-acme-0001' });
    expect(await list(t)).toEqual([]);
  });

  test('that were rotated away do not come back', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    await t.keys.rotate({
      workspace: t.home.workspace,
      actor: t.home.member,
      words: 'openai',
      secret: new Secret('secret-of-acme-0002'),
    });
    await start(t, { openai: 'secret-of-acme-0001' });
    expect(await hints(t)).toEqual(['openai main 0002']);
    await start(t, { openai: 'secret-of-acme-0003' });
    expect(await hints(t)).toEqual(['openai main 0002']);
  });

  test('that were mistyped once and revoked do not come back as their mistake', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    await start(t, { openai: 'secret-of-acme-0002' });
    await start(t, { openai: 'secret-of-acme-0001' });
    expect(await hints(t)).toEqual(['openai main 0002']);
  });

  test('with another value are taken after a revocation', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    await revoke(t, 'openai');
    await start(t, { openai: 'secret-of-acme-0002' });
    expect(await hints(t)).toEqual(['openai main 0002']);
  });

  test('do not replace one that worked; how to change it is said', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    await worked(t);
    expect(await start(t, { openai: 'secret-of-acme-0002' })).toEqual([
      'OPENAI_API_KEY is not used: this workspace has openai/production/main ••••0001 already. To change it: keys rotate openai.',
    ]);
    expect(await hints(t)).toEqual(['openai main 0001']);
  });

  test('do not replace one that somebody added', async () => {
    await using t = await testWorkspace();
    await add(t, 'secret-of-acme-0001');
    await start(t, { openai: 'secret-of-acme-0002' });
    expect(await hints(t)).toEqual(['openai main 0001']);
  });

  test('do not replace one of several', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001' });
    await add(t, 'secret-of-acme-0002');
    await start(t, { openai: 'secret-of-acme-0003' });
    expect(await hints(t)).toEqual(['openai main 0001', 'openai main-2 0002']);
  });

  test('that hold no key are not imported, and not shown', async () => {
    await using t = await testWorkspace();
    expect(await start(t, { openai: 'two words' })).toEqual([
      'OPENAI_API_KEY does not look like a key: it was not imported.',
    ]);
    expect(await list(t)).toEqual([]);
  });

  test('follow their base URL while the key stays the same', async () => {
    await using t = await testWorkspace();
    await start(t, { openai: 'secret-of-acme-0001', baseUrl: 'http://one.acme.com/v1' });
    expect(t.desks.openai.asked).toEqual([
      { secret: 'secret-of-acme-0001', baseUrl: 'http://one.acme.com/v1' },
    ]);
    expect(await start(t, { openai: 'secret-of-acme-0001', baseUrl: 'http://two.acme.com/v1' })).toEqual([
      'openai/production/main ••••0001 is used at two.acme.com from now on.',
    ]);
    expect(await list(t)).toMatchObject([{ baseUrl: 'http://two.acme.com/v1' }]);
    const [row] = await t.store.read((tx) => newestAudit(tx, t.home.workspace, 1));
    expect(row).toMatchObject({ action: 'key.move' });
  });
});

describe('a base URL without a key (rule K7)', () => {
  const local = 'http://localhost:11434/v1';
  const wanted = { provider: 'compatible', environment: 'production', channel: 'c', crew: 'research' };

  test('is a live entry labelled none, which opens to what stands for a secret', async () => {
    await using t = await testWorkspace();
    expect(await start(t, { baseUrl: local })).toEqual([
      'OPENAI_BASE_URL is used without a key, at localhost:11434.',
    ]);
    const picked = await t.store.read((tx) => t.keys.pick(tx, t.home.workspace, wanted));
    expect(picked).toMatchObject({ label: 'none', baseUrl: local });
    const key = await t.store.read((tx) => t.keys.open(tx, t.home.workspace, picked?.versionId ?? ''));
    expect([key.secret.reveal(), key.baseUrl]).toEqual(['none', local]);
    expect(await start(t, { baseUrl: local })).toEqual([]);
    expect(await hints(t)).toEqual(['compatible none ']);
  });

  test('of a server that asks for one is said to', async () => {
    await using t = await testWorkspace();
    t.desks.compatible.says('none', refused);
    expect(await start(t, { baseUrl: local })).toEqual([
      'localhost:11434 asks for a key (401): set OPENAI_API_KEY beside OPENAI_BASE_URL.',
    ]);
  });

  test('goes with its variable, moves with it, and comes back with it', async () => {
    await using t = await testWorkspace();
    await start(t, { baseUrl: local });
    await worked(t);
    await start(t, { baseUrl: 'http://other.acme.com/v1' });
    expect((await list(t)).map((key) => key.baseUrl)).toEqual(['http://other.acme.com/v1']);
    await start(t, {});
    expect(await list(t)).toEqual([]);
    await start(t, { baseUrl: local });
    expect((await list(t)).map((key) => key.baseUrl)).toEqual([local]);
  });

  test('makes room for a key, also when it worked', async () => {
    await using t = await testWorkspace();
    await start(t, { baseUrl: local });
    await worked(t);
    await start(t, { openai: 'secret-of-acme-0001', baseUrl: local });
    expect(await hints(t)).toEqual(['openai main 0001']);
  });

  test('is the compatible server’s own where that has one, and a key of its goes there', async () => {
    await using t = await testWorkspace();
    const compatibleUrl = 'http://gpu.acme.com/v1';
    expect(await start(t, { compatible: 'secret-of-acme-0003' })).toEqual([
      'COMPATIBLE_API_KEY is not used: COMPATIBLE_BASE_URL says whose key it is, and is not set.',
    ]);
    expect(await start(t, { compatible: 'secret-of-acme-0003', compatibleUrl, baseUrl: local })).toEqual([
      'OPENAI_BASE_URL is not used: it has no key, and COMPATIBLE_BASE_URL says where to ask without.',
      'COMPATIBLE_API_KEY (••••0003) was imported and works.',
    ]);
    expect(await list(t)).toMatchObject([{ provider: 'compatible', label: 'main', baseUrl: compatibleUrl }]);
  });

  test('that somebody revoked does not come back at a restart', async () => {
    await using t = await testWorkspace();
    await start(t, { baseUrl: local });
    await revoke(t, 'none');
    await start(t, { baseUrl: local });
    expect(await list(t)).toEqual([]);
  });

  test('does nothing beside a key of that provider', async () => {
    await using t = await testWorkspace();
    await add(t, 'secret-of-acme-0001');
    expect(await start(t, { baseUrl: local })).toEqual([]);
    expect(await hints(t)).toEqual(['openai main 0001']);
  });
});
