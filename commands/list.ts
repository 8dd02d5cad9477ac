import type { Crew } from '../src/core/crew.ts';
import { answer, asJson, bullets, fields, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';

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
  async run({ house }) {
    const crews = (await house.crews()).list();
    const rows = crews.map((crew) => [crew.name, crew.summary] as const);
    const body = [
      fields(rows),
      text('Ask for one like this:'),
      bullets(crews.map((crew) => [crew.name, ...crew.input.map(example)].join(' '))),
    ];
    const data = { crews: crews.map(({ name, summary, input }) => asJson({ name, summary, input })) };
    return reply(answer('Crews', body), data);
  },
};

const example = ({ name, example, required }: Crew['input'][number]): string => {
  const word = example ?? name.toUpperCase();
  return required ? word : `[${word}]`;
};
