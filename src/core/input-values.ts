import { isObject, type Json } from './json.ts';

/** Somebody, or a channel, as a run keeps it: by an id that holds on every surface, and as they were called then. */
export interface Named {
  /** Of a member or a channel of the workspace; of who or what has never been seen here, the surface's own: `slack:U2`. */
  readonly id: string;
  readonly name: string;
}

/** A file as a run keeps it. */
export interface InputFile {
  readonly name: string;
  readonly text: string;
}

/** An input as people read it in titles and lists: files, people and channels by their names. */
export const shownInput = (value: Json): string =>
  isObject(value) ? String(value.name ?? '') : value === null ? '' : String(value);

/** A stored value of the type `file`. */
export const asFile = (value: Json): InputFile => {
  const { name = '', text = '' } = isObject(value) ? value : {};
  return { name: String(name), text: String(text) };
};
