import type { Agent, Approvers, InputField } from './crew.ts';
import type { WrittenLimits } from './crew-limits.ts';
import { piece } from './crew-pieces.ts';
import type { Path, Report } from './crew-problems.ts';
import { agentSchema, inputSchema } from './crew-schema.ts';
import { approverRoles, modelAliases, most, namePattern, reservedInputs, toolNames } from './crew-words.ts';
import { didYouMean } from './nearest.ts';

const toldName = 'use lower-case letters, digits and dashes, 1 to 32 characters, beginning with a letter';

/** Reports a name that no platform would take; true when it is fine. */
export function checkName(name: string, of: string, path: Path, report: Report): boolean {
  if (namePattern.test(name)) return true;
  report.at(path, `"${name}" cannot be the name of ${of}; ${toldName}`, { key: true });
  return false;
}

export function readInputs(values: Readonly<Record<string, unknown>>, report: Report): InputField[] {
  const names = Object.keys(values);
  if (names.length > most.inputs)
    report.at(['input'], `a crew has at most ${most.inputs} inputs; this one has ${names.length}`);
  return names.flatMap((name) => {
    const path = ['input', name];
    checkName(name, 'an input', path, report);
    if ((reservedInputs as readonly string[]).includes(name)) {
      report.at(path, `"${name}" is a flag of every crew; give the input another name`, { key: true });
    }
    const read = piece(inputSchema, values[name], path, report);
    if (read === null) return [];
    if (read.type === 'choice' && read.choices === undefined)
      report.at(path, `the choice "${name}" needs "choices"`, { key: true });
    if (read.type !== 'choice' && read.choices !== undefined) {
      report.at([...path, 'choices'], `"choices" goes with the type choice; "${name}" is ${read.type}`, {
        key: true,
      });
    }
    const { type, label = name, example = null, required = true, choices = [] } = read;
    if (new Set(choices).size < choices.length) report.at([...path, 'choices'], `"choices" names one twice`);
    return [{ name, type, label, example, required, choices }];
  });
}

export interface WrittenAgent extends Agent {
  readonly limits: WrittenLimits;
}

/** null: there is such an agent, it has mistakes of its own. */
export type Agents = ReadonlyMap<string, WrittenAgent | null>;

export function readAgents(
  values: Readonly<Record<string, unknown>>,
  readFile: (name: string) => string | null,
  report: Report,
): Agents {
  const names = Object.keys(values);
  if (names.length > most.agents)
    report.at(['agents'], `a crew has at most ${most.agents} agents; this one has ${names.length}`);
  return new Map(names.map((name) => [name, readAgent(name, values[name], readFile, report)]));
}

function readAgent(
  name: string,
  value: unknown,
  readFile: (name: string) => string | null,
  report: Report,
): WrittenAgent | null {
  const path = ['agents', name];
  const isNamed = checkName(name, 'an agent', path, report);
  const read = piece(agentSchema, value, path, report);
  if (read === null) return null;
  const instructions = readInstructions(read.instructions, [...path, 'instructions'], readFile, report);
  if (!(modelAliases as readonly string[]).includes(read.model)) {
    const says = `"${read.model}" is not a model alias; crews name ${modelAliases.join(' or ')}, and each workspace says which models they are`;
    report.at([...path, 'model'], says);
  }
  const tools = (read.tools ?? []).flatMap((tool, i) => {
    const known = toolNames.find((t) => t === tool);
    if (known === undefined)
      report.at([...path, 'tools', i], `unknown tool "${tool}"${didYouMean(tool, toolNames)}`);
    return known === undefined ? [] : [known];
  });
  if (new Set(tools).size < tools.length) report.at([...path, 'tools'], '"tools" names one twice');
  if (!isNamed || instructions === null || tools.length !== (read.tools ?? []).length) return null;
  return { name, model: read.model, tools, instructions, limits: read.limits ?? {} };
}

const fileName = /^(?!\/)(?!.*(?:^|\/)\.)[A-Za-z0-9_./-]+\.(md|txt)$/;

function readInstructions(
  written: string,
  path: Path,
  readFile: (name: string) => string | null,
  report: Report,
): string | null {
  const refuse = (says: string, near = '') => {
    report.at(path, says, { near });
    return null;
  };
  const name = written.startsWith('file:') ? written.slice('file:'.length).trim() : null;
  if (name !== null && !fileName.test(name)) {
    return refuse(`"file:${name}" must name a .md or .txt file beside or below the crew file`);
  }
  const read = name === null ? written : readFile(name);
  if (read === null) return refuse(`there is no file "${name}" beside the crew file`);
  const text = read.trim();
  if (text === '') return refuse(`the file "${name}" is empty`);
  if (text.length > most.instructions)
    return refuse(`instructions have at most ${most.instructions} characters`);
  const [variable] = /\{\{-?\s*(?:input|steps)\b/.exec(text) ?? [];
  if (variable)
    return refuse('instructions are plain text; {{ … }} works in prompts', name === null ? variable : '');
  return text;
}

export function approversOf(written: string | readonly string[]): Approvers {
  if (typeof written !== 'string') return { who: 'named', accounts: written };
  const role = approverRoles.find((r) => r === written);
  if (role) return { who: 'role', role };
  return { who: written === 'anyone-in-channel' ? 'anyone-in-channel' : 'channel-approvers' };
}
