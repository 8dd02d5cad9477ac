import { CrewsmithError } from '../errors.ts';
import type { Crew, PromptStep } from './crew.ts';
import type { Json } from './json.ts';
import { createTemplates, FileInTemplate, inputsInTemplate } from './template.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/**
 * What was given must be within what the steps that read it may take (rules M2, M3): better told before anything is paid than by
 * the step. Throws `input.invalid` for the largest of them. What other steps will add is not known yet, and counted by the step.
 */
export function mustFit(crew: Crew, input: Readonly<Record<string, Json>>): void {
  const seen = inputsInTemplate(crew, input);
  const sizes = new Map(Object.entries(seen).map(([name, value]) => [name, bytesOf(textOf(value))]));
  const all = sum([...sizes.values()]);
  const steps = crew.steps.filter((step) => step.kind === 'prompt');
  const tight = steps.filter((step) => ownBytes(crew, step) + all > step.limits.inputTokens);
  // Templates are read only where it matters, which is seldom.
  if (tight.length === 0) return;
  const templates = createTemplates();
  for (const step of tight) {
    const named = namesIn(templates.text(step.prompt).variables);
    const [largest, ...others] = [...sizes]
      .filter(([name]) => named.has(name))
      .toSorted(([, a], [, b]) => b - a);
    if (largest === undefined) continue;
    const [field, bytes] = largest;
    const room = step.limits.inputTokens - ownBytes(crew, step) - sum(others.map(([, size]) => size));
    if (bytes <= room) continue;
    const count = (n: number) => Math.max(0, n).toLocaleString('en');
    const why = `it has ${count(bytes)} bytes, and the step "${step.id}" has room for ${count(room)}; shorten it, or raise limits.input of that step`;
    throw new CrewsmithError('input.invalid', { field, why });
  }
}

const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : value instanceof FileInTemplate
      ? value.fenced()
      : String(value);

const ownBytes = (crew: Crew, step: PromptStep) =>
  bytesOf(crew.agents[step.agent]?.instructions ?? '') + bytesOf(step.prompt);

const namesIn = (variables: readonly (readonly unknown[])[]) =>
  new Set(variables.flatMap(([root, name]) => (root === 'input' && typeof name === 'string' ? [name] : [])));

const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);
