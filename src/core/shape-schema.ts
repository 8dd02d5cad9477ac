import { z } from 'zod';
import { webAddress } from './address.ts';
import type { Json } from './json.ts';
import { pathText, type Shape } from './shape.ts';

export type Checked =
  | { readonly ok: true; readonly value: Json }
  | { readonly ok: false; readonly problems: string[] };

const must = (what: string) => ({
  error: (issue: { readonly input?: unknown }) =>
    issue.input === undefined ? 'is missing' : `must be ${what}`,
});

const isWebAddress = (text: string) => text.length <= 2000 && webAddress(text) !== null;

/** What a value of the shape must satisfy. Unknown fields are dropped, a missing optional one becomes null: models differ in both. */
export function shapeToZod(shape: Shape): z.ZodType<Json> {
  switch (shape.is) {
    case 'text':
      return z.string(must('text'));
    case 'number':
      return z.number(must('a number'));
    case 'integer':
      return z.int(must('a whole number'));
    case 'boolean':
      return z.boolean(must('true or false'));
    case 'date':
      return z.iso.date(must('a date like 2026-11-24'));
    case 'url':
      return z
        .string(must('text'))
        .refine(isWebAddress, must('an address that begins with http:// or https://'));
    case 'choice':
      return z.enum(shape.of, must(`one of: ${shape.of.join(', ')}`));
    case 'list':
      return z.array(shapeToZod(shape.of), must('a list'));
    case 'object': {
      const fields = Object.entries(shape.fields).map(([name, field]) => [name, shapeToZod(field)] as const);
      return z.object(Object.fromEntries(fields), must('an object'));
    }
    case 'optional':
      return z.nullable(shapeToZod(shape.of)).default(null);
  }
}

/** Where a reply must be an object and the shape is none, the value stands in this one field. */
const wrapper = 'value';
const isWrapped = (shape: Shape) => shape.is !== 'object';

/**
 * Strict JSON Schema for structured output: every field required, none beside them, optional is a union with null. The root
 * is always an object: another shape stands in its one field `value`, which `replyReader` takes out again. No `format` and no
 * bounds, which providers accept differently; `checkValue` judges those.
 */
export function shapeToJsonSchema(shape: Shape): Json {
  return isWrapped(shape) ? strictObject({ [wrapper]: shape }) : schemaOf(shape);
}

function schemaOf(shape: Shape): Json {
  switch (shape.is) {
    case 'text':
      return { type: 'string' };
    case 'date':
      return { type: 'string', description: 'A date as YYYY-MM-DD.' };
    case 'url':
      return { type: 'string', description: 'A full address that begins with http:// or https://.' };
    case 'choice':
      return { type: 'string', enum: shape.of };
    case 'list':
      return { type: 'array', items: schemaOf(shape.of) };
    case 'object':
      return strictObject(shape.fields);
    case 'optional':
      return { anyOf: [schemaOf(shape.of), { type: 'null' }] };
    default:
      return { type: shape.is };
  }
}

const strictObject = (fields: Readonly<Record<string, Shape>>): Json => ({
  type: 'object',
  properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, schemaOf(field)])),
  required: Object.keys(fields),
  additionalProperties: false,
});

const shown = 12;

/** Checks a value and gives it back as the shape has it. Problems are short sentences with paths, fit to be sent to a model. */
export const checkValue = (shape: Shape, value: unknown): Checked => checkBy(shapeToZod(shape), value);

function checkBy(schema: z.ZodType<Json>, value: unknown): Checked {
  const result = schema.safeParse(value);
  if (result.success) return { ok: true, value: result.data };
  const all = result.error.issues.map((issue) => `${pathText(issue.path) || 'the answer'} ${issue.message}`);
  const problems = all.length > shown ? [...all.slice(0, shown), `and ${all.length - shown} more`] : all;
  return { ok: false, problems };
}

/** Makes a model's reply to `shapeToJsonSchema(shape)`, as text, into a checked value. Making the reader costs more than reading. */
export function replyReader(shape: Shape): (reply: string) => Checked {
  const schema = shapeToZod(shape);
  return (reply) => readReply(schema, isWrapped(shape), reply);
}

function readReply(schema: z.ZodType<Json>, wrapped: boolean, reply: string): Checked {
  // Servers without structured output often put the JSON into a code block.
  const [, inBlock] = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?\s*```\s*$/.exec(reply) ?? [];
  let value: unknown;
  try {
    value = JSON.parse(inBlock ?? reply);
  } catch {
    return { ok: false, problems: [reply.trim() === '' ? 'the answer is empty' : 'the answer is not JSON'] };
  }
  if (!wrapped) return checkBy(schema, value);
  const inside = z.object({ [wrapper]: z.unknown() }).safeParse(value);
  return inside.success
    ? checkBy(schema, inside.data[wrapper])
    : { ok: false, problems: [`the answer must be an object with the field "${wrapper}"`] };
}
