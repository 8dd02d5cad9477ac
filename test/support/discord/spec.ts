import { isObject, type Json, type JsonObject } from '../../../src/core/json.ts';
import { readSpec, schemaProblems } from '../openapi.ts';

/** Discord's own description of what it takes, where it is there. */
export function createSpec() {
  const spec = readSpec('discord-openapi.json');
  let count = 0;
  const paths = isObject(spec?.paths ?? null) ? (spec?.paths as JsonObject) : {};
  const known = Object.entries(paths).map(([path, methods]) => ({
    pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    // An address with fewer places to fill in is meant before another.
    open: path.split('{').length,
    methods: methods as JsonObject,
  }));
  return {
    count: () => count,
    problems(method: string, path: string, body: Json): string[] {
      if (spec === null) return [];
      const [found] = known.filter((one) => one.pattern.test(path)).sort((a, b) => a.open - b.open);
      const operation = found?.methods[method.toLowerCase()];
      if (!isObject(operation ?? null)) return [`${method} ${path} is not described`];
      if (body === null) return [];
      count += 1;
      const content = ((operation as JsonObject).requestBody as JsonObject | undefined)?.content;
      const schema = ((content as JsonObject | undefined)?.['application/json'] as JsonObject | undefined)
        ?.schema;
      return schemaProblems(spec, schema ?? {}, body, `${method} ${path}`);
    },
  };
}
