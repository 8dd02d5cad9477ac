import { CrewsmithError } from '../errors.ts';
import type { Crew, PromptStep } from './crew.ts';
import type { Json } from './json.ts';
import { createTemplates, FileInTemplate, inputsInTemplate, type Template } from './template.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text).length;

/**
 * What was given must be within what the steps that read it may take (rules M2, M3): better told before anything is paid than by
 * the step. `beside`: bytes that a step's first call sends beside its prompt. Throws `input.invalid` for the largest of what was
 * given. What other steps will add is not known yet, and counted by the step.
 */
export function mustFit(
  crew: Crew,
  input: Readonly<Record<string, Json>>,
  beside: (step: PromptStep) => number,
): void {
  const seen = inputsInTemplate(crew, input);
  const sizes = new Map(Object.entries(seen).map(([name, value]) => [name, bytesOf(textOf(value))]));
  const all = sum([...sizes.values()]);
  const steps = crew.steps.filter((step) => step.kind === 'prompt');
  const tight = steps.filter((step) => {
    // One that is named twice is sent twice.
    const places = Math.max(1, step.prompt.split('{{').length - 1);
    return beside(step) + bytesOf(step.prompt) + places * all > step.limits.inputTokens;
  });
  // Templates are read only where it matters, which is seldom.
  if (tight.length === 0) return;
  const templates = createTemplates();
  for (const step of tight) {
    const template = templates.text(step.prompt);
    const named = namesIn(template.variables);
    const own = [...sizes].filter(([name]) => named.has(name));
    const [largest] = own.toSorted(([, a], [, b]) => b - a);
    if (largest === undefined) continue;
    const sent = beside(step) + promptBytes(step, template, seen, sum(own.map(([, size]) => size)));
    if (sent <= step.limits.inputTokens) continue;
    const [field, bytes] = largest;
    const count = (n: number) => Math.max(0, n).toLocaleString('en');
    const room = bytes - (sent - step.limits.inputTokens);
    const why = `it has ${count(bytes)} bytes, and the step "${step.id}" has room for ${count(room)}; shorten it, or raise limits.input of that step`;
    throw new CrewsmithError('input.invalid', { field, why });
  }
}

/** As it will be sent where the inputs are all that it reads; else at least so much. */
function promptBytes(
  { prompt }: PromptStep,
  template: Template,
  input: Readonly<Record<string, unknown>>,
  given: number,
): number {
  const least = bytesOf(prompt.replace(/\{[{%][\s\S]*?[%}]\}/g, '')) + given;
  if (template.variables.some(([root]) => root !== 'input')) return least;
  try {
    return bytesOf(template.render({ input, steps: {}, sources: [] }));
  } catch {
    // The step will say why.
    return least;
  }
}

const textOf = (value: unknown): string =>
  value === null || value === undefined
    ? ''
    : value instanceof FileInTemplate
      ? value.fenced()
      : String(value);

const namesIn = (variables: readonly (readonly unknown[])[]) =>
  new Set(variables.flatMap(([root, name]) => (root === 'input' && typeof name === 'string' ? [name] : [])));

const sum = (numbers: readonly number[]) => numbers.reduce((all, n) => all + n, 0);
