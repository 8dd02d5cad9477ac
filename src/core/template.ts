import { type Context, Liquid, LiquidError, type Template as LiquidTemplate } from 'liquidjs';
import { CrewsmithError } from '../errors.ts';
import type { Crew } from './crew.ts';
import { defused, fenceFile, type Source } from './fence.ts';
import { asFile, shownInput } from './input.ts';
import type { Json } from './json.ts';
import { didYouMean } from './nearest.ts';
import { type Checked, replyReader } from './shape-schema.ts';
import { sourceBlocks } from './source-blocks.ts';

/** What a template may read: `input.…`, `steps.…`, and through the filter `sources` what the run has read. */
export interface Scope {
  /** As the run keeps them. */
  readonly input: Readonly<Record<string, Json>>;
  /** Outputs by step; null for one that was skipped (rule R3). */
  readonly steps: Readonly<Record<string, Json>>;
  readonly sources: readonly Source[];
}

/** A crew whose templates are parsed once each, when first used. All but `reply` throw `template.failed`. */
export interface CompiledCrew {
  prompt(stepId: string, scope: Scope): string;
  /** The step's `when`; true where it has none. */
  condition(stepId: string, scope: Scope): boolean;
  /** The address that the step's `read` names; null where it has none. */
  read(stepId: string, scope: Scope): string | null;
  /** A model's reply as the step's output has it; of a step whose output is text, null. */
  reply(stepId: string, text: string): Checked | null;
}

/** What a template reads: `steps.gather.pages[0]` is `['steps', 'gather', 'pages', 0]`; null stands for a computed part. */
export type Variable = readonly (string | number | null)[];

export interface Template {
  readonly variables: readonly Variable[];
  render(scope: Seen): string;
}

/** A scope as templates see it: files, people and channels stand for their fences and names. */
export type Seen = Omit<Scope, 'input'> & { readonly input: Readonly<Record<string, unknown>> };

export interface Templates {
  /** Throws TemplateMistake. */
  text(source: string): Template;
  /** An expression as it stands after `if`, e.g. `steps.triage.score > 5`. Throws TemplateMistake. */
  condition(source: string): { readonly variables: readonly Variable[]; holds(scope: Seen): boolean };
  readonly filters: readonly string[];
}

/** What is wrong with a template; `near` is the piece of it that shows where, or empty. */
export class TemplateMistake extends Error {
  override readonly name = 'TemplateMistake';
  readonly near: string;

  constructor(says: string, near: string) {
    super(says);
    this.near = near;
  }
}

/**
 * A file where a template names it. Alone it is its text in a fence; nothing can be made of it that would lose the fence
 * (rule S5), so that no filter goes with it.
 */
export class FileInTemplate {
  readonly name: string;
  readonly #text: string;

  constructor({ name, text }: { readonly name: string; readonly text: string }) {
    this.name = name;
    this.#text = text;
  }

  fenced(): string {
    return fenceFile({ name: this.name, text: this.#text });
  }

  // Filters ask for one of these.
  toString(): string {
    throw new Error('a file stands alone between {{ and }}, without a filter');
  }

  toJSON(): string {
    return this.toString();
  }
}

/** What templates see of inputs: people and channels by their names, files in their fences, the rest as it is. */
export function inputsInTemplate(
  crew: Crew,
  input: Readonly<Record<string, Json>>,
): Readonly<Record<string, unknown>> {
  const types = new Map(crew.input.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      const type = types.get(name);
      if (value !== null && type === 'file') return [name, new FileInTemplate(asFile(value))];
      return [name, type === 'user' || type === 'channel' ? shownInput(value) : value];
    }),
  );
}

// What writes its values without escaping (cycle, tablerow), keeps state (increment), reads files (include, render, layout) or
// the clock (date) is not there.
const tags = [
  'assign',
  'capture',
  'case',
  'comment',
  'if',
  'unless',
  'for',
  'break',
  'continue',
  'echo',
  'raw',
  '#',
];
const filters = [
  ...[
    'default',
    'size',
    'first',
    'last',
    'join',
    'map',
    'where',
    'compact',
    'concat',
    'reverse',
    'sort',
    'slice',
    'uniq',
  ],
  ...[
    'upcase',
    'downcase',
    'capitalize',
    'strip',
    'strip_newlines',
    'truncate',
    'truncatewords',
    'replace',
    'split',
  ],
  ...['append', 'prepend', 'plus', 'minus', 'times', 'divided_by', 'modulo', 'round', 'floor', 'ceil', 'abs'],
  ...['at_least', 'at_most'],
];

const limits = { parseLimit: 200_000, renderLimit: 2_000, memoryLimit: 10_000_000 };

// A symbol, so that no template can name it.
const register = Symbol('sources');

// A beginning of a fence at a value's end: the next value could finish it.
const beginning = /<(?=\s*\/?\s*(?:s(?:o(?:u(?:r(?:ce?)?)?)?)?|l(?:i(?:n(?:ks?)?)?)?|f(?:i(?:le?)?)?)?$)/gi;

/** A value as a prompt shows it. It may come from a page or a model, so it can open or close no fence (rule S5). */
function written(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof FileInTemplate) return value.fenced();
  const text = typeof value === 'object' ? JSON.stringify(value, null, 2) : String(value);
  return defused(text).replace(beginning, '‹');
}

const bullets = (value: unknown) =>
  Array.isArray(value)
    ? value.map((item) => `- ${written(item).replace(/\s+/g, ' ')}`).join('\n')
    : value instanceof FileInTemplate
      ? String(value)
      : written(value);

