import type { Completion } from '../src/chat/typed.ts';
import type { Crew } from '../src/core/crew.ts';
import { commands } from './index.ts';
import type { CommandSpec } from './port.ts';
import { crewCommand } from './run.ts';
import { argsOf, findCommand } from './words.ts';

const begins = '/crew ';

/** What a line that begins with `/` can become: commands and crews, then what one of them takes. */
export function completions(line: string, crews: readonly Crew[]): readonly Completion[] {
  const typed = line.toLowerCase();
  if (typed.length < begins.length) {
    return begins.startsWith(typed) && typed !== '' ? top('', crews) : [];
  }
  if (!typed.startsWith(begins)) return [];
  const words = typed.slice(begins.length).trimStart();
  const specs = [...crews.map(crewCommand), ...here()];
  const found = findCommand(specs, words.trimEnd().split(/\s+/));
  if (found !== null && words.length > found.command.name.length) {
    return [...deeper(found.command.name, words), ...parts(found.command, line)];
  }
  return top(words, crews);
}

/** Commands that people have where they talk. */
const here = () => commands.filter((spec) => spec.surfaces === 'all');

function top(words: string, crews: readonly Crew[]): Completion[] {
  const all = [...crews.map(crewCommand), ...here().filter((spec) => !spec.name.includes(' '))];
  const begun = all.filter((spec) => spec.name.startsWith(words));
  const groups =
    words === '' ? [] : here().filter((spec) => spec.name.includes(' ') && spec.name.startsWith(words));
  return [...begun, ...groups].map(offer);
}

/** `keys` → `keys add`, `keys revoke`, … */
const deeper = (first: string, words: string): Completion[] =>
  here()
    .filter((spec) => spec.name.startsWith(`${first} `) && spec.name.startsWith(words.trimEnd()))
    .map(offer);

const offer = (spec: CommandSpec): Completion => ({
  words: `${begins}${spec.name}${argsOf(spec, 'chat').length > 0 ? ' ' : ''}`,
  label: [spec.name, ...argsOf(spec, 'chat').map((arg) => (arg.needed ? arg.name : `[${arg.name}]`))].join(
    ' ',
  ),
  says: spec.summary,
});

/** Choices of the argument that is being typed, and flags. */
function parts(spec: CommandSpec, line: string): Completion[] {
  const at = line.lastIndexOf(' ') + 1;
  const [before, last] = [line.slice(0, at), line.slice(at).toLowerCase()];
  if (last.startsWith('-')) {
    return spec.flags
      .filter((flag) => flag.surfaces === 'all' && flag.name !== 'json' && `--${flag.name}`.startsWith(last))
      .map((flag) => ({
        words: `${before}--${flag.name} `,
        label: `--${flag.name}${flag.takes === null ? '' : ` ${flag.takes}`}`,
        says: flag.summary,
      }));
  }
  const given = before.slice(begins.length + spec.name.length).trim();
  const arg = argsOf(spec, 'chat')[given === '' ? 0 : given.split(/\s+/).length];
  return (arg?.choices ?? [])
    .filter((choice) => choice.startsWith(last))
    .map((choice) => ({ words: `${before}${choice} `, label: choice, says: arg?.summary ?? '' }));
}
