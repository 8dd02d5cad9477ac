import type { TypedCommand, TypedOption } from '../src/chat/typed.ts';
import type { Crew, InputField } from '../src/core/crew.ts';
import type { ArgSpec, CommandSpec } from './port.ts';
import { crewCommand } from './run.ts';
import { flagsOf } from './words.ts';

/** Commands and crews as surfaces with typed options offer them. */
export const typedCommands = (
  commands: readonly CommandSpec[],
  here: CommandSpec,
  crews: readonly Crew[],
): TypedCommand[] => [
  ...commands.filter((spec) => spec.surfaces === 'all').map((spec) => typedOf(spec, spec.name)),
  typedOf(here, ''),
  ...crews.map(typedCrew),
];

function typedOf(spec: CommandSpec, words: string): TypedCommand {
  const flags = flagsOf(spec, 'chat').filter((flag) => flag.name !== 'json');
  return {
    words,
    summary: spec.summary,
    isCrew: false,
    inThread: spec.reply === 'thread',
    opensForm: spec.reply === 'form',
    options: [
      ...spec.args.map(argOption),
      ...flags.map(
        ({ name, summary, takes }): TypedOption => ({
          name,
          summary,
          required: false,
          takes: takes === null ? 'switch' : 'text',
          choices: null,
          isFlag: true,
          suggests: false,
        }),
      ),
    ],
  };
}

/** What stands for somebody or something that the surface knows is chosen there. */
const kinds: Readonly<Record<string, TypedOption['takes']>> = {
  person: 'person or role',
  channel: 'channel',
};

/** What `suggest` knows something about. */
const suggested: readonly string[] = ['run', 'crew', 'key', 'provider', 'command', 'scope'];

const argOption = ({ name, summary, required, choices }: ArgSpec): TypedOption => ({
  name,
  summary,
  required,
  takes: kinds[name] ?? 'text',
  choices,
  isFlag: false,
  suggests: suggested.includes(name),
});

/** A crew's inputs are named, so that any of them can be left out and asked for by its form. */
function typedCrew(crew: Crew): TypedCommand {
  const { options, ...rest } = typedOf(crewCommand(crew), crew.name);
  const inputs = crew.input.map((field): TypedOption => {
    const { name, label, example, required } = field;
    return {
      ...{ name, required, takes: kindOf(field), isFlag: true, suggests: false },
      summary: example === null ? label : `${label}, like ${example}`,
      choices: field.type === 'choice' ? field.choices : null,
    };
  });
  const own = new Set(inputs.map(({ name }) => name));
  return { ...rest, isCrew: true, options: [...inputs, ...options.filter(({ name }) => !own.has(name))] };
}

function kindOf({ type }: InputField): TypedOption['takes'] {
  switch (type) {
    case 'integer':
    case 'number':
    case 'boolean':
    case 'channel':
    case 'file':
      return type;
    case 'user':
      return 'person';
    default:
      return 'text';
  }
}
