import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import { createLog } from '../../src/cli/log.ts';
import { type Installation, install } from '../support/program.ts';

let here: Installation | null = null;
afterEach(async () => {
  await here?.remove();
  here = null;
});

test('what goes wrong while the program works is a line on standard error', async () => {
  here = await install({ PORT: '0' });
  const start = here.start(['start']);
  await start.says('Working on every run here until Ctrl-C.');
  const site = (await start.finds(/try research \S+,/)).slice('try research '.length, -1);
  const database = new Database(join(here.home, 'crewsmith.db'));
  database.exec(`create trigger no_card before update on outbox
    begin select raise(abort, 'no card today'); end`);
  database.close();
  here.start(['research', site]);
  const line = await start.finds(/^ {2}log .*$/m);
  expect(line).toMatch(/^ {2}log {7}the outbox could not be written \(no card today\b.*\)$/);
});

function linesAt(level: Parameters<typeof createLog>[1]): string[] {
  const lines: string[] = [];
  const log = createLog({ err: (text) => void lines.push(text) }, level, 'log');
  log.warn({ run: 'run_1', row: undefined }, 'something is tried again');
  log.error({ err: new Error('two\nlines \u001b[2J') }, 'something failed');
  return lines;
}

const warning = '  log       something is tried again ("run_1")\n';
const failure = '  log       something failed (two lines [2J)\n';

test.each([
  ['info', [warning, failure]],
  ['warn', [warning, failure]],
  ['error', [failure]],
  ['fatal', []],
  ['silent', []],
] as const)('LOG_LEVEL=%s decides what is told', (level, told) => {
  expect(linesAt(level)).toEqual(told);
});
