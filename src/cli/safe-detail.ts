import { stripVTControlCharacters } from 'node:util';
import { withoutKeys } from '../core/pasted-key.ts';
import type { Secret } from '../core/secret.ts';

/** What may be written of something that nobody has looked at: bounded, plain, without a secret. */
export type SafeDetail = (value: unknown) => unknown;

const hidden = '[secret]';
const unreadable = '[unreadable]';
/** Of one text; what a model or a library says may be megabytes. */
const textMost = 8_000;
/** So much of a text is searched for secrets: more than is kept, since what is hidden becomes shorter. */
const searchedMost = 64_000;
const partsMost = 100;
/** Objects are told so deep, and why an error came to be so many errors far. */
const deepMost = 5;

/** `secrets` are found as they are, and as JSON, addresses and headers carry them. */
export function createSafeDetail(secrets: readonly Secret[]): SafeDetail {
  const forms = [...new Set(secrets.flatMap((secret) => formsOf(secret.reveal())))];
  // The longer first: of one that begins with another the end would be left.
  forms.sort((a, b) => b.length - a.length);

  function text(value: string): string {
    // An escape sequence may stand before a secret or within one.
    const seen = stripVTControlCharacters(value.slice(0, searchedMost));
    const safe = withoutKeys(
      forms.reduce((left, form) => left.replaceAll(form, hidden), seen),
      hidden,
    );
    return safe.length > textMost || value.length > searchedMost ? `${safe.slice(0, textMost)} …` : safe;
  }

  /** A getter may throw, and so may anything of a proxy. */
  function read(get: () => unknown, deep: number): unknown {
    try {
      return plain(get(), deep);
    } catch {
      return unreadable;
    }
  }

  function plain(value: unknown, deep: number): unknown {
    if (typeof value === 'string') return text(value);
    if (typeof value === 'bigint') return value.toString();
    if (typeof value !== 'object' || value === null) return value;
    if (deep === 0) return '…';
    if (value instanceof Error) return told(value, deep - 1);
    if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === 'function') return plain(toJSON.call(value), deep - 1);
    if (Array.isArray(value)) return value.slice(0, partsMost).map((part) => read(() => part, deep - 1));
    const names = Object.keys(value).slice(0, partsMost);
    return Object.fromEntries(
      names.map((name) => [text(name), read(() => Reflect.get(value, name), deep - 1)]),
    );
  }

  /** Of an error these alone: what a library hangs on one may be a whole request, with its key. */
  function told(error: Error, deep: number): object {
    const of = (name: string) => read(() => Reflect.get(error, name), deep);
    const [code, cause, errors] = [of('code'), of('cause'), of('errors')];
    return {
      type: of('name'),
      message: of('message'),
      ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
      stack: of('stack'),
      ...(cause === undefined ? {} : { cause }),
      ...(error instanceof AggregateError ? { errors } : {}),
    };
  }

  return (value) => read(() => value, deepMost);
}

const quoted = (text: string) => JSON.stringify(text).slice(1, -1);

function formsOf(secret: string): string[] {
  return [
    secret,
    quoted(secret),
    quoted(quoted(secret)),
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
    ...[0, 1, 2].flatMap((before) => inBase64(secret, before)),
  ];
}

/** Shorter ones stand in any text by chance. */
const base64Least = 12;

/** What of a secret is the same in base64 whatever stands around it, after so many bytes (of three). */
function inBase64(secret: string, before: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(before), Buffer.from(secret)]);
  const whole = Math.floor((bytes.length * 8) / 6);
  return (['base64', 'base64url'] as const)
    .map((form) => bytes.toString(form).slice(Math.ceil((before * 8) / 6), whole))
    .filter((form) => form.length >= base64Least);
}
