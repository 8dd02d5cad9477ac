import type { Json, JsonObject } from '../../../src/core/json.ts';
import { isList, isObject } from '../../../src/core/json.ts';

/** What Discord refuses of a message, by its own limits; null: nothing. */
export function messageProblem(body: JsonObject, files: readonly string[]): string | null {
  const flags = Number(body.flags ?? 0);
  const isV2 = (flags & 32_768) !== 0;
  const components = isList(body.components) ? body.components : [];
  const content = typeof body.content === 'string' ? body.content : '';
  if (isV2 && (content !== '' || (isList(body.embeds) && body.embeds.length > 0)))
    return 'content beside components of the new kind';
  if (!isV2 && components.some((one) => isObject(one) && one.type !== 1))
    return 'components of the new kind without their flag';
  if (!isV2 && content.trim() === '' && components.length === 0 && files.length === 0)
    return 'an empty message';
  if (content.length > 2_000) return 'content over 2,000';
  if (typeof body.nonce === 'string' && body.nonce.length > 25) return 'a nonce over 25';
  const all = flat(components);
  if (all.length > 40) return `${all.length} components`;
  const texts = all.filter((one) => one.type === 10).map((one) => String(one.content ?? ''));
  if (texts.some((text) => text.length === 0)) return 'an empty text';
  const sum = texts.reduce((n, text) => n + text.length, 0);
  if (sum > 4_000) return `${sum} characters of text`;
  const named = JSON.stringify(components).match(/attachment:\/\/[^"]+/g) ?? [];
  const missing = named.find((one) => !files.includes(one.slice('attachment://'.length)));
  if (missing !== undefined) return `${missing} is not among the files`;
  for (const row of all.filter((one) => one.type === 1)) {
    if (!isList(row.components) || row.components.length === 0 || row.components.length > 5)
      return 'a row of more than 5 or of no buttons';
  }
  return idsProblem(all) ?? buttonProblem(all);
}

/** The same of a modal. */
export function modalProblem(body: JsonObject): string | null {
  const parts = isList(body.components) ? body.components.filter(isObject) : [];
  if (String(body.title ?? '').length === 0 || String(body.title).length > 45) return 'a title over 45';
  if (parts.length === 0 || parts.length > 5) return `${parts.length} parts of a modal`;
  const all = flat(parts);
  for (const one of parts.filter((part) => part.type === 18)) {
    if (String(one.label ?? '').length === 0 || String(one.label).length > 45) return 'a label over 45';
    if (one.description !== undefined && String(one.description).length > 100)
      return 'a description over 100';
  }
  for (const one of all.filter((part) => part.type === 4)) {
    if (String(one.value ?? '').length > 4_000) return 'a value over 4,000';
    if (String(one.value ?? '').length > Number(one.max_length ?? 4_000))
      return 'a value over its max_length';
  }
  for (const one of all.filter((part) => part.type === 3)) {
    if (!isList(one.options) || one.options.length === 0 || one.options.length > 25) return 'choices over 25';
  }
  return idsProblem([body, ...all]);
}

/** The same of a command with all that is under it. */
export function commandProblem(command: JsonObject): string | null {
  if (command.type === 3) return null;
  let weight = 0;
  const look = (one: JsonObject, depth: number): string | null => {
    const name = String(one.name ?? '');
    if (!/^[-_\p{L}\p{N}]{1,32}$/u.test(name) || name !== name.toLowerCase()) return `the name ${name}`;
    const summary = String(one.description ?? '');
    if (summary.length === 0 || summary.length > 100) return `the description of ${name}`;
    weight += name.length + summary.length;
    const options = isList(one.options) ? one.options.filter(isObject) : [];
    if (options.length > 25) return `${options.length} options of ${name}`;
    if (new Set(options.map((o) => o.name)).size < options.length) return `two of a name in ${name}`;
    const kinds = new Set(options.map((o) => Number(o.type) <= 2));
    if (kinds.size > 1) return `options beside subcommands in ${name}`;
    if (depth >= 2 && kinds.has(true)) return `${name} goes too deep`;
    if (options.findIndex((o) => o.required !== true) < options.findLastIndex((o) => o.required === true)) {
      if (options.some((o) => o.required === true) && options.findIndex((o) => o.required !== true) >= 0)
        return `an option that must be given behind one that need not, in ${name}`;
    }
    const choices = isList(one.choices) ? one.choices.filter(isObject) : [];
    if (choices.length > 25) return `${choices.length} choices of ${name}`;
    if (choices.length > 0 && one.autocomplete === true) return `choices and autocomplete of ${name}`;
    weight += choices.reduce((n, c) => n + String(c.name).length + String(c.value).length, 0);
    for (const option of options) {
      const problem = look(option, depth + 1);
      if (problem !== null) return problem;
    }
    return null;
  };
  return look(command, 0) ?? (weight > 8_000 ? `${weight} characters in all` : null);
}

function idsProblem(all: readonly JsonObject[]): string | null {
  const ids = all.flatMap((one) => (one.custom_id === undefined ? [] : [String(one.custom_id)]));
  const bad = ids.find((id) => id.length === 0 || id.length > 100);
  if (bad !== undefined) return `a custom id of ${bad.length}`;
  return new Set(ids).size < ids.length ? 'a custom id twice' : null;
}

function buttonProblem(all: readonly JsonObject[]): string | null {
  const bad = all.find((one) => one.type === 2 && String(one.label ?? '').length > 80);
  return bad === undefined ? null : 'a label over 80';
}

/** A component and all within it. */
function flat(components: readonly Json[]): JsonObject[] {
  return components
    .filter(isObject)
    .flatMap((one) => [
      one,
      ...flat(isList(one.components) ? one.components : []),
      ...flat(one.component === undefined ? [] : [one.component]),
    ]);
}