export function createTemplates(): Templates {
  const liquid = new Liquid({
    strictVariables: true,
    strictFilters: true,
    ownPropertyOnly: true,
    // A skipped step is null; a condition on it is false, not an error.
    lenientIf: true,
    ...limits,
    templates: {},
    // Asking the system for its own takes milliseconds, and prompts do not depend on it.
    locale: 'en',
    outputEscape: written,
  });
  const allowed = (names: readonly string[], all: Record<string, unknown>) => {
    for (const name of Object.keys(all)) if (!names.includes(name)) delete all[name];
  };
  allowed(tags, liquid.tags);
  allowed(filters, liquid.filters);
  liquid.registerFilter('json', (value: unknown) => JSON.stringify(value, null, 2));
  liquid.registerFilter('list', bullets);
  liquid.registerFilter('sources', {
    // Its own fences must stay as they are; each text within them is defused by `fence`.
    raw: true,
    handler(this: { context: Context }, value: unknown, mode?: unknown) {
      return sourceBlocks(
        value as Json,
        mode,
        (this.context.globals as { [register]: readonly Source[] })[register],
      );
    },
  });

  const parse = (source: string): LiquidTemplate[] => {
    try {
      return liquid.parse(source);
    } catch (error) {
      throw mistake(error, Object.keys(liquid.filters));
    }
  };
  const run = (parsed: LiquidTemplate[], { input, steps, sources }: Seen): string => {
    try {
      return String(liquid.renderSync(parsed, { input, steps }, { globals: { [register]: sources } }));
    } catch (error) {
      throw mistake(error, []);
    }
  };
  const variables = (parsed: LiquidTemplate[]): Variable[] =>
    liquid
      .globalVariableSegmentsSync(parsed, { partials: false })
      .map((segments) => segments.map((segment) => (Array.isArray(segment) ? null : segment)));

  return {
    filters: Object.keys(liquid.filters),
    text(source) {
      const parsed = parse(source);
      return { variables: variables(parsed), render: (scope) => run(parsed, scope) };
    },
    condition(source) {
      if (/\{[{%]|[%}]\}/.test(source))
        throw new TemplateMistake('a condition is written without braces', '');
      const parsed = parse(`{% if ${source.trim()} %}1{% endif %}`);
      return { variables: variables(parsed), holds: (scope) => run(parsed, scope) === '1' };
    },
  };
}

function mistake(error: unknown, known: readonly string[]): TemplateMistake {
  if (!LiquidError.is(error))
    return new TemplateMistake(error instanceof Error ? error.message : String(error), '');
  const message = error.message.replace(/(, file:.*?)?, line:\d+, col:\d+$/, '');
  const [near = ''] = error.token.getText().split('\n');
  const [, filter] = /^undefined filter: (.*)$/.exec(message) ?? [];
  if (filter !== undefined)
    return new TemplateMistake(`unknown filter "${filter}"${didYouMean(filter, known)}`, filter);
  const [, tag] = /^tag "(.*)" not found$/.exec(message) ?? [];
  if (tag !== undefined)
    return new TemplateMistake(`unknown tag "${tag}"; tags here: ${tags.slice(0, -1).join(', ')}`, near);
  const [, variable] = /^undefined variable: (.*)$/.exec(message) ?? [];
  if (variable !== undefined) return new TemplateMistake(`unknown variable "${variable}"`, variable);
  return new TemplateMistake(error.name === 'RenderError' ? message : `not valid Liquid: ${message}`, near);
}

export function compileCrew(crew: Crew): CompiledCrew {
  const templates = createTemplates();
  const once = <T>(make: (source: string) => T) => {
    const made = new Map<string, T>();
    return (source: string): T => {
      const known = made.get(source) ?? make(source);
      made.set(source, known);
      return known;
    };
  };
  const readers = new Map<string, (text: string) => Checked>();
  const seen = (scope: Scope): Seen => ({ ...scope, input: inputsInTemplate(crew, scope.input) });
  const text = once(templates.text);
  const condition = once(templates.condition);
  const stepOf = (id: string) => {
    const step = crew.steps.find((s) => s.id === id);
    if (step === undefined)
      throw new CrewsmithError('internal.impossible', { what: `crew "${crew.name}" has no step "${id}"` });
    return step;
  };
  const say = <T>(where: string, make: () => T): T => {
    try {
      return make();
    } catch (error) {
      if (!(error instanceof TemplateMistake)) throw error;
      throw new CrewsmithError(
        'template.failed',
        { where: `${crew.name}, ${where}`, why: error.message },
        { cause: error },
      );
    }
  };
  return {
    prompt(id, scope) {
      const step = stepOf(id);
      if (step.kind !== 'prompt') {
        throw new CrewsmithError('internal.impossible', { what: `step "${id}" has no prompt` });
      }
      return say(`step "${id}"`, () => text(step.prompt).render(seen(scope)));
    },
    condition(id, scope) {
      const { when } = stepOf(id);
      return when === null || say(`the condition of step "${id}"`, () => condition(when).holds(seen(scope)));
    },
    read(id, scope) {
      const step = stepOf(id);
      if (step.kind !== 'prompt' || step.read === null) return null;
      const { read } = step;
      return say(`what step "${id}" reads`, () => text(read).render(seen(scope)).trim());
    },
    reply(id, said) {
      const step = stepOf(id);
      if (step.kind !== 'prompt' || step.output === null) return null;
      const reader = readers.get(id) ?? replyReader(step.output);
      readers.set(id, reader);
      return reader(said);
    },
  };
}
