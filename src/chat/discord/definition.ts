import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandOption,
  type APIApplicationCommandSubcommandOption,
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  type RESTPutAPIApplicationCommandsJSONBody,
} from 'discord.js';
import { canBeListed } from '../form.ts';
import type { TypedCommand, TypedOption } from '../typed.ts';
import { plainLine } from './inert.ts';
import { limits, listMost } from './limits.ts';

/** The command that stands for all, and the one on messages. */
export const commandName = 'crew';
export const messageCommandName = 'Run a crew';

/** What Discord takes as a name. */
const namePattern = /^[\p{Ll}\p{Lm}\p{Lo}\p{N}_-]{1,32}$/u;

const isName = (name: string): boolean => namePattern.test(name) && name === name.toLowerCase();

/** A place in the tree, with what it stands for. */
export interface Offered {
  readonly path: readonly string[];
  readonly command: TypedCommand;
}

/**
 * What has a place under `/crew`: commands, groups of them, and the crews used most, as many as there is room for. A word that is
 * a command and a group has the command as its first member, since a group cannot be called.
 */
export function offeredOf(commands: readonly TypedCommand[]): Offered[] {
  const fixed = commands.filter((command) => !command.isCrew);
  const first = (command: TypedCommand) => command.words.split(' ', 1)[0] || hereName;
  const groups = new Set(fixed.filter(({ words }) => words.includes(' ')).map(first));
  const taken = new Set(fixed.map(first));
  const own = fixed.flatMap((command): Offered[] => {
    const [head, member] = [first(command), command.words.split(' ')[1]];
    if (member !== undefined) return [{ path: [head, member], command }];
    if (!groups.has(head)) return [{ path: [head], command }];
    const hasShow = fixed.some(({ words }) => words === `${head} ${aloneName}`);
    return hasShow ? [] : [{ path: [head, aloneName], command }];
  });
  const crews = commands
    .filter(({ isCrew, words }) => isCrew && isName(words) && !taken.has(words))
    .slice(0, Math.max(0, limits.options.most - taken.size))
    .map((command): Offered => ({ path: [command.words], command }));
  // Who is used most decides only who has a place: their order would register them anew time and again.
  const byName = fitting(own, crews).toSorted((a, b) => (a.command.words < b.command.words ? -1 : 1));
  return [...own, ...byName];
}

/** `/crew` alone; nothing on Discord can be called without a word. */
const hereName = 'here';
/** A group called alone. */
const aloneName = 'show';

/** Crews give up their places, the least used first, until all of it is within what one command may hold. */
function fitting(own: readonly Offered[], crews: readonly Offered[]): readonly Offered[] {
  let kept = crews;
  while (kept.length > 0 && weightOf(commandOf([...own, ...kept])) > limits.command.most)
    kept = kept.slice(0, -1);
  return kept;
}

/** Names, descriptions and values of a command with everything under it, as Discord counts them. */
export function weightOf(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((all: number, one) => all + weightOf(one), 0);
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce((all, [name, part]) => {
    const counts = name === 'name' || name === 'description' || name === 'value';
    return all + (typeof part === 'string' ? (counts ? part.length : 0) : weightOf(part));
  }, 0);
}

/** Everything that is registered. A pure function, so that a change of it can be told from its text. */
export function definitionOf(offered: readonly Offered[]): RESTPutAPIApplicationCommandsJSONBody {
  const where = {
    contexts: [InteractionContextType.Guild],
    integration_types: [ApplicationIntegrationType.GuildInstall],
  };
  return [
    { ...commandOf(offered), ...where },
    { type: ApplicationCommandType.Message, name: messageCommandName, ...where },
  ];
}

function commandOf(offered: readonly Offered[]) {
  const heads = [...new Set(offered.map(({ path }) => path[0] ?? ''))];
  const options = heads.map((head): APIApplicationCommandOption => {
    const under = offered.filter(({ path }) => path[0] === head);
    const [alone] = under;
    if (alone !== undefined && alone.path.length === 1) return subcommand(head, alone.command);
    return {
      type: ApplicationCommandOptionType.SubcommandGroup,
      name: head,
      description: summaryOf(alone?.command.summary ?? head),
      options: under
        .slice(0, limits.options.most)
        .map(({ path, command }) => subcommand(path[1] ?? '', command)),
    };
  });
  return {
    type: ApplicationCommandType.ChatInput as const,
    name: commandName,
    description: 'Runs crews of agents, shows what they cost, and asks you before anything goes out.',
    options,
  };
}

const summaryOf = (text: string) => plainLine(text, limits.commandSummary.most);

function subcommand(name: string, command: TypedCommand): APIApplicationCommandSubcommandOption {
  const options = command.options.filter((option) => isName(option.name)).slice(0, limits.options.most);
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name,
    description: summaryOf(command.summary),
    // Discord wants those first that must be given.
    options: [...options.filter((o) => o.required), ...options.filter((o) => !o.required)].map(optionOf),
  };
}

function optionOf(option: TypedOption): APIApplicationCommandBasicOption {
  const { name, required, choices, suggests } = option;
  const common = { name, description: summaryOf(option.summary), required };
  switch (option.takes) {
    case 'switch':
    case 'boolean':
      return { ...common, type: ApplicationCommandOptionType.Boolean };
    case 'integer':
      return { ...common, type: ApplicationCommandOptionType.Integer };
    case 'number':
      return { ...common, type: ApplicationCommandOptionType.Number };
    case 'person':
      return { ...common, type: ApplicationCommandOptionType.User };
    case 'person or role':
      return { ...common, type: ApplicationCommandOptionType.Mentionable };
    case 'channel':
      return { ...common, type: ApplicationCommandOptionType.Channel };
    case 'file':
      return { ...common, type: ApplicationCommandOptionType.Attachment };
    case 'text': {
      const type = ApplicationCommandOptionType.String as const;
      if (choices === null) return { ...common, type, autocomplete: suggests };
      if (!canBeListed(choices, listMost)) return { ...common, type, autocomplete: true };
      const all = choices.map((value) => ({ name: value, value }));
      return { ...common, type, choices: all };
    }
  }
}
