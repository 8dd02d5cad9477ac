import { formatUsd } from '../src/core/money.ts';
import { arg, json, onOff } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { decisionFlags } from './run.ts';

export const retry: CommandSpec = {
  name: 'retry',
  summary: 'Takes up a run that failed, expired, was rejected or stopped; what was paid is not paid again.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'thread',
  data: 'write',
  args: [arg('run', 'the id of a run')],
  flags: [
    onOff('fresh', 'Do the failed steps anew, although their content was not the reason.'),
    ...decisionFlags,
    json,
  ],
  async run({ house, tell, name, asks }, values) {
    const id = values.given('run');
    const { row } = await house.runs.retry(house.workspace, id, values.has('fresh'), asks && name);
    tell(`${id} goes on. In all it costs at most ${formatUsd(BigInt(row.cap_nano))}.`);
    return { cards: [], form: null, data: { run: id }, exit: 0, run: id };
  },
};
