import { answer, asJson, bullets, fields, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { crewExample } from './run.ts';

export const list: CommandSpec = {
  name: 'list',
  summary: 'The crews here, and what each asks for.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'none',
  args: [],
  flags: [json],
  async run({ house, surface, typed }) {
    const crews = (await house.crews()).list();
    const rows = crews.map((crew) => [crew.name, crew.summary] as const);
    const body = [
      fields(rows),
      text('Ask for one like this:'),
      bullets(crews.map((crew) => typed(crewExample(crew, surface)))),
    ];
    const data = { crews: crews.map(({ name, summary, input }) => asJson({ name, summary, input })) };
    return reply(answer('Crews', body), data);
  },
};
