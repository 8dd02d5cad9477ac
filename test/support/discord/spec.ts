import { isList, isObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { readSpec, schemaProblems } from '../openapi.ts';
import type { Tally } from '../tally.ts';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: Json;
}

/** Discord's own description of what it takes, where it is there; every request that is held against it is tallied. */
export function createSpec(tally: Tally) {
  const spec = readSpec('discord-openapi.json');
  const paths = isObject(spec?.paths ?? null) ? (spec?.paths as JsonObject) : {};
  const known = Object.entries(paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')}$`),
    // An address with fewer places to fill in is meant before another.
    open: path.split('{').length,
    methods: methods as JsonObject,
  }));
  return {
    problems(asked: Asked): string[] {
      if (spec === null) return [];
      const found = problemsOf(spec, asked);
      if (found.length === 0) tally.fits();
      else tally.fitsNot(found);
      return found;
    },
  };

  function problemsOf(spec: JsonObject, { method, path, query, body }: Asked): string[] {
    const at = `${method} ${path}`;
    const [found] = known.filter((one) => one.pattern.test(path)).sort((a, b) => a.open - b.open);
    const operation = found?.methods[method.toLowerCase()] ?? null;
    if (found === undefined || !isObject(operation)) return [`${at} is not described`];
    const parameters = [found.methods.parameters, operation.parameters].flatMap(listed).filter(isObject);
    const ofPath = Object.entries(found.pattern.exec(path)?.groups ?? {});
    const given = [
      ...ofPath.map(([name, value]) => ['path', name, value] as const),
      ...[...query].map(([name, value]) => ['query', name, value] as const),
    ];
    return [
      ...given.flatMap(([place, name, value]) => {
        const of = parameters.find((one) => one.in === place && one.name === name);
        if (of === undefined) return [`${at} has no ${name} in its ${place}`];
        return schemaProblems(spec, of.schema ?? {}, asWritten(of.schema ?? null, value), `${at} ${name}`);
      }),
      ...bodyProblems(spec, operation, body, at),
    ];
  }

  function bodyProblems(spec: JsonObject, operation: JsonObject, body: Json, at: string): string[] {
    const wanted = isObject(operation.requestBody ?? null) ? (operation.requestBody as JsonObject) : null;
    if (body === null) return wanted?.required === true ? [`${at} has no body`] : [];
    const content = wanted?.content as JsonObject | undefined;
    const json = content?.['application/json'];
    if (json === undefined || !isObject(json)) return [`${at} takes no body`];
    return schemaProblems(spec, json.schema ?? {}, body, at);
  }
}

const listed = (value: Json | undefined): readonly Json[] =>
  value !== undefined && isList(value) ? value : [];

/** What stands in an address is text, also where a number or a yes or no is meant. */
function asWritten(schema: Json, value: string): Json {
  const type = isObject(schema) ? schema.type : null;
  if (type === 'integer') return Number(value);
  return type === 'boolean' && (value === 'true' || value === 'false') ? value === 'true' : value;
}
