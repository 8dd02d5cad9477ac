import { readdirSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { runTerminal } from '../../src/cli/terminal.ts';
import { settingNames } from '../../src/config.ts';
import { createFakeTerminal } from '../support/fake-terminal.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'crewsmith-'));
  for (const name of settingNames) vi.stubEnv(name, undefined);
  vi.stubEnv('CREWSMITH_HOME', home);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

async function run(words: readonly string[]) {
  const io = createFakeTerminal();
  const exit = await runTerminal(words, io);
  return { exit, ...io.written };
}

test.each([
  [['rnu'], 'Did you mean "run"?'],
  [['reserch', 'acme.com'], 'Did you mean "research"?'],
  [['keys', 'ad', 'openai'], 'Did you mean "keys add"?'],
  [['run'], 'Say which crew: draft, lead, research.'],
  [['run', 'reserch'], 'Did you mean "research"?'],
  [['research', 'acme.com', '--aprove'], 'Did you mean "--approve"?'],
  [['research', 'acme.com', 'too', 'many'], '"too" is one word too many.'],
  [['decide', 'run_1', 'aprove'], 'Did you mean "approve"?'],
  [['decide', 'run_1'], 'DECISION is missing'],
  [['runs', 'run_1', 'trase'], 'Did you mean "trace"?'],
  [['stop'], 'RUN is missing'],
  [['budget', 'set', '$5'], 'WINDOW is missing'],
  [['settings', 'zon', 'Europe/Berlin'], 'Did you mean "settings zone"?'],
  [['crews', 'chek'], 'Did you mean "crews check" or'],
  [['version', 'now'], '"now" is one word too many.'],
  [['strat'], 'Did you mean "start"?'],
  [['help', 'key'], 'Did you mean "keys"'],
  [['help', 'slak'], '"slak" is not a command or a crew here.'],
  [['slack', 'manifst'], 'Usage: slack manifest'],
  [['slack', 'manifest', '--url', 'nowhere'], '"nowhere" is not an address.'],
  [['crews', 'check', 'none.yaml'], 'There is no crew file none.yaml'],
])('%j ends with 2, names the nearest right word and leaves no trace', async (words, says) => {
  const { exit, out, err } = await run(words);
  expect([exit, out]).toEqual([2, '']);
  expect(err).toContain(says);
  expect(readdirSync(home)).toEqual([]);
});

test('with --json a refusal is the one object on standard output', async () => {
  const { exit, out } = await run(['research', '--json', '--zz']);
  expect(exit).toBe(2);
  expect(JSON.parse(out)).toEqual({
    error: { code: 'usage.flag', says: '"research" knows no --zz.', next: expect.any(String) },
  });
});

test.each([
  [['runs'], 'Nothing has run yet.'],
  [['spend'], 'Nothing was called.'],
  [['verify'], 'The books hold'],
  [['doctor'], 'all is well'],
  [['keys'], 'There is no key here.'],
  [['budget'], 'No budget is set.'],
  [['settings'], 'UTC'],
  [['list'], 'research'],
  [['help', 'research'], '--max 0.50'],
  [['research', '--help'], '--max 0.50'],
  // What a crew cannot do without is not shown as if it could be left out.
  [['help', 'research'], 'research COMPANY [--max'],
  [['help', 'start'], 'start [SITE] [--once] [--approve]'],
  [['start', '--help'], 'start [SITE] [--once] [--approve]'],
  [['help', 'slack'], 'slack manifest [--url'],
  [['slack', 'manifest', '--help'], 'slack manifest [--url'],
  [['keys', 'test'], 'No key to test'],
  [['crews', 'check'], 'research is right'],
])('%j answers where nothing was done yet', async (words, says) => {
  const { exit, out } = await run(words);
  expect(exit).toBe(0);
  expect(out).toContain(says);
  // A line that begins with a mark needs no other.
  expect(out).not.toMatch(/• [✔✖○]/);
});

test('wrong settings stop a command, with what is allowed', async () => {
  vi.stubEnv('LOG_LEVEL', 'loud');
  vi.stubEnv('OPENAI_BASE_URL', 'nowhere');
  const { exit, err } = await run(['keys']);
  expect(exit).toBe(2);
  expect(err).toContain('LOG_LEVEL is not a level');
  expect(err).toContain('OPENAI_BASE_URL is not an address');
});

test('a run without a key works on the sandbox, and what it may not read fails it with a sentence', async () => {
  const { exit, out, err } = await run(['research', '127.0.0.1:9', '--approve', '--json']);
  expect(exit).toBe(1);
  expect(JSON.parse(out)).toMatchObject({ crew: 'research', status: 'failed', costNano: 0 });
  expect(err).toContain('private or reserved address');
});

test('a missing master key stops everything with what to do', async () => {
  await run(['keys']);
  await rm(join(home, 'master.key'));
  const { exit, err } = await run(['keys']);
  expect(exit).toBe(5);
  expect(err).toContain('The master key is missing');
});

test('the schema of crew files is printed alone, so that it can be sent into a file', async () => {
  const { out } = await run(['crews', 'schema']);
  expect(JSON.parse(out)).toEqual(JSON.parse(await readFile('crews/crew.schema.json', 'utf8')));
  expect(out.split('\n').length).toBeGreaterThan(20);
});

test('the crews are asked for as one types it, without signs for what may be left out', async () => {
  const { out } = await run(['list']);
  expect(out).toContain('lead "Hi!');
  expect(out).not.toContain('[--');
});

test('a crew of ours with a mistake is known by its name, and its mistake is said', async () => {
  const broken = (await readFile('crews/draft.yaml', 'utf8')).replace('agent: writer', 'agent: writr');
  await writeFile(join(home, 'welcome.yaml'), broken);
  vi.stubEnv('CREWSMITH_CREWS', home);
  for (const words of [
    ['welcome', 'Kim'],
    ['run', 'welcome', 'Kim'],
  ]) {
    const { exit, err } = await run(words);
    expect(exit).toBe(1);
    expect(err).toContain('unknown agent "writr"; did you mean "writer"?');
  }
});

test('a terminal is shown the digest where no channel has it, and has none sent to itself', async () => {
  const shown = await run(['digest', 'now']);
  expect(shown).toMatchObject({
    exit: 0,
    out: expect.stringMatching(/Week of .+\n[\s\S]*No crew called a provider/i),
  });
  const refused = await run(['digest', 'on']);
  expect(refused).toMatchObject({ exit: 2, err: expect.stringContaining('say in which channel') });
  expect((await run(['digest'])).out).toContain('No digest is sent.');
});
