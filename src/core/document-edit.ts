import { CrewsmithError } from '../errors.ts';
import { isClaim } from './citations.ts';
import { labelOf } from './document.ts';
import { inert } from './inert.ts';
import { isList, isObject, type Json } from './json.ts';
import { pathText, required, type Shape } from './shape.ts';

/** One text of a draft that people may change (rule G2). */
export interface EditableField {
  /** As in `what[0].text`; names the field in an edit. */
  readonly path: string;
  /** As a form shows it: `What 1`. */
  readonly label: string;
  readonly text: string;
}

export interface Edit {
  readonly path: string;
  /** Empty: an item of a list goes, with its sources; elsewhere the text is empty. */
  readonly text: string;
}

/** A text in an edit may have this many characters. */
export const longestEdit = 20_000;

/** Every text of the value, in order. Sources, addresses, numbers and choices are not among them. */
export function editableFields(shape: Shape, value: Json): EditableField[] {
  const fields: EditableField[] = [];
  change(shape, value, [], [], (path, label, text) => {
    fields.push({ path, label, text });
    return text;
  });
  return fields;
}

/** The value with the edits in it; all else, sources included, stays. Throws `edit.unknown`, `edit.long`. */
export function applyEdits(shape: Shape, value: Json, edits: readonly Edit[]): Json {
  const open = new Map(edits.map((edit) => [edit.path, edit.text]));
  const long = edits.find((edit) => edit.text.length > longestEdit);
  if (long) throw new CrewsmithError('edit.long', { field: long.path, most: longestEdit });
  const edited = change(shape, value, [], [], (path, _label, text) => {
    const next = open.get(path);
    open.delete(path);
    return next === undefined ? text : inert(next).trim();
  });
  const [unknown] = open.keys();
  if (unknown !== undefined) throw new CrewsmithError('edit.unknown', { field: unknown });
  return edited === gone ? null : edited;
}

const gone = Symbol('gone');
type Visit = (path: string, label: string, text: string) => string;

function change(
  shape: Shape,
  value: Json,
  path: readonly PropertyKey[],
  label: readonly string[],
  visit: Visit,
): Json | typeof gone {
  const here = required(shape);
  const at = pathText(path);
  const name = label.join(' ') || 'Text';
  if (here.is === 'text' && typeof value === 'string') {
    const next = visit(at, name, value);
    return next === '' && value !== '' && typeof path.at(-1) === 'number' ? gone : next;
  }
  if (here.is === 'list' && isList(value)) {
    const items = value.map((item, i) =>
      change(here.of, item, [...path, i], [...label, String(i + 1)], visit),
    );
    return items.filter((item) => item !== gone);
  }
  if (here.is !== 'object' || !isObject(value)) return value;
  const claim = isClaim(here);
  const entries = Object.entries(here.fields).map(([key, field]): [string, Json | typeof gone] => {
    const inside = claim && key === 'text' ? label : [...label, labelOf(key)];
    return [key, change(field, value[key] ?? null, [...path, key], inside, visit)];
  });
  const next = Object.fromEntries(
    entries.map(([key, part]): [string, Json] => [key, part === gone ? null : part]),
  );
  const emptied = claim && next.text === '' && value.text !== '';
  return emptied && typeof path.at(-1) === 'number' ? gone : next;
}
