import { alike } from './alike.ts';
import type { Edit, EditableField } from './document-edit.ts';
import { inertLine } from './inert.ts';

/** A part of a draft as a form shows it: one text, or the items of a list, a line each. */
export interface Section {
  /** Names it in what comes back. */
  readonly name: string;
  readonly label: string;
  readonly text: string;
  /** The texts of the draft that it holds, in order. */
  readonly fields: readonly EditableField[];
}

/** The texts of a draft (`editableFields`) in sections: lists together, everything else alone. */
export function sectionsOf(fields: readonly EditableField[]): Section[] {
  const groups: EditableField[][] = [];
  for (const field of fields) {
    const group = groups.at(-1);
    const list = listOf(field);
    if (list !== null && group?.[0] !== undefined && listOf(group[0]) === list) group.push(field);
    else groups.push([field]);
  }
  return groups.map((group, i): Section => {
    const [first = { path: '', label: 'Text', text: '' }] = group;
    const isList = group.length > 1;
    return {
      name: `section-${i + 1}`,
      label: listOf(first) === null ? first.label : first.label.replace(/ \d+$/, ''),
      text: isList ? group.map((field) => inertLine(field.text)).join('\n') : first.text,
      fields: group,
    };
  });
}

/** The list that a text is an item of: `what[0].text` and `what[1].text` are of one. Null: it is none. */
const listOf = ({ path }: EditableField): string | null => {
  const [, list = null, ending = ''] = /^(.*)\[\d+\](\.text)?$/.exec(path) ?? [];
  return list === null ? null : `${list}[]${ending}`;
};

/**
 * What was changed in a section, as edits of its texts; their sources stay with them. A line that is gone takes its item away.
 * Null: there is a line more than items where it stands, and it would have no source.
 */
export function editsOf(section: Section, typed: string): Edit[] | null {
  const text = typed.replace(/\r\n?/g, '\n');
  const { fields } = section;
  const [only] = fields;
  if (fields.length === 1 && only !== undefined) {
    return text.trim() === only.text.trim() ? [] : [{ path: only.path, text: text.trim() }];
  }
  const olds = fields.map((field) => inertLine(field.text));
  const lines = text.split('\n').map(inertLine);
  const news = lines.filter((line) => line !== '');
  const edits: Edit[] = [];
  let [old, next] = [0, 0];
  for (const [stays, as] of [...alike(olds, news), [olds.length, news.length] as const]) {
    if (as - next > stays - old) return null;
    // Between lines that stayed, the others take the place of items from the top; the items left over are gone.
    for (; old < stays; old++)
      edits.push({ path: fields[old]?.path ?? '', text: next < as ? (news[next++] ?? '') : '' });
    [old, next] = [stays + 1, as + 1];
  }
  return edits;
}
