import { readFileSync } from 'node:fs';
import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { Secret } from '../../src/core/secret.ts';
import { type KeyDesk, type TestWorkspace, testWorkspace } from '../support/workspace.ts';

const planted = 'planted-secret-of-acme-4711';
const second = 'planted-secret-of-acme-4712';

/** All that was answered or thrown, as anybody might write it down. */
function recorder() {
  const seen: string[] = [];
  const note = (value: unknown) => {
    seen.push(inspect(value, { depth: 20, showHidden: true }), JSON.stringify(value) ?? '', String(value));
    if (value instanceof Error) seen.push(value.stack ?? '', inspect(value.cause, { depth: 20 }));
  };
  return {
    seen,
    async of<T>(work: Promise<T>): Promise<T | null> {
      try {
        const value = await work;
        note(value);
        return value;
      } catch (error) {
        note(error);
        return null;
      }
    },
  };
}

/** A provider that repeats the key in everything it says, as some do. */
function gossip(desk: KeyDesk, secret: string, state: 'failing' | 'unknown'): void {
  const says = `The key ${secret} is wrong.`;
  desk.says(secret, state === 'failing' ? { state, status: 401, says } : { state, says });
}

function everyRow(t: TestWorkspace): string {
  const tables = t.raw.prepare(`select name from sqlite_master where type = 'table'`).all() as {
    name: string;
  }[];
  return tables.map(({ name }) => JSON.stringify(t.raw.prepare(`select * from "${name}"`).all())).join('\n');
}

test('a planted key stands in no row, no answer and no error, whatever is done with it (rules K4, K5)', async () => {
  await using t = await testWorkspace();
  const { seen, of } = recorder();
  const own = { workspace: t.home.workspace, actor: t.home.member };
  const add = (secret: string, provider = 'openai') =>
    t.keys.add({
      ...own,
      provider,
      secret: new Secret(secret),
      label: null,
      environment: 'production',
      baseUrl: null,
      scope: {},
    });
  const start = (openai: string, google: string | null) =>
    t.keyImport.importFromEnvironment(t.home.workspace, {
      openai: { key: new Secret(openai), baseUrl: null },
      anthropic: { key: null, baseUrl: null },
      google: { key: google === null ? null : new Secret(google), baseUrl: null },
      compatible: { key: null, baseUrl: null },
    });
  const rotate = (words: string, secret: string) =>
    t.keys.rotate({ ...own, words, secret: new Secret(secret) });

  gossip(t.desks.openai, planted, 'failing');
  await of(add(planted));
  await of(add(`${planted} and more`));
  await of(add(planted, 'nobody'));
  await of(start(planted, null));
  await of(rotate('openai', planted));
  gossip(t.desks.openai, second, 'unknown');
  await of(rotate('openai', second));
  await of(add(second));
  await of(start(planted, second));
  await of(t.keys.test({ ...own, words: '' }));
  await of(t.store.read((tx) => t.keys.list(tx, t.home.workspace)));
  const wanted = { provider: 'openai', environment: 'production', channel: 'c', crew: 'research' };
  const picked = await of(t.store.read((tx) => t.keys.pick(tx, t.home.workspace, wanted)));
  const key = await of(t.store.read((tx) => t.keys.open(tx, t.home.workspace, picked?.versionId ?? '')));
  await of(t.keys.revoke({ ...own, words: 'openai', all: true }));
  await of(t.store.read((tx) => t.keys.open(tx, t.home.workspace, picked?.versionId ?? '')));
  t.desks.google.verify = () => Promise.reject(new Error(`cannot ask with ${planted}`));
  await of(add(planted, 'google'));

  expect(key?.secret.reveal()).toBe(second);
  const rows = everyRow(t);
  const files = [t.file, `${t.file}-wal`].map((file) => readFileSync(file, 'latin1')).join('');
  for (const secret of [planted, second]) {
    for (const shape of [
      secret,
      Buffer.from(secret).toString('base64').slice(0, -4),
      Buffer.from(secret).toString('hex'),
    ]) {
      expect(seen.filter((text) => text.includes(shape))).toEqual([]);
      expect(rows).not.toContain(shape);
      expect(files).not.toContain(shape);
    }
  }
  expect(rows).toContain('4712');
});
