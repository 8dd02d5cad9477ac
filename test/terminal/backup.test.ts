import { copyFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Installation, install } from '../support/program.ts';

// docs/operating.md: a copy that was made while the program worked is taken up elsewhere, after the first one is lost.
let first: Installation;
let second: Installation;

beforeEach(async () => {
  first = await install({ PORT: '0' });
  second = await install({ PORT: '0' });
});
afterEach(async () => {
  await first.remove();
  await second.remove();
});

async function backUp(): Promise<void> {
  const database = new Database(join(first.home, 'crewsmith.db'), { readonly: true });
  await database.backup(join(second.home, 'crewsmith.db'));
  database.close();
}

test('a run that waited when the copy was made is decided on the copy; without the master key nothing begins', async () => {
  const start = first.start(['start']);
  await start.says('Working on every run here until Ctrl-C.');
  const site = (await start.finds(/try research \S+,/)).slice('try research '.length, -1);
  const asked = await first.run(['research', site, '--json']);
  const { run } = JSON.parse(asked.out) as { run: string };
  await backUp();
  start.child.kill('SIGKILL');
  await start.ended;

  const keyless = await second.run(['decide', run, 'approve']);
  expect(keyless.exit).not.toBe(0);
  expect(keyless.err).toContain('master key');

  await copyFile(join(first.home, 'master.key'), join(second.home, 'master.key'));
  await rm(first.home, { recursive: true });
  const decided = await second.run(['decide', run, 'approve', '--json']);
  expect(decided.exit).toBe(0);
  expect(JSON.parse(decided.out)).toMatchObject({ run, status: 'completed' });
  expect((await second.run(['verify'])).exit).toBe(0);
});
