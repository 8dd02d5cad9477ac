import { answer, arg, asJson, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { costLine } from './runs.ts';

export const stop: CommandSpec = {
  name: 'stop',
  summary: 'Ends a run before its next call and aborts the calls in flight.',
  role: 'member',
  of: 'channel',
  surfaces: 'all',
  reply: 'thread',
  data: 'write',
  args: [arg('run', 'the id of a run')],
  flags: [json],
  async run({ house, typed, name, asks }, values) {
    const id = values.given('run');
    await house.runs.stop(house.workspace, id, asks && name);
    const view = await house.runs.view(house.workspace, id);
    const body = [text(`What it made so far is kept. Go on with: ${typed(`retry ${id}`)}`)];
    return reply(answer(`Stopped ${id}`, body, { foot: costLine(view) }), asJson(view));
  },
};
