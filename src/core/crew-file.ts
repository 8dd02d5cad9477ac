import type { Crew, Step } from './crew.ts';
import { readAgents, readInputs } from './crew-parts.ts';
import { piece } from './crew-pieces.ts';
import type { Problem, Report } from './crew-problems.ts';
import { outlineSchema } from './crew-schema.ts';
import { buildStep, type House, isMap, outputsOfSteps, writtenSteps } from './crew-steps.ts';
import { inputShape } from './crew-template-check.ts';
import { most, reservedWords } from './crew-words.ts';
import { readYaml } from './crew-yaml.ts';
import { readTypes } from './shape.ts';
import { createTemplates } from './template.ts';

export interface CrewSource {
  /** As problems name it: `crews/research.yaml`. */
  readonly file: string;
  readonly text: string;
  /** The text of a file that `file:` names, relative to the crew file; null when there is none. Never asked for `..` or an absolute path. */
  readonly readFile: (name: string) => string | null;
}

/** Reads and checks a crew file. All problems are found in one go, sorted by place. */
export function readCrew(
  source: CrewSource,
): { readonly crew: Crew } | { readonly problems: readonly Problem[] } {
  const yaml = readYaml(source.file, source.text);
  const crew = yaml.value === undefined ? null : build(yaml.value, source, yaml);
  const problems = yaml.problems();
  return crew !== null && problems.length === 0 ? { crew } : { problems };
}

function build(value: unknown, source: CrewSource, report: Report): Crew | null {
  const outline = piece(outlineSchema, value, [], report);
  // What the outline refuses is left out here, so that the rest is still checked.
  const parts =
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
  if (outline && (reservedWords as readonly string[]).includes(outline.name)) {
    report.at(['name'], `"${outline.name}" is a word of the command itself; give the crew another name`);
  }
  const types = mapOf(parts.types);
  if (Object.keys(types).length > most.types)
    report.at(['types'], `a crew has at most ${most.types} types`, { key: true });
  const named = readTypes(types);
  for (const { path, says } of named.problems) report.at(['types', ...path], says);
  const agents = readAgents(mapOf(parts.agents), source.readFile, report);
  const inputs = readInputs(mapOf(parts.input), report);
  const listed = Array.isArray(parts.steps) ? parts.steps : [];
  if (listed.length > most.steps)
    report.at(['steps', most.steps], `a crew has at most ${most.steps} steps; this one has ${listed.length}`);
  const house: House = {
    agents,
    types: named.types,
    steps: writtenSteps(listed, report),
    templates: createTemplates(),
    report,
  };
  const shapes = new Map(inputs.map((field) => [field.name, inputShape(field)]));
  const known = {
    inputs: new Map(Object.keys(mapOf(parts.input)).map((name) => [name, shapes.get(name) ?? null])),
    steps: outputsOfSteps(house),
  };
  const steps = house.steps.flatMap((step) => buildStep(step, known, house) ?? []);
  checkCircles(steps, house);
  if (outline === null) return null;
  return {
    v: 1,
    name: outline.name,
    summary: outline.summary,
    input: inputs,
    agents: Object.fromEntries(
      [...agents].flatMap(([name, agent]) => {
        if (agent === null) return [];
        const { limits: _, ...kept } = agent;
        return [[name, kept]];
      }),
    ),
    steps,
  };
}

const mapOf = (value: unknown) => (isMap(value) ? value : {});

/** Reports a circle at the step of it that stands first in the file; one for each such step. */
function checkCircles(steps: readonly Step[], { steps: written, report }: House): void {
  const done = new Set<string>();
  const told = new Set<string>();
  const visit = (id: string, way: readonly string[]): void => {
    if (way.includes(id)) {
      const circle = [...way.slice(way.indexOf(id)), id];
      const first = written.find((s) => circle.includes(s.id));
      if (told.has(first?.id ?? '')) return;
      told.add(first?.id ?? '');
      report.at(first?.path ?? ['steps'], `these steps wait for each other: ${circle.join(' → ')}`, {
        key: true,
      });
      return;
    }
    if (done.has(id)) return;
    for (const need of steps.find((s) => s.id === id)?.needs ?? []) visit(need, [...way, id]);
    done.add(id);
  };
  for (const { id } of steps) visit(id, []);
}
