import { limitsInForce } from '../src/core/crew-limits.ts';
import { problemText } from '../src/core/crew-problems.ts';
import { answer, arg, asJson, bullets, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';

const check: CommandSpec = {
  name: 'crews check',
  summary: 'Checks a crew file, or all crews here: every mistake with its place, and the limits in force.',
  role: 'member',
  of: 'channel',
  surfaces: 'terminal',
  reply: 'private',
  data: 'none',
  args: [arg('file', 'a crew file', { required: false })],
  flags: [json],
  async run({ house }, values) {
    const checked = await (await house.crewCheck()).check(values.arg('file'));
    const wrong = checked.filter((c) => c.crew === null);
    const body = checked.flatMap(({ file, crew, problems }) =>
      crew === null
        ? [text(`${file}:`), bullets(problems.map(problemText))]
        : [
            text(`${file}: ${crew.name} is right. Limits of each step:`),
            bullets(limitsInForce(crew).map(limitLine)),
          ],
    );
    const title = wrong.length === 0 ? 'Crews are right' : 'Crews have mistakes';
    const data = checked.map(({ file, crew, problems }) =>
      asJson({ file, name: crew?.name ?? null, problems, limits: crew === null ? [] : limitsInForce(crew) }),
    );
    const tone = wrong.length === 0 ? 'good' : 'bad';
    return reply(answer(title, body, { tone }), { crews: data }, wrong.length === 0 ? 0 : 1);
  },
};

const limitLine = (l: ReturnType<typeof limitsInForce>[number]): string =>
  [
    `${l.step} (${l.agent}): ${l.turns} ${l.turns === 1 ? 'turn' : 'turns'}`,
    `${l.inputTokens} tokens in`,
    `${l.outputTokens} out`,
    l.searches > 0 ? `${l.searches} searches` : '',
    `${l.timeMs / 1000} s a call`,
  ]
    .filter(Boolean)
    .join(', ');

const schema: CommandSpec = {
  name: 'crews schema',
  summary: 'The JSON Schema of a crew file, for editors.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'terminal',
  reply: 'private',
  data: 'none',
  args: [],
  flags: [json],
  async run({ house }) {
    return { cards: [], form: null, data: (await house.crewCheck()).schema(), exit: 0, run: null };
  },
};

export const crews: readonly CommandSpec[] = [check, schema];
