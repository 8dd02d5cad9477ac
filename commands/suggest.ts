import type { Suggesting } from '../src/chat/port.ts';
import type { Suggestion, TypedCommand } from '../src/chat/typed.ts';
import { maySee, mayUse } from '../src/core/access.ts';
import type { Crew } from '../src/core/crew.ts';
import { keyName } from '../src/core/key-words.ts';
import { isOver } from '../src/core/run.ts';
import type { Known } from '../src/services/visits.ts';
import { here } from './here.ts';
import type { Writing } from './house.ts';
import { commands } from './index.ts';
import { crewCommand } from './run.ts';
import { typedCommands } from './typed-commands.ts';
import { findCommand } from './words.ts';

const lookedAt = 200;
const providers = ['openai', 'anthropic', 'google', 'compatible'];

/** Crews, those first that were run most of late. */
async function crewsByUse(house: Writing, workspace: string): Promise<readonly Crew[]> {
  const uses = new Map<string, number>();
  for (const { crew } of await house.runs.list(workspace, lookedAt))
    uses.set(crew, (uses.get(crew) ?? 0) + 1);
  return (await house.crews()).list().toSorted((a, b) => (uses.get(b.name) ?? 0) - (uses.get(a.name) ?? 0));
}

export async function allTyped(house: Writing): Promise<readonly TypedCommand[]> {
  return typedCommands(commands, here, await crewsByUse(house, house.workspace));
}

/** What could stand in an option. It shows only what the command would show whoever asks. */
export async function suggest(house: Writing, asked: Suggesting): Promise<readonly Suggestion[]> {
  const known = await house.visits.known(asked);
  if (known === null) return [];
  const crew = (await house.crews()).list().find(({ name }) => name === asked.command);
  const found =
    crew === undefined ? findCommand(commands, asked.command.split(' '))?.command : crewCommand(crew);
  if (found === undefined || !mayUse(found, known.standing).ok) return [];
  const typed = asked.typed.trim().toLowerCase();
  const all =
    crew === undefined
      ? await offered(house, known, asked.option, found.name)
      : choicesOf(crew, asked.option);
  return all.filter(({ label, value }) => `${value} ${label}`.toLowerCase().includes(typed));
}

const choicesOf = (crew: Crew, option: string): Suggestion[] =>
  crew.input
    .filter(({ name }) => name === option)
    .flatMap(({ choices }) => choices.map((value) => ({ label: value, value })));

async function offered(house: Writing, known: Known, option: string, command: string): Promise<Suggestion[]> {
  switch (option) {
    case 'run':
      return await runsFor(house, known, command);
    case 'crew':
      return (await crewsByUse(house, known.workspace)).map(({ name, summary }) => ({
        label: `${name}: ${summary}`,
        value: name,
      }));
    case 'key': {
      const keys = await house.store.read((tx) => house.keys.list(tx, known.workspace));
      return keys.map((key) => ({ label: keyName(key), value: key.id }));
    }
    case 'provider':
      return providers.map((name) => ({ label: name, value: name }));
    case 'command': {
      const typedThere = commands.filter((spec) => spec.surfaces === 'all');
      const all = [...typedThere, ...(await crewsByUse(house, known.workspace))];
      return all.map(({ name }) => ({ label: name, value: name }));
    }
    case 'scope': {
      const crews = (await house.crews()).list().map(({ name }) => `crew:${name}`);
      return ['workspace', ...crews].map((value) => ({ label: value, value }));
    }
    default:
      return [];
  }
}

/** Newest first; what is over can be looked at and retried, and no longer be stopped. */
async function runsFor(house: Writing, { workspace, member, channel, standing }: Known, command: string) {
  const from = { member, channel: channel ?? '', everywhere: standing.everywhere };
  const runs = (await house.runs.list(workspace, lookedAt)).filter((run) => maySee(run, from));
  return runs
    .filter((run) => (command === 'stop' ? !isOver(run.status) : command !== 'retry' || isOver(run.status)))
    .map((run) => ({ label: `${run.crew} ${run.input} · ${run.status} · ${run.run}`, value: run.run }));
}
