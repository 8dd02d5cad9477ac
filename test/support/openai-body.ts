import { z } from 'zod';
import { isList, isObject, type Json } from '../../src/core/json.ts';

/** What the server takes as the body of a call, as strictly as the real one and in places more so. */
const status = z.enum(['in_progress', 'completed', 'incomplete']).optional();
const wireName = z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/);
const any = z.custom<Json>();

const Message = z.strictObject({
  type: z.literal('message').optional(),
  role: z.enum(['user', 'assistant', 'system', 'developer']),
  content: z.string().min(1),
});
const OutputMessage = z.strictObject({
  type: z.literal('message'),
  id: z.string().min(1),
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  content: z.array(
    z.union([
      z.strictObject({
        type: z.literal('output_text'),
        text: z.string(),
        annotations: z.array(any),
        logprobs: z.array(any).optional(),
      }),
      z.strictObject({ type: z.literal('refusal'), refusal: z.string() }),
    ]),
  ),
});
const FunctionCall = z.strictObject({
  type: z.literal('function_call'),
  id: z.string().optional(),
  call_id: z.string().min(1).max(64),
  name: wireName,
  arguments: z.string(),
  status,
});
const FunctionCallOutput = z.strictObject({
  type: z.literal('function_call_output'),
  id: z.string().optional(),
  call_id: z.string().min(1).max(64),
  output: z.string(),
  status,
});
/** With nothing stored, a thought is nothing without its encrypted content. */
const Reasoning = z.strictObject({
  type: z.literal('reasoning'),
  id: z.string().min(1),
  summary: z.array(any),
  encrypted_content: z.string().min(1),
  content: z.array(any).optional(),
  status,
});
const Tool = z.strictObject({
  type: z.literal('function'),
  name: wireName,
  description: z.string(),
  parameters: z.custom<Json>(),
  strict: z.literal(true),
});

/** A search is asked for alone. */
const Search = z.strictObject({ type: z.literal('web_search') });

const Body = z.strictObject({
  model: z.string().min(1),
  input: z.array(z.union([FunctionCall, FunctionCallOutput, Reasoning, OutputMessage, Message])).min(1),
  instructions: z.string(),
  max_output_tokens: z.int().min(16),
  store: z.literal(false),
  stream: z.boolean().optional(),
  include: z.array(z.enum(['reasoning.encrypted_content', 'web_search_call.action.sources'])).optional(),
  tools: z
    .array(z.union([Tool, Search]))
    .min(1)
    .optional(),
  tool_choice: z.literal('required').optional(),
  max_tool_calls: z.literal(1).optional(),
  parallel_tool_calls: z.boolean().optional(),
  text: z
    .strictObject({
      format: z.strictObject({
        type: z.literal('json_schema'),
        name: wireName,
        schema: z.custom<Json>(),
        strict: z.literal(true),
      }),
    })
    .optional(),
});
export type WireBody = z.infer<typeof Body>;

export interface BodyProblem {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
}

export function readBody(value: unknown): { body: WireBody } | { problem: BodyProblem } {
  const read = Body.safeParse(value);
  if (!read.success) return { problem: formProblem(read.error.issues[0]) };
  const problem = pairProblem(read.data) ?? schemaProblem(read.data);
  return problem === null ? { body: read.data } : { problem };
}

function formProblem(issue: z.core.$ZodIssue | undefined): BodyProblem {
  const path = issue?.path.join('.') ?? '';
  if (issue?.code === 'unrecognized_keys') {
    const param = [path, issue.keys[0]].filter(Boolean).join('.');
    return { code: 'unknown_parameter', message: `Unknown parameter: '${param}'.`, param };
  }
  return { code: 'invalid_type', message: `Invalid '${path}': ${issue?.message ?? 'wrong'}.`, param: path };
}

/** Each call has its result and each result its call; a thought is followed by what it led to. */
function pairProblem({ input }: WireBody): BodyProblem | null {
  const wrong = (message: string): BodyProblem => ({ code: 'invalid_request', message, param: 'input' });
  const open = new Set<string>();
  for (const [i, item] of input.entries()) {
    if (item.type === 'function_call') open.add(item.call_id);
    if (item.type === 'function_call_output' && !open.delete(item.call_id)) {
      return wrong(`No tool call found for function call output with call_id ${item.call_id}.`);
    }
    const next = input[i + 1];
    if (item.type === 'reasoning' && (next === undefined || ('role' in next && next.role === 'user'))) {
      return wrong(`Item '${item.id}' of type 'reasoning' was provided without its required following item.`);
    }
  }
  const [unanswered] = open;
  return unanswered === undefined ? null : wrong(`No tool output found for function call ${unanswered}.`);
}

function schemaProblem({ text, tools }: WireBody): BodyProblem | null {
  const schemas: [string, Json][] = (tools ?? []).flatMap((tool) =>
    tool.type === 'function' ? [[`tool ${tool.name}`, tool.parameters] as [string, Json]] : [],
  );
  if (text) schemas.push([`response_format '${text.format.name}'`, text.format.schema]);
  for (const [where, schema] of schemas) {
    const why = isObject(schema) && schema.type === 'object' ? looseness(schema, 0) : 'it is not an object';
    if (why !== null) {
      return { code: 'invalid_json_schema', message: `Invalid schema for ${where}: ${why}.`, param: null };
    }
  }
  return null;
}

/** Why a schema is not strict; null when it is. */
export function looseness(schema: Json | undefined, depth: number): string | null {
  if (!isObject(schema)) return 'a part of it is no schema';
  if (depth > 10) return 'it is nested deeper than 10 levels';
  const branches = isList(schema.anyOf) ? schema.anyOf : [];
  const items = schema.items === undefined ? [] : [schema.items];
  const properties = isObject(schema.properties) ? schema.properties : {};
  if (schema.type === 'object') {
    const required = isList(schema.required) ? schema.required : [];
    const optional = Object.keys(properties).find((name) => !required.includes(name));
    if (optional !== undefined) return `'required' must name every property; '${optional}' is missing`;
    if (schema.additionalProperties !== false) return `'additionalProperties' must be false`;
  }
  const parts = [...branches, ...items, ...Object.values(properties)];
  return parts.map((part) => looseness(part, depth + 1)).find((why) => why !== null) ?? null;
}
