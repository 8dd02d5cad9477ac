import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { install } from '../support/program.ts';

const preload = pathToFileURL(new URL('../support/loads-process.ts', import.meta.url).pathname).href;

test('a start listens before it loads what makes pages, reads crews or knows commands', async () => {
  const there = await install({ NODE_OPTIONS: `--import ${preload}`, PORT: '0' });
  try {
    const { says, ended, child } = there.start(['start']);
    await says('is up');
    child.kill('SIGKILL');
    const all = (await ended).err;
    const order = (what: string) => {
      const at = all.indexOf(what);
      expect(at, what).toBeGreaterThan(0);
      return at;
    };
    const listens = order('[file src/chat/web/index.ts]');
    for (const later of [
      '[file commands/index.ts]',
      '[file src/chat/web/app.ts]',
      '[package hono]',
      '[package yaml]',
    ])
      expect(order(later), later).toBeGreaterThan(listens);
  } finally {
    await there.remove();
  }
});

test('before the first line of a run a start loads nothing that this line does not need', async () => {
  const there = await install({ NODE_OPTIONS: `--import ${preload}` });
  try {
    const { says, ended, child } = there.start(['start', '--once']);
    await says('Gather');
    child.kill('SIGKILL');
    const [before = ''] = (await ended).err.split('Gather', 1);
    const loaded = (what: string) =>
      [
        ...new Set(Array.from(before.matchAll(new RegExp(`\\[${what} (.*)\\]`, 'g')), (m) => m[1] ?? '')),
      ].sort();
    // Each of these is some ms of every start (ARCHITECTURE.md); no provider, page or PostgreSQL is among them.
    const packages = ['better-sqlite3', 'ipaddr.js', 'kysely', 'liquidjs', 'luxon', 'yaml', 'zod'];
    expect(loaded('package')).toEqual(packages);
    expect(loaded('file').filter((file) => /^src\/providers\/[^/]+\//.test(file))).toEqual([]);
    expect(loaded('file').length).toBeLessThan(250);
  } finally {
    await there.remove();
  }
});
