import { expect, test } from 'vitest';
import { exitOfError, exitOfStatus } from '../../src/cli/exit.ts';
import { CrewsmithError } from '../../src/errors.ts';

test.each([
  ['completed', 0],
  ['failed', 1],
  ['waiting', 3],
  ['queued', 3],
  ['running', 3],
  ['rejected', 4],
  ['canceled', 130],
] as const)('a run that is %s ends its command with %i (rule T1)', (status, exit) => {
  expect(exitOfStatus(status)).toBe(exit);
});

test.each([
  [new CrewsmithError('usage.word', { word: 'x', nearest: [], allowed: [] }), 2],
  [new CrewsmithError('usage.flag', { flag: '--x', command: 'run', nearest: [], known: [] }), 2],
  [new CrewsmithError('usage.wrong', { why: 'x', usage: 'x' }), 2],
  [new CrewsmithError('input.missing', { crew: 'x', fields: [] }), 2],
  [new CrewsmithError('crew.unknown', { name: 'x', nearest: [], known: [] }), 2],
  [new CrewsmithError('crew.not-here', { crew: 'x' }), 2],
  [new CrewsmithError('crew.no-file', { file: 'x' }), 2],
  [new CrewsmithError('run.unknown', { run: 'x' }), 2],
  [new CrewsmithError('budget.nothing', {}), 2],
  [new CrewsmithError('access.member-unknown', { person: 'x', nearest: [] }), 2],
  [new CrewsmithError('money.invalid', { text: 'x' }), 2],
  [new CrewsmithError('config.invalid', { problems: [] }), 2],
  [new CrewsmithError('key.typed', { provider: 'openai' }), 2],
  [new CrewsmithError('gate.forbidden', { says: 'x' }), 3],
  [new CrewsmithError('price.ask', { worst: '$1', likely: null, above: '$0' }), 5],
  [new CrewsmithError('key.rejected', { provider: 'x', status: 401, says: 'x' }), 5],
  [new CrewsmithError('access.too-high', { role: 'owner' }), 5],
  [new CrewsmithError('place.closed', {}), 5],
  [new CrewsmithError('gate.closed', { status: 'approved', by: null }), 1],
  [new CrewsmithError('run.over', { run: 'x', status: 'failed' }), 1],
  [new CrewsmithError('session.lost', {}), 1],
  [new Error('anything else'), 1],
] as const)('%s ends its command with %i (rule T1)', (error, exit) => {
  expect(exitOfError(error)).toBe(exit);
});
