import type { z } from 'zod';
import type { Limits, Step } from './crew.ts';
import { limitsOf } from './crew-limits.ts';
import { type Agents, approversOf, checkName } from './crew-parts.ts';
import { piece } from './crew-pieces.ts';
import type { Path, Report } from './crew-problems.ts';
import { deliverSchema, gateSchema, promptSchema } from './crew-schema.ts';
import { checkTemplate, filesNamed, type Known, type StepOutput, wrongPath } from './crew-template-check.ts';
import { parseDuration } from './duration.ts';
import { didYouMean } from './nearest.ts';
import { type NamedTypes, readShape, required, type Shape } from './shape.ts';
import type { Templates } from './template.ts';

type Kind = Step['kind'];

/** A step as the file writes it, before what it names was looked up. `read` is null when it has mistakes of its own. */
export type WrittenStep = { readonly id: string; readonly path: Path } & (
  | { readonly kind: 'prompt'; readonly read: z.infer<typeof promptSchema> | null }
  | { readonly kind: 'gate'; readonly read: z.infer<typeof gateSchema> | null }
  | { readonly kind: 'deliver'; readonly read: z.infer<typeof deliverSchema> | null }
);

/** What steps may name. */
export interface House {
  readonly agents: Agents;
  readonly types: NamedTypes;
  readonly steps: readonly WrittenStep[];
  readonly templates: Templates;
  readonly report: Report;
}

/** A map of a file, as plain data. */
export const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads the list entry by entry; one that is no map was reported with the outline. */
export function writtenSteps(
  values: readonly Readonly<Record<string, unknown>>[],
  report: Report,
): WrittenStep[] {
  const ids = new Set<string>();
  return values.flatMap((item, i) => {
    if (!isMap(item)) return [];
    const [id, ...more] = Object.keys(item);
    if (id === undefined || more.length > 0) {
      const says =
        id === undefined
          ? 'this step is empty'
          : `one step an item: begin "${more[0]}" with a dash of its own`;
      report.at(['steps', i, ...more.slice(0, 1)], says, { key: true });
      return [];
    }
    const path = ['steps', i, id];
    checkName(id, 'a step', path, report);
    if (ids.has(id)) report.at(path, `there are two steps called "${id}"`, { key: true });
    ids.add(id);
    return [{ id, path, ...readStep(item[id], path, report) }];
  });
}

function readStep(value: unknown, path: Path, report: Report) {
  switch (kindOf(value)) {
    case 'gate':
      return { kind: 'gate' as const, read: piece(gateSchema, value, path, report) };
    case 'deliver':
      return { kind: 'deliver' as const, read: piece(deliverSchema, value, path, report) };
    case 'prompt':
      return { kind: 'prompt' as const, read: piece(promptSchema, value, path, report) };
  }
}

function kindOf(value: unknown): Kind {
  const has = (key: string) => isMap(value) && Object.hasOwn(value, key);
  if (has('agent') || has('prompt')) return 'prompt';
  if (has('gate') || has('shows')) return 'gate';
  return has('deliver') || has('approved') ? 'deliver' : 'prompt';
}

/** The output of each step as its `output` says; a gate gives what it shows. */
export function outputsOfSteps(house: House): ReadonlyMap<string, StepOutput> {
  const outputs = new Map<string, StepOutput>();
  for (const step of house.steps) {
    // Of two steps of one name, which is reported, the first counts.
    if (outputs.has(step.id)) continue;
    if (step.kind === 'prompt') outputs.set(step.id, promptOutput(step.read?.output, step, house));
    if (step.kind === 'deliver') outputs.set(step.id, 'nothing');
  }
  for (const step of house.steps) {
    if (step.kind !== 'gate' || outputs.has(step.id)) continue;
    outputs.set(step.id, step.read === null ? null : shownShape(step, step.read.gate.shows, outputs, house));
  }
  return outputs;
}

function promptOutput(source: unknown, step: WrittenStep, house: House): Shape | null {
  if (step.read === null) return null;
  if (source === undefined) return { is: 'text' };
  const { shape, problems } = readShape(source, house.types);
  for (const { path, says } of problems) house.report.at([...step.path, 'output', ...path], says);
  if (shape?.is !== 'optional') return shape;
  house.report.at([...step.path, 'output'], 'an output cannot be optional');
  return null;
}

function shownShape(
  step: WrittenStep,
  shows: string,
  outputs: ReadonlyMap<string, StepOutput>,
  house: House,
): Shape | null {
  const path = [...step.path, 'gate', 'shows'];
  const [id = '', ...parts] = shows.split('.');
  const maker = house.steps.find((s) => s.id === id);
  if (maker === undefined) {
    const prompts = house.steps.filter((s) => s.kind === 'prompt').map((s) => s.id);
    house.report.at(path, `unknown step "${id}"${didYouMean(id, prompts)}`);
    return null;
  }
  if (maker.kind !== 'prompt') {
    house.report.at(path, `"${id}" is a ${maker.kind} step; a gate shows what a prompt step wrote`);
    return null;
  }
  const output = outputs.get(id);
  if (output === undefined || output === null || output === 'nothing') return null;
  let shape: Shape = output;
  for (const [i, part] of parts.entries()) {
    const here = required(shape);
    const field = here.is === 'object' && Object.hasOwn(here.fields, part) ? here.fields[part] : undefined;
    if (field === undefined) {
      const so = [id, ...parts.slice(0, i)].join('.');
      const says =
        here.is === 'list'
          ? `"${so}" is a list; a gate shows all of it or none`
          : wrongPath(here, [part], so);
      house.report.at(path, says ?? `"${so}" has no field "${part}"`);
      return null;
    }
    shape = field;
  }
  return shape;
}

