import type { SurfaceName } from '../src/chat/port.ts';
import type { Crew } from '../src/core/crew.ts';
import { nearest } from '../src/core/nearest.ts';
import { CrewsmithError } from '../src/errors.ts';
import { answer, arg, asJson, bullets, fields, json, reply, text } from './cards.ts';
import type { CommandSpec } from './port.ts';
import { crewCommand } from './run.ts';
import { flagsOf, usageOf } from './words.ts';

/** `all` is asked when help is, since help is one of them. */
export const helpOf = (all: () => readonly CommandSpec[]): CommandSpec => ({
  name: 'help',
  summary: 'What can be done here; with a command, what it takes.',
  role: 'viewer',
  of: 'channel',
  surfaces: 'all',
  reply: 'private',
  data: 'none',
  args: [arg('command', 'a command or a crew', { required: false, rest: true })],
  flags: [json],
  async run({ house, may, surface, typed }, values) {
    const words = values.arg('command');
    const isHere = (spec: CommandSpec) => surface === 'terminal' || spec.surfaces === 'all';
    const possible = all().filter((spec) => isHere(spec) && may(spec));
    if (words === null) return everything(possible, (await house.crews()).list(), typed);
    const found = all()
      .filter(isHere)
      .filter((spec) => spec.name === words || spec.name.startsWith(`${words} `));
    if (found.length > 0) return about(once(found), surface);
    const crews = (await house.crews()).list();
    const crew = crews.find(({ name }) => name === words);
    if (crew !== undefined) return about([crewCommand(crew)], surface);
    if (all().some((spec) => spec.name === words))
      throw new CrewsmithError('usage.terminal', { what: words });
    const known = [...crews, ...all().filter(isHere)].map(({ name }) => name);
    const first = [...new Set(known.map((name) => name.split(' ', 1)[0] ?? ''))];
    const word = words.slice(0, 100);
    throw new CrewsmithError('usage.word', { word, nearest: nearest(word, known), allowed: first });
  },
});

function everything(all: readonly CommandSpec[], crews: readonly Crew[], typed: (words: string) => string) {
  const body = [
    text('Crews:'),
    fields(crews.map(({ name, summary }) => [name, summary] as const)),
    text('Commands:'),
    fields(once(all).map(({ name, summary }) => [name, summary] as const)),
    text(`More about one: ${typed('help research')}, ${typed('help keys')}.`),
  ];
  return reply(answer('What can be done here', body), {
    commands: all.map(described),
    crews: crews.map((c) => c.name),
  });
}

/** `keys list` is `keys` under another name. */
const once = (all: readonly CommandSpec[]) =>
  all.filter((spec, i) => all.findIndex((s) => s.run === spec.run) === i);

function about(specs: readonly CommandSpec[], surface: SurfaceName) {
  const where = surface === 'terminal' ? 'terminal' : 'chat';
  const body = specs.flatMap((spec) => [
    text(spec.summary),
    bullets([usageOf(spec, where)]),
    fields([
      ...spec.args.map((a) => [a.name.toUpperCase(), a.summary] as const),
      ...flagsOf(spec, where).map(
        (f) => [`--${f.name}${f.takes === null ? '' : ` ${f.takes}`}`, f.summary] as const,
      ),
    ]),
  ]);
  return reply(answer(specs.map((spec) => spec.name).join(' · '), body), { commands: specs.map(described) });
}

const described = (spec: CommandSpec) =>
  asJson({
    name: spec.name,
    summary: spec.summary,
    usage: usageOf(spec),
    role: spec.role,
    args: spec.args,
    flags: spec.flags,
  });
