import type { Crew } from '../src/core/crew.ts';
import { nearest } from '../src/core/nearest.ts';
import { refuseKeys } from '../src/core/pasted-key.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Crews } from '../src/services/crews.ts';
import { access } from './access.ts';
import { budget } from './budget.ts';
import { crews } from './crews.ts';
import { decide } from './decide.ts';
import { digest } from './digest.ts';
import { doctor } from './doctor.ts';
import { helpOf } from './help.ts';
import { here } from './here.ts';
import { keys } from './keys.ts';
import { list } from './list.ts';
import { master } from './master.ts';
import { ofProgram } from './of-program.ts';
import { open } from './open.ts';
import type { CommandSpec, Values } from './port.ts';
import { retry } from './retry.ts';
import { crewCommand, run } from './run.ts';
import { runs } from './runs.ts';
import { settings } from './settings.ts';
import { spend } from './spend.ts';
import { stop } from './stop.ts';
import { verify } from './verify.ts';
import { version } from './version.ts';
import { findCommand, matchWords, usageOf, type Where } from './words.ts';

/** Every command, in the order of `help`. */
export const commands: readonly CommandSpec[] = [
  ...[run, list, runs, retry, stop, decide, open],
  ...keys,
  spend,
  ...budget,
  ...access,
  ...digest,
  ...settings,
  ...crews,
  ...[verify, master, doctor, helpOf(() => [...commands, ...ofProgram]), version],
];

export interface Resolved {
  readonly spec: CommandSpec;
  /** The crew that the command runs; null: it is none of a crew. */
  readonly crew: Crew | null;
  readonly values: Values;
}

/**
 * What was typed, as a command and its values. `crews` is asked only where no fixed command is meant. Throws `usage.word`,
 * `usage.flag`, `usage.wrong`, `usage.terminal`, `crew.unknown`, `crew.invalid`, `key.typed`.
 */
export async function resolve(
  typed: readonly string[],
  crews: () => Promise<Crews>,
  where: Where,
): Promise<Resolved> {
  refuseKeys(typed);
  if (typed.length === 0 && where === 'chat')
    return { spec: here, crew: null, values: matchWords(here, [], where) };
  const words = asHelp(typed);
  const found = findCommand(commands, words);
  if (found !== null && found.command !== run) {
    const [next] = found.rest;
    const group = commands.filter((c) => c.name.startsWith(`${found.command.name} `));
    // `keys ad` is a wrong word of `keys`, not one word too many for it.
    if (group.length > 0 && next !== undefined && !next.startsWith('-'))
      throw unknownWord(words, group, where);
    if (where === 'chat' && found.command.surfaces === 'terminal')
      throw new CrewsmithError('usage.terminal', { what: found.command.name });
    return { spec: found.command, crew: null, values: matchWords(found.command, found.rest, where) };
  }
  const [name, ...rest] = found === null ? words : found.rest;
  const catalog = await crews();
  const known = catalog.list();
  if (name === undefined || name.startsWith('-')) {
    const why = `Say which crew: ${known.map((c) => c.name).join(', ')}.`;
    throw new CrewsmithError('usage.wrong', { why, usage: usageOf(run) });
  }
  if (!catalog.files.some((file) => file.name === name))
    throw found === null ? wrongWord(words, known, where) : unknownCrew(name, known);
  const crew = catalog.find(name);
  const spec = crewCommand(crew);
  return { spec, crew, values: matchWords(spec, rest, where) };
}

/** Nothing typed asks for help, and `--help` after anything for help about it. */
function asHelp(typed: readonly string[]): readonly string[] {
  const [first] = typed;
  if (first === undefined) return ['help'];
  if (first === '--version' || first === '-v') return ['version'];
  const end = typed.indexOf('--');
  const at = typed.findIndex((word, i) => (word === '--help' || word === '-h') && (end < 0 || i < end));
  if (at < 0) return typed;
  const about = findCommand([...commands, ...ofProgram], typed.slice(0, at))?.command.name;
  return about === undefined || about === 'run' ? ['help', ...typed.slice(0, at).slice(-1)] : ['help', about];
}

function wrongWord(words: readonly string[], crews: readonly Crew[], where: Where): CrewsmithError {
  const group = commands.filter((c) => c.name.startsWith(`${words[0]} `));
  if (group.length > 0) return unknownWord(words, group, where);
  const all = [
    ...new Set([
      ...crews.map((c) => c.name),
      ...typedIn(where, [...commands, ...ofProgram]).map((c) => c.name.split(' ', 1)[0] ?? ''),
    ]),
  ];
  const word = words[0] ?? '';
  return new CrewsmithError('usage.word', { word, nearest: nearest(word, all), allowed: all });
}

/** Nobody is led to what is refused where they type. */
const typedIn = (where: Where, specs: readonly CommandSpec[]) =>
  specs.filter((spec) => where === 'terminal' || spec.surfaces === 'all');

function unknownWord(words: readonly string[], group: readonly CommandSpec[], where: Where): CrewsmithError {
  const word = words.slice(0, 2).join(' ');
  const allowed = typedIn(where, group).map((c) => c.name);
  return new CrewsmithError('usage.word', { word, nearest: nearest(word, allowed), allowed });
}

function unknownCrew(name: string, crews: readonly Crew[]): CrewsmithError {
  const known = crews.map((c) => c.name);
  return new CrewsmithError('crew.unknown', { name, nearest: nearest(name, known), known });
}