/** The finished step; null when it has mistakes, which are reported. */
export function buildStep(step: WrittenStep, known: Known, house: House): Step | null {
  if (step.read === null) return null;
  const uses = new Set<string>();
  const { needs = [], when = null } = step.read;
  const named = 'all' in needs ? needs.all : needs;
  for (const [i, id] of named.entries()) {
    if (known.steps.has(id)) uses.add(id);
    else {
      const path = [...step.path, 'needs', ...('all' in needs ? ['all'] : []), i];
      house.report.at(path, `unknown step "${id}"${didYouMean(id, known.steps.keys())}`);
    }
  }
  const check = (key: string, source: string | null | undefined, kind: 'text' | 'condition') => {
    if (source === null || source === undefined) return;
    const found = checkTemplate(house.templates, source, kind, known);
    for (const { says, near } of found.mistakes) house.report.at([...step.path, key], says, { near });
    for (const id of found.uses) {
      const output = known.steps.get(id);
      if (output !== undefined && output !== 'nothing') uses.add(id);
    }
  };
  check('when', when, 'condition');
  // Rule R6. In the order of the file, so that one crew has one hash.
  const base = () => ({
    id: step.id,
    needs: house.steps.map((s) => s.id).filter((id) => uses.has(id)),
    needsAll: 'all' in needs,
    when,
  });
  switch (step.kind) {
    case 'prompt': {
      const { agent, prompt, read = null, limits } = step.read;
      check('prompt', prompt, 'text');
      check('read', read, 'text');
      const [file] = read === null ? [] : filesNamed(house.templates, read, known);
      if (file !== undefined)
        house.report.at([...step.path, 'read'], `"read" needs an address; "input.${file}" is a file`);
      const worker = house.agents.get(agent);
      if (worker === undefined) {
        house.report.at(
          [...step.path, 'agent'],
          `unknown agent "${agent}"${didYouMean(agent, house.agents.keys())}`,
        );
      }
      if (!worker) return null;
      if (read !== null && !worker.tools.includes('web.fetch')) {
        house.report.at(
          [...step.path, 'read'],
          `"read" needs the tool web.fetch; the agent "${agent}" does not have it`,
          { key: true },
        );
      }
      const inForce = limitsOf(worker.tools.length > 0, worker.limits, limits);
      checkTurns(inForce, step, worker, house.report);
      const shape = known.steps.get(step.id);
      const output =
        shape === undefined || shape === null || shape === 'nothing' || shape.is === 'text' ? null : shape;
      return { ...base(), kind: 'prompt', agent, prompt, read, output, limits: inForce };
    }
    case 'gate': {
      const {
        shows,
        approvers = 'channel-approvers',
        requester = 'if-alone',
        expires = '7d',
      } = step.read.gate;
      const [maker = '', ...path] = shows.split('.');
      if (house.steps.some((s) => s.id === maker && s.kind === 'prompt')) uses.add(maker);
      const expiresMs = parseDuration(expires) ?? 0;
      return {
        ...base(),
        kind: 'gate',
        shows: { step: maker, path },
        approvers: approversOf(approvers),
        requester,
        expiresMs,
      };
    }
    case 'deliver': {
      const { deliver, approved } = step.read;
      const gate = house.steps.find((s) => s.id === approved);
      const gates = house.steps.filter((s) => s.kind === 'gate').map((s) => s.id);
      const at = [...step.path, 'approved'];
      if (gate === undefined) house.report.at(at, `unknown gate "${approved}"${didYouMean(approved, gates)}`);
      else if (gate.kind !== 'gate')
        house.report.at(
          at,
          `"${approved}" is a ${gate.kind} step; "approved" names a gate${gates.length > 0 ? `, like ${gates[0]}` : ''}`,
        );
      else uses.add(approved);
      return { ...base(), kind: 'deliver', to: deliver as 'channel', approved };
    }
  }
}

function checkTurns(
  limits: Limits,
  step: WrittenStep,
  worker: { name: string; tools: readonly string[] },
  report: Report,
) {
  const at = step.path;
  if (worker.tools.length === 0 && limits.turns > 1) {
    report.at(
      at,
      `"${step.id}" has ${limits.turns} turns, but its agent "${worker.name}" has no tools; without tools one turn is all`,
      { key: true },
    );
  }
  if (worker.tools.length > 0 && limits.turns < 2) {
    report.at(
      at,
      `"${step.id}" has 1 turn, but its agent "${worker.name}" has tools; the last turn is the answer, so it needs 2 or more`,
      { key: true },
    );
  }
  if (limits.searches > 0 && !worker.tools.includes('web.search')) {
    report.at(
      at,
      `"${step.id}" may search, but its agent "${worker.name}" does not have the tool web.search`,
      { key: true },
    );
  }
}
