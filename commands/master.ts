import { answer, asJson, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';

/** Rule K6. In the terminal alone: who does it sets the variables of the process, too. */
export const master: CommandSpec = {
  name: 'master rotate',
  summary: 'Wraps every stored key under the new master key, so that the one before is no longer needed.',
  role: 'owner',
  of: 'workspace',
  surfaces: 'terminal',
  reply: 'private',
  data: 'write',
  args: [],
  flags: [json],
  async run({ house, member }) {
    const { rows, master: id } = await (await house.masterRotation()).rotate(member);
    const says =
      rows === 0
        ? 'Everything was under the current master key already.'
        : `${rows} ${rows === 1 ? 'row is' : 'rows are'} wrapped anew.`;
    const body = [text(`${says} Take CREWSMITH_MASTER_KEY_OLD away now, and keep a copy of the new one.`)];
    return reply(answer('Master key rotated', body, { tone: 'good' }), asJson({ rows, master: id }));
  },
};
