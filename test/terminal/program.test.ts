import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { startOpenAI, testKey } from '../support/openai.ts';
import { type Installation, install } from '../support/program.ts';
import { root } from '../support/tree.ts';

let here: Installation;
afterEach(() => here.remove());

// Vitest takes TypeScript that type stripping refuses, so the program itself is started here.
test('version opens nothing', async () => {
  here = await install();
  expect(await here.run(['version'])).toEqual({
    exit: 0,
    out: `Crewsmith ${packageJson.version}\nNode ${process.version}\n`,
    err: '',
  });
  expect(readdirSync(here.home)).toEqual([]);
});

test('a wrong word ends the process with 2, and leaves no trace', async () => {
  here = await install();
  const { exit, out, err } = await here.run(['reserch', 'acme.com']);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toContain('Did you mean "research"?');
  expect(readdirSync(here.home)).toEqual([]);
});

test('a key among the words is refused before anything is opened, and never repeated', async () => {
  here = await install();
  const key = `sk-${'proj-'}${'a1B2c3D4'.repeat(5)}`;
  const { exit, out, err } = await here.run(['keys', 'add', 'openai', key, '--json']);
  expect(exit).toBe(2);
  expect(err).toContain('Revoke that key');
  expect(out + err).not.toContain('a1B2c3D4');
  expect(readdirSync(here.home)).toEqual([]);
});

test('start says six lines, serves the page, and other terminals run and decide through it', async () => {
  here = await install({ PORT: '0' });
  const start = here.start(['start']);
  await start.says('Working on every run here until Ctrl-C.');
  const socket = join(here.home, 'crewsmith.sock');
  expect(existsSync(socket)).toBe(true);

  const second = await here.run(['start']);
  expect(second.exit).toBe(1);
  expect(second.err).toContain('Crewsmith runs here already');

  const site = (await start.finds(/try research \S+,/)).slice('try research '.length, -1);
  const asked = await here.run(['research', site, '--json']);
  expect(asked.exit).toBe(3);
  const { run } = JSON.parse(asked.out) as { run: string };
  const decided = await here.run(['decide', run, 'approve', '--json']);
  expect(decided.exit).toBe(0);
  expect(JSON.parse(decided.out)).toMatchObject({ status: 'completed', sandbox: true, costNano: 0 });

  start.child.kill('SIGTERM');
  const { exit, out, err } = await start.ended;
  expect([exit, out]).toEqual([0, '']);
  const [first = '', ...rest] = err.split('\n');
  expect(first).toMatch(/Sign in, once: http:\/\/127\.0\.0\.1:\d+\/enter\/\S{32}$/);
  expect(rest.slice(0, 5).map((line) => line.trim().split(' ', 1)[0])).toEqual([
    'answers',
    'data',
    'crews',
    'surfaces',
    'now',
  ]);
  expect(rest[1]).toContain('master.key, made now: keep a copy of it apart');
  expect(rest[5]).toMatch(/^Ending/);
  expect(existsSync(socket)).toBe(false);
});

test('whoever ends npm ends the program in order, although the shell between them tells it nothing', async () => {
  here = await install({ PORT: '0' });
  // `wait` keeps the shell from becoming what it starts.
  const command = `"${process.execPath}" src/cli.ts start & wait`;
  const env = { PATH: process.env.PATH, CREWSMITH_HOME: here.home, PORT: '0', npm_lifecycle_event: 'start' };
  const shell = spawn('sh', ['-c', command], { cwd: root, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const text of shell.stderr.setEncoding('utf8')) {
    said += text;
    if (said.includes('Working on every run here')) shell.kill('SIGKILL');
  }
  expect(said).toContain('Ending: calls in flight are booked');
  expect(existsSync(join(here.home, 'crewsmith.sock'))).toBe(false);
});

test('start --once --approve ends with the exit code of its run, the brief on standard output', async () => {
  here = await install();
  const { exit, out } = await here.run(['start', '--once', '--approve']);
  expect(exit).toBe(0);
  expect(out).toContain('Written by the offline sandbox');
  expect(out).toContain('## Sources');
});

test('a start on a clock that was set back says by how much, once audited, and goes on (rule Q2)', async () => {
  here = await install({ PORT: '0' });
  await here.run(['research', '127.0.0.1:9', '--approve']);
  const database = new Database(join(here.home, 'crewsmith.db'));
  database.exec('update runs set created_at = created_at + 7500000');
  database.close();
  const start = here.start(['start']);
  await start.says('  clock     2 h before the newest thing stored here');
  start.child.kill('SIGTERM');
  expect((await start.ended).exit).toBe(0);
  const again = new Database(join(here.home, 'crewsmith.db'), { readonly: true });
  const rows = again.prepare(`select actor from audit where action = 'clock.back'`).all();
  again.close();
  expect(rows).toEqual([{ actor: 'system' }]);
  expect((await here.run(['verify'])).exit).toBe(0);
});

test('the page ticks off what is whole: half of what Slack needs connects nothing', async () => {
  here = await install({ PORT: '0', SLACK_BOT_TOKEN: 'xoxb-half-of-it' });
  const start = here.start(['start']);
  const link = await start.finds(/http:\S+\/enter\/\S+/);
  const { origin } = new URL(link);
  const entered = await fetch(link, { method: 'POST', headers: { origin }, redirect: 'manual' });
  const cookie = entered.headers.get('set-cookie')?.split(';', 1)[0] ?? '';
  const checklist = await (await fetch(`${origin}/checklist`, { headers: { cookie } })).text();
  const done = Array.from(
    checklist.matchAll(/data-done="(\w+)".*?class="what">([^<]*)/g),
    ([, is, what]) => `${what}: ${is}`,
  );
  expect(done).toContain('Connect Slack: no');
  expect(done).toContain('Connect Discord: no');
});

test('start says that nobody answers where every key was revoked', async () => {
  const openai = await startOpenAI();
  here = await install({ PORT: '0', OPENAI_BASE_URL: openai.baseUrl });
  await here.run(['keys', 'add', 'openai'], testKey);
  await here.run(['keys', 'revoke', 'openai']);
  const start = here.start(['start']);
  expect(await start.finds(/^ {2}answers .*$/m)).toContain('nobody: no key is live');
  start.child.kill('SIGTERM');
  expect((await start.ended).exit).toBe(0);
  await openai.close();
});
