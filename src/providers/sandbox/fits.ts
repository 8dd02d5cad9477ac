import { canonicalJson, isList, isObject, type Json, type JsonObject } from '../../core/json.ts';

/** Whether a value follows a strict JSON Schema, as far as `shapeToJsonSchema` and its like write them. */
export function fits(schema: Json | undefined, value: Json): boolean {
  if (!isObject(schema)) return true;
  if (isList(schema.anyOf)) return schema.anyOf.some((one) => fits(one, value));
  if (schema.const !== undefined && canonicalJson(schema.const) !== canonicalJson(value)) return false;
  if (isList(schema.enum) && !schema.enum.some((one) => one === value)) return false;
  const types = isList(schema.type) ? schema.type : schema.type === undefined ? null : [schema.type];
  if (types !== null && !types.some((type) => isOf(type, value))) return false;
  if (typeof value === 'number' && !isWithin(schema, value)) return false;
  if (isList(value)) return value.every((item) => fits(schema.items, item));
  if (!isObject(value)) return true;
  const properties = isObject(schema.properties) ? schema.properties : {};
  const required = isList(schema.required) ? schema.required : [];
  return (
    required.every((name) => Object.hasOwn(value, String(name))) &&
    Object.entries(value).every(([name, own]) =>
      Object.hasOwn(properties, name) ? fits(properties[name], own) : schema.additionalProperties !== false,
    )
  );
}

const isWithin = ({ minimum, maximum }: JsonObject, value: number) =>
  (typeof minimum !== 'number' || value >= minimum) && (typeof maximum !== 'number' || value <= maximum);

function isOf(type: Json, value: Json): boolean {
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
