import type { InputField } from './crew.ts';
import type { Json } from './json.ts';
import { didYouMean } from './nearest.ts';
import { nameOf, required, type Shape } from './shape.ts';
import { FileInTemplate, TemplateMistake, type Templates, type Variable } from './template.ts';

/** What a step gives to templates. null: its output has a mistake of its own, so nothing is said about its fields. */
export type StepOutput = Shape | null | 'nothing';

/** What an input gives to templates; a file only stands alone. */
export type InputShape = Shape | 'file';

export interface Known {
  /** null: the input has a mistake of its own. */
  readonly inputs: ReadonlyMap<string, InputShape | null>;
  readonly steps: ReadonlyMap<string, StepOutput>;
}

export interface TemplateFinding {
  /** Steps that it names (rule R6). */
  readonly uses: readonly string[];
  /** `near`: the piece of the template that shows where. */
  readonly mistakes: readonly { readonly says: string; readonly near: string }[];
}

/** Checks one template against what will be there when it is rendered. */
export function checkTemplate(
  templates: Templates,
  source: string,
  kind: 'text' | 'condition',
  known: Known,
): TemplateFinding {
  try {
    const compiled = kind === 'text' ? templates.text(source) : templates.condition(source);
    const findings = compiled.variables.map((variable) => ({
      variable,
      says: wrongVariable(variable, known),
    }));
    const mistakes = findings.flatMap(({ variable, says }) =>
      says === null ? [] : [{ says, near: written(variable).split('…')[0] ?? '' }],
    );
    const named = compiled.variables.flatMap(([root, step]) =>
      root === 'steps' && typeof step === 'string' ? [step] : [],
    );
    const uses = [...new Set(named)];
    const isKnown = mistakes.length === 0 && uses.every((id) => known.steps.get(id) !== null);
    if (!isKnown || !('render' in compiled)) return { uses, mistakes };
    // What stands in a loop has a name of its own; rendering a sample finds what the names alone do not tell.
    return { uses, mistakes: mistakesOf(() => compiled.render(sampleScope(known))) };
  } catch (error) {
    return { uses: [], mistakes: [asMistake(error)] };
  }
}

/** Inputs that are files, of those that a template names; none where it cannot be read, which is told by `checkTemplate`. */
export function filesNamed(templates: Templates, source: string, { inputs }: Known): readonly string[] {
  try {
    return templates.text(source).variables.flatMap(([root, name]) => {
      const isFile = root === 'input' && typeof name === 'string' && inputs.get(name) === 'file';
      return isFile ? [name] : [];
    });
  } catch (error) {
    asMistake(error);
    return [];
  }
}

function mistakesOf(render: () => string): TemplateFinding['mistakes'] {
  try {
    render();
    return [];
  } catch (error) {
    return [asMistake(error)];
  }
}

function asMistake(error: unknown) {
  if (!(error instanceof TemplateMistake)) throw error;
  return { says: error.message, near: error.near };
}

const written = (variable: Variable): string =>
  variable
    .map((part, i) =>
      typeof part === 'number' ? `[${part}]` : part === null ? '[…]' : `${i > 0 ? '.' : ''}${part}`,
    )
    .join('');

function wrongVariable(variable: Variable, known: Known): string | null {
  const [root, name, ...path] = variable;
  if (root !== 'input' && root !== 'steps') {
    return `unknown variable "${written(variable)}"; templates read input.NAME and steps.NAME`;
  }
  if (name === undefined) return `"${root}" alone says nothing; name one, like ${root}.NAME`;
  if (typeof name !== 'string') return `"${written(variable)}" is computed; name it, like ${root}.NAME`;
  if (root === 'input') {
    const shape = known.inputs.get(name);
    if (shape === undefined) return `unknown input "${name}"${didYouMean(name, known.inputs.keys())}`;
    if (shape === 'file') return wrongOfFile(path, `input.${name}`);
    return shape === null ? null : wrongPath(shape, path, `input.${name}`);
  }
  const output = known.steps.get(name);
  if (output === undefined) return `unknown step "${name}"${didYouMean(name, known.steps.keys())}`;
  if (output === 'nothing') return `"${name}" is a delivery; it has no output`;
  return output === null ? null : wrongPath(output, path, `steps.${name}`);
}

const wrongOfFile = ([part, ...rest]: Variable, so: string): string | null =>
  part === undefined || (part === 'name' && rest.length === 0)
    ? null
    : `"${so}" is a file; write {{ ${so} }} for its text, or ${so}.name`;

/** What is wrong with a path into a value of the shape; null when it leads somewhere. */
export function wrongPath(shape: Shape, path: Variable, so: string): string | null {
  const [part, ...rest] = path;
  if (part === undefined) return null;
  const here = required(shape);
  if (here.is === 'list') {
    const isItem = typeof part === 'number' || part === 'first' || part === 'last';
    if (isItem || part === null)
      return wrongPath(here.of, rest, `${so}${typeof part === 'number' ? `[${part}]` : `.${part ?? '…'}`}`);
    return part === 'size' ? null : `"${so}" is a list; "${part}" is of one of its items`;
  }
  if (here.is === 'object') {
    if (part === null) return `a field of "${so}" is computed; name it`;
    const field = here.fields[String(part)];
    if (field && Object.hasOwn(here.fields, String(part))) return wrongPath(field, rest, `${so}.${part}`);
    return `"${so}" has no field "${part}"${didYouMean(String(part), Object.keys(here.fields))}`;
  }
  return part === 'size' && here.is === 'text'
    ? null
    : `"${so}" is ${nameOf(here)}; it has no field "${part ?? '…'}"`;
}

/** The shape of an input's value, as templates see it. */
export function inputShape(field: InputField): InputShape {
  if (field.type === 'file') return 'file';
  const shape = shapeOf(field.type, field.choices);
  return field.required ? shape : { is: 'optional', of: shape };
}

function shapeOf(type: Exclude<InputField['type'], 'file'>, choices: readonly string[]): Shape {
  switch (type) {
    case 'website':
      return { is: 'url' };
    case 'choice':
      return { is: 'choice', of: choices };
    case 'user':
    case 'channel':
      // By name.
      return { is: 'text' };
    default:
      return { is: type };
  }
}

const sampleUrl = 'https://example.com/';

function sampleScope(known: Known) {
  const sample = (shape: StepOutput) => (shape === null || shape === 'nothing' ? null : sampleOf(shape));
  const file = new FileInTemplate({ name: 'file.txt', text: 'text' });
  const input = [...known.inputs].map(([name, shape]) => [name, shape === 'file' ? file : sample(shape)]);
  const steps = [...known.steps].map(([name, shape]) => [name, sample(shape)]);
  const source = { n: 1, url: sampleUrl, title: 'Example', date: null, text: 'Example' };
  return { input: Object.fromEntries(input), steps: Object.fromEntries(steps), sources: [source] };
}

/** A value of the shape: one item in each list, nothing left out. */
export function sampleOf(shape: Shape): Json {
  switch (shape.is) {
    case 'text':
      return 'text';
    case 'number':
    case 'integer':
      return 1;
    case 'boolean':
      return true;
    case 'date':
      return '2026-01-01';
    case 'url':
      return sampleUrl;
    case 'choice':
      return shape.of[0] ?? null;
    case 'list':
      return [sampleOf(shape.of)];
    case 'object':
      return Object.fromEntries(Object.entries(shape.fields).map(([name, field]) => [name, sampleOf(field)]));
    case 'optional':
      return sampleOf(shape.of);
  }
}
