import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { type ErrorCode, isCrewsmithError } from '../../src/errors.ts';
import { checkSentinel, loadMasterKeys, type MasterKeyPlaces } from '../../src/services/master-key.ts';
import { createSealing } from '../../src/services/sealing.ts';
import { insertWorkspace } from '../../src/store/people.ts';
import type { Store } from '../../src/store/port.ts';
import { readMeta, writeMeta } from '../../src/store/settings.ts';
import { makeStoreFile, type StoreFile } from '../support/store-file.ts';
import { countedRandom, testWorkspace } from '../support/workspace.ts';

const one = Buffer.alloc(32, 1);
const two = Buffer.alloc(32, 2);
const text = (key: Buffer) => key.toString('base64');

let home = '';
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'crewsmith-'));
});
afterEach(() => rmSync(home, { recursive: true }));

const load = async (places: Partial<MasterKeyPlaces>) =>
  loadMasterKeys(
    { value: null, file: null, old: null, home, newDatabase: false, ...places },
    countedRandom('master'),
  );
const failsWith = (code: ErrorCode) => expect.toSatisfy((error: unknown) => isCrewsmithError(error, code));

describe('the master key (rule K6)', () => {
  test('is made with a new database: mode 600, 32 bytes', async () => {
    const made = await load({ newDatabase: true });
    const path = join(home, 'master.key');
    expect(made.made).toBe(path);
    expect(made.warnings).toEqual([]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(Buffer.from(readFileSync(path, 'utf8').trim(), 'base64')).toEqual(made.current);
    expect(made.current).toHaveLength(32);
  });

  test('is made in a folder that does not exist yet', async () => {
    const made = await load({ home: join(home, 'deep', 'data'), newDatabase: true });
    expect(existsSync(made.made ?? '')).toBe(true);
  });

  test('that was made is found by the next start', async () => {
    const made = await load({ newDatabase: true });
    expect(await load({})).toEqual({ current: made.current, old: null, made: null, warnings: [] });
  });

  test('whose making was cut off is made by the next start, whole', async () => {
    writeFileSync(join(home, 'master.key.unfinished'), text(one).slice(0, 20), { mode: 0o600 });
    const { current, made } = await load({ newDatabase: true });
    expect(readFileSync(made ?? '', 'utf8').trim()).toBe(text(current));
    expect(readdirSync(home)).toEqual(['master.key']);
  });

  test('that is there already is kept, also beside a new database', async () => {
    writeFileSync(join(home, 'master.key'), text(one), { mode: 0o600 });
    expect((await load({ newDatabase: true })).current).toEqual(one);
  });

  test('missing beside an old database stops the start, and none is made', async () => {
    await expect(load({})).rejects.toEqual(failsWith('key.master-missing'));
    expect(existsSync(join(home, 'master.key'))).toBe(false);
  });

  test('missing where CREWSMITH_MASTER_KEY_FILE points stops the start, also with a new database', async () => {
    const file = join(home, 'elsewhere.key');
    await expect(load({ file, newDatabase: true })).rejects.toEqual(failsWith('key.master-missing'));
    expect(existsSync(file)).toBe(false);
  });

  test('is taken from the variable, then from the named file, then from the data folder', async () => {
    const file = join(home, 'elsewhere.key');
    writeFileSync(file, text(two), { mode: 0o600 });
    writeFileSync(join(home, 'master.key'), text(Buffer.alloc(32, 3)), { mode: 0o600 });
    expect((await load({ value: new Secret(text(one)), file })).current).toEqual(one);
    expect((await load({ file })).current).toEqual(two);
    expect((await load({})).current).toEqual(Buffer.alloc(32, 3));
  });

  test('given as the variable leaves no file', async () => {
    await load({ value: new Secret(text(one)), newDatabase: true });
    expect(existsSync(join(home, 'master.key'))).toBe(false);
  });

  test.each([
    '',
    'short',
    text(Buffer.alloc(31, 1)),
    text(Buffer.alloc(33, 1)),
    `${text(one)}!`,
    one.toString('hex'),
  ])('that is not 32 bytes in base64 is refused without showing it: "%s"', async (wrong) => {
    for (const places of [
      { value: new Secret(wrong) },
      { value: new Secret(text(one)), old: new Secret(wrong) },
    ]) {
      const failure = await load(places).catch((error: unknown) => error);
      expect(isCrewsmithError(failure, 'key.master-invalid')).toBe(true);
      if (wrong !== '') expect(inspect(failure, { depth: 9 })).not.toContain(wrong);
    }
  });

  test('that others can read is used with a warning that says what to do', async () => {
    const path = join(home, 'master.key');
    writeFileSync(path, text(one));
    chmodSync(path, 0o644);
    const loaded = await load({});
    expect(loaded.current).toEqual(one);
    expect(loaded.warnings).toEqual([
      `Others on this machine can read the master key: run "chmod 600 ${path}".`,
    ]);
  });
});

describe('the sentinel (rule K6)', () => {
  const sealing = (current: Buffer, old: Buffer | null = null) =>
    createSealing({ current, old, random: countedRandom('sentinel') });

  let file: StoreFile;
  let store: Store;
  /** A database that was made with master key one. */
  beforeEach(async () => {
    file = await makeStoreFile();
    store = await file.open();
    await store.transact((tx) => checkSentinel(tx, sealing(one)));
    await store.transact((tx) =>
      insertWorkspace(tx, {
        id: 'workspace_1',
        slug: 'default',
        name: 'default',
        created_at: 0,
        audit_key: '',
        fingerprint_key: '',
        revision: 0,
        had_key: 0,
      }),
    );
  });
  afterEach(() => file.end());

  test('lets the right key pass at every start', async () => {
    await store.transact((tx) => checkSentinel(tx, sealing(one)));
    await store.read((tx) => checkSentinel(tx, sealing(one)));
  });

  test('finds a wrong key before it seals anything', async () => {
    const wrong = store.transact((tx) => checkSentinel(tx, sealing(two)));
    await expect(wrong).rejects.toEqual(failsWith('key.master-wrong'));
  });

  test('lets the new key pass beside the old one', async () => {
    await store.transact((tx) => checkSentinel(tx, sealing(two, one)));
  });

  test('finds that it was changed', async () => {
    await store.transact((tx) => writeMeta(tx, 'master.sentinel', 'nonsense'));
    const changed = store.transact((tx) => checkSentinel(tx, sealing(one)));
    await expect(changed).rejects.toEqual(failsWith('seal.broken'));
  });

  test('is not made anew in a database that has a workspace', async () => {
    await using t = await testWorkspace();
    const without = t.store.transact((tx) => checkSentinel(tx, sealing(one)));
    await expect(without).rejects.toEqual(failsWith('key.master-wrong'));
    expect(await t.store.read((tx) => readMeta(tx, 'master.sentinel'))).toBeUndefined();
  });
});
