import { CrewsmithError } from '../errors.ts';
import { webAddress } from './address.ts';
import type { Crew, InputField } from './crew.ts';
import { hasUnseen } from './inert.ts';
import { readTextFile } from './input-file.ts';
import { isObject, type Json } from './json.ts';

const longest = { text: 20_000, address: 2_000 };

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

/** What was given for one input: words, somebody or a channel that they were found to mean, or a file. */
export type Given = string | Named | { readonly name: string; readonly bytes: Uint8Array };

/** What people gave for one input, as the run keeps it. Throws `input.invalid` with what to write instead. */
export function normalizeInput(field: InputField, written: Given): Json {
  const refuse = (why: string): never => {
    throw new CrewsmithError('input.invalid', { field: field.name, why });
  };
  if (typeof written !== 'string') return notTyped(field, written, refuse);
  const text = written.replace(/\r\n?/g, '\n').trim();
  if (text === '')
    return refuse(
      field.example === null ? 'it is empty' : `it is empty; write something like ${field.example}`,
    );
  if (hasUnseen(text)) return refuse('it holds control characters');
  const isAddress = field.type === 'website' || field.type === 'url';
  const most = isAddress ? longest.address : longest.text;
  if (text.length > most) return refuse(`it has ${text.length} characters; ${most} are possible`);
  switch (field.type) {
    case 'text':
      return text;
    case 'website':
      return website(text, refuse);
    case 'url':
      return address(text, refuse);
    case 'number':
    case 'integer': {
      const number = /^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
      if (!Number.isFinite(number))
        return refuse(`"${short(text)}" is not a number; write it in digits, like 12.5`);
      if (field.type === 'integer' && !Number.isSafeInteger(number))
        return refuse(`"${short(text)}" is not a whole number`);
      return number;
    }
    case 'boolean': {
      const word = text.toLowerCase();
      if (word === 'yes' || word === 'true') return true;
      return word === 'no' || word === 'false' ? false : refuse(`"${short(text)}" is neither yes nor no`);
    }
    case 'date':
      return isDate(text) ? text : refuse(`"${short(text)}" is not a date; write it like 2026-11-24`);
    case 'choice': {
      const choice = field.choices.find((c) => c.toLowerCase() === text.toLowerCase());
      return choice ?? refuse(`"${short(text)}" is not one of ${field.choices.join(', ')}`);
    }
    case 'user':
      return refuse(`"${short(text)}" is nobody who is known here; mention them with @, or give their name`);
    case 'channel':
      return refuse(`"${short(text)}" is no channel that is known here; write it like #sales`);
    case 'file':
      return refuse('it is a file; share it with the message, or choose it in the form');
  }
}

function notTyped(field: InputField, given: Exclude<Given, string>, refuse: Refuse): Json {
  if (!('bytes' in given)) {
    if (field.type === 'user' || field.type === 'channel') return { id: given.id, name: given.name };
    return refuse(`it is ${typeName(field)}, not a name that was chosen`);
  }
  if (field.type !== 'file') return refuse(`it is ${typeName(field)}, not a file`);
  const read = readTextFile(given.name, given.bytes);
  return read.ok ? { ...read.file } : refuse(read.why);
}

const typeName = ({ type }: InputField) =>
  type === 'integer' || type === 'url' ? `an ${type}` : `a ${type}`;

/**
 * All inputs of a run; null for one that may be left out and was. Throws `input.missing`, `input.unknown`, `input.invalid`.
 */
export function normalizeInputs(crew: Crew, written: Readonly<Record<string, Given>>): Record<string, Json> {
  mustBeGiven(crew, written);
  return Object.fromEntries(
    crew.input.map((field) => {
      const given = givenIn(written, field.name);
      return [field.name, given === '' ? null : normalizeInput(field, given)];
    }),
  );
}

/** What was given for an input; '' for nothing. */
const givenIn = <G>(written: Readonly<Record<string, G>>, name: string): G | string => {
  const given = Object.hasOwn(written, name) ? (written[name] ?? '') : '';
  return typeof given === 'string' ? given.trim() : given;
};

/** Throws `input.missing`, `input.unknown`: told before anything is looked up for the rest. */
export function mustBeGiven(crew: Crew, written: Readonly<Record<string, unknown>>): void {
  const unknown = Object.keys(written).find((name) => !crew.input.some((field) => field.name === name));
  if (unknown !== undefined) {
    const known = crew.input.map((field) => field.name);
    throw new CrewsmithError('input.unknown', { crew: crew.name, name: unknown, known });
  }
  const missing = crew.input.filter((field) => field.required && givenIn(written, field.name) === '');
  if (missing.length > 0)
    throw new CrewsmithError('input.missing', { crew: crew.name, fields: missing.map(asked) });
}

const asked = (field: InputField) =>
  field.example === null ? field.label : `${field.label} (like ${field.example})`;

const short = (text: string) =>
  (text.length > 60 ? `${text.slice(0, 60).toWellFormed()}…` : text).replace(/\s+/g, ' ');

type Refuse = (why: string) => never;

function address(text: string, refuse: Refuse): string {
  const url = webAddress(text);
  if (url === null) return refuse(`"${short(text)}" is not an address; it begins with http:// or https://`);
  if (url.username !== '' || url.password !== '')
    return refuse('the address carries a user name or password; leave it out');
  url.hash = '';
  return url.href;
}

/** `acme.com`, `https://acme.com/x`, `127.0.0.1:8080`. A name alone is refused: guessing its site could research another company. */
function website(text: string, refuse: Refuse): string {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return address(text, refuse);
  if (/^[^\s/]+@[^\s/]+$/.test(text))
    return refuse(`"${short(text)}" is a mail address; write the website, like acme.com`);
  const url = /\s/.test(text) ? null : URL.parse(`https://${text}`);
  const isPlace =
    url !== null &&
    (url.hostname.includes('.') || url.hostname === 'localhost' || url.hostname.startsWith('['));
  if (!isPlace || /[^\p{L}\p{N}.:[\]-]/u.test(text.split(/[/?#]/, 1)[0] ?? '')) {
    return refuse(
      `"${short(text)}" is not the address of a website; write it like acme.com or https://acme.com/about`,
    );
  }
  // A machine named by number or `localhost` seldom has a certificate.
  const isMachine =
    /^(\d+\.){3}\d+$/.test(url.hostname) || url.hostname === 'localhost' || url.hostname.startsWith('[');
  return address(`${isMachine ? 'http' : 'https'}://${text}`, refuse);
}

function isDate(text: string): boolean {
  const [, year, month, day] = (/^(\d{4})-(\d\d)-(\d\d)$/.exec(text) ?? []).map(Number);
  if (year === undefined || month === undefined || day === undefined || month < 1 || month > 12) return false;
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}
