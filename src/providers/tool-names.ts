import { isObject, type Json } from '../core/json.ts';
import type { ToolSpec } from './port.ts';

/** The providers allow letters, digits, `_` and `-` in names. */
export const wireName = (name: string): string => name.replace(/[^a-zA-Z0-9_-]/g, '_').slice(0, 64);

/** The name that crews use, for one that came back. A tool that was not offered keeps its word. */
export const toolName = (wire: string, tools: readonly ToolSpec[]): string =>
  tools.find((tool) => wireName(tool.name) === wire)?.name ?? wire;

/** Arguments that are no JSON stay the text that they are: the tool says what is wrong with them. */
export function parsedArguments(written: Json | undefined): Json {
  if (written === undefined || written === '') return {};
  if (typeof written !== 'string') return written;
  try {
    return JSON.parse(written) as Json;
  } catch {
    return written;
  }
}

/** For providers that take arguments as an object alone. */
export const argumentsObject = (value: Json): Record<string, unknown> =>
  isObject(value) ? { ...value } : { value };
