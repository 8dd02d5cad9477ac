import { isList, isObject, type Json, type JsonObject } from '../../core/json.ts';
import type { ModelEvent, ToolSpec } from '../port.ts';
import { parsedArguments, toolName } from '../tool-names.ts';

type ToolCallEvent = Extract<ModelEvent, { type: 'tool-call' }>;

const objects = (value: Json | undefined): JsonObject[] => (isList(value) ? value.filter(isObject) : []);

/**
 * The items of a reply. Those that came one by one count more than the list at the end, which some servers leave empty and in
 * which thoughts may lack their encrypted content.
 */
export function itemsOf(came: ReadonlyMap<string, JsonObject>, listed: Json | undefined): JsonObject[] {
  const end = objects(listed);
  if (end.length === 0) return [...came.values()];
  return end.map((item, i) => {
    const own = came.get(String(i));
    return own !== undefined && own.type === item.type && own.status !== 'in_progress' ? own : item;
  });
}

const parts = (items: readonly JsonObject[]) => items.flatMap((item) => objects(item.content));

/** All that the reply says, a refusal included. */
export const textOf = (items: readonly JsonObject[]): string =>
  parts(items.filter((item) => item.type === 'message'))
    .map((part) => (part.type === 'refusal' ? part.refusal : part.text))
    .filter((text) => typeof text === 'string')
    .join('');

export const isRefusal = (items: readonly JsonObject[]): boolean =>
  parts(items).some((part) => part.type === 'refusal');

/**
 * The items as they can be sent back: a call that was cut off would wait for its result for ever, a thought without what it led to
 * is refused. Calls get the id under which their result will come.
 */
export function cleanItems(items: readonly JsonObject[], cutOff: boolean): JsonObject[] {
  const whole = items
    .map((item, i) => (item.type === 'function_call' ? { ...item, call_id: callId(item, i) } : item))
    .filter((item) => item.type !== 'function_call' || isWhole(item, cutOff));
  const last = whole.findLastIndex((item) => item.type !== 'reasoning');
  return whole.slice(0, last + 1);
}

const callId = (item: JsonObject, i: number): string => {
  const own = [item.call_id, item.id].find((id) => typeof id === 'string' && id !== '');
  return typeof own === 'string' ? own : `call_${i}`;
};

function isWhole(item: JsonObject, cutOff: boolean): boolean {
  if (item.status === 'incomplete') return false;
  return !cutOff || typeof parsedArguments(item.arguments) !== 'string';
}

export function callsOf(items: readonly JsonObject[], tools: readonly ToolSpec[]): ToolCallEvent[] {
  return items.flatMap((item): ToolCallEvent[] => {
    if (item.type !== 'function_call' || typeof item.name !== 'string') return [];
    return [
      {
        type: 'tool-call',
        id: String(item.call_id),
        tool: toolName(item.name, tools),
        arguments: parsedArguments(item.arguments),
      },
    ];
  });
}
