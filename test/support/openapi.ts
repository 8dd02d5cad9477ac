import { existsSync, readFileSync } from 'node:fs';
import { isList, isObject, type Json, type JsonObject } from '../../src/core/json.ts';

/** The published description of a vendor's API, beside the checkout; null where it is not there. */
export function readSpec(file: string): JsonObject | null {
  const path = new URL(`../../../shared/specs/${file}`, import.meta.url);
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as JsonObject) : null;
}

/**
 * What is wrong with a value by one of the description's schemas; empty when nothing is. Stricter than the description in one
 * thing: a property that no part of a schema names is wrong.
 */
export const specProblems = (spec: JsonObject, schema: string, value: Json): string[] =>
  schemaProblems(spec, { $ref: `#/components/schemas/${schema}` }, value, schema);

/** The same by a schema that has no name of its own. */
export function schemaProblems(spec: JsonObject, schema: Json, value: Json, name: string): string[] {
  return problems(schema, value, name, true);

  function problems(schema: Json | undefined, value: Json, at: string, closed: boolean): string[] {
    const s = resolve(schema);
    const found = own(s, value, at);
    for (const part of listed(s.allOf)) found.push(...problems(part, value, at, false));
    for (const choices of [listed(s.anyOf), listed(s.oneOf)]) found.push(...best(choices, value, at));
    if (closed && isObject(value)) {
      const unknown = Object.keys(value).filter((name) => !names(s, name));
      found.push(...unknown.map((name) => `${at}.${name} is not known`));
    }
    return found;
  }

  /** Problems of the choice that fits best. */
  function best(choices: readonly Json[], value: Json, at: string): string[] {
    const all = choices.map((choice) => problems(choice, value, at, true));
    return all.reduce<string[]>((a, b, i) => (i === 0 || b.length < a.length ? b : a), []);
  }

  function own(s: JsonObject, value: Json, at: string): string[] {
    if (typeof s.type === 'string' && !isOf(s.type, value)) return [`${at} is not of type ${s.type}`];
    if (isList(s.type) && !s.type.some((type) => isOf(String(type), value)))
      return [`${at} is not of type ${s.type.join(' or ')}`];
    if (isList(s.enum) && !s.enum.includes(value)) return [`${at} is not one of ${JSON.stringify(s.enum)}`];
    if (typeof value === 'string') return textProblems(s, value, at);
    if (typeof value === 'number') {
      if (typeof s.minimum === 'number' && value < s.minimum) return [`${at} is less than ${s.minimum}`];
      return typeof s.maximum === 'number' && value > s.maximum ? [`${at} is more than ${s.maximum}`] : [];
    }
    if (isList(value) && typeof s.maxItems === 'number' && value.length > s.maxItems)
      return [`${at} has more than ${s.maxItems}`];
    if (isList(value) && typeof s.minItems === 'number' && value.length < s.minItems)
      return [`${at} has fewer than ${s.minItems}`];
    if (isList(value))
      return value.flatMap((item, i) =>
        s.items === undefined ? [] : problems(s.items, item, `${at}[${i}]`, true),
      );
    if (!isObject(value)) return [];
    const properties = isObject(s.properties) ? s.properties : {};
    const missing = listed(s.required).filter((name) => !Object.hasOwn(value, String(name)));
    return [
      ...missing.map((name) => `${at}.${String(name)} is missing`),
      ...Object.entries(properties).flatMap(([name, part]) => {
        const inner = value[name];
        return inner === undefined ? [] : problems(part, inner, `${at}.${name}`, true);
      }),
    ];
  }

  /** Whether some part of a schema has a place for this property. */
  function names(schema: Json, name: string): boolean {
    const s = resolve(schema);
    if (isObject(s.properties) && Object.hasOwn(s.properties, name)) return true;
    if (s.additionalProperties !== undefined && s.additionalProperties !== false) return true;
    return [s.allOf, s.anyOf, s.oneOf].flatMap(listed).some((part) => names(part, name));
  }

  function resolve(schema: Json | undefined): JsonObject {
    if (!isObject(schema)) return {};
    if (typeof schema.$ref !== 'string') return schema;
    const found = schema.$ref
      .slice(2)
      .split('/')
      .reduce<Json | undefined>((at, name) => (isObject(at) ? at[name] : undefined), spec);
    if (!isObject(found)) throw new Error(`the description has no ${schema.$ref}`);
    return resolve(found);
  }
}

const listed = (value: Json | undefined): readonly Json[] => (isList(value) ? value : []);

function textProblems(s: JsonObject, value: string, at: string): string[] {
  if (typeof s.minLength === 'number' && value.length < s.minLength) return [`${at} is too short`];
  if (typeof s.maxLength === 'number' && value.length > s.maxLength) return [`${at} is too long`];
  if (typeof s.pattern === 'string' && !new RegExp(s.pattern).test(value))
    return [`${at} does not match ${s.pattern}`];
  return [];
}

function isOf(type: string, value: Json): boolean {
  switch (type) {
    case 'object':
      return isObject(value);
    case 'array':
      return isList(value);
    case 'integer':
      return Number.isInteger(value);
    case 'null':
      return value === null;
    default:
      return typeof value === type;
  }
}
