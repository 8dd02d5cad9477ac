/**
 * One error type with codes. Each code has one row: what a person reads (`says`) and what they can do (`next`).
 * Programs test `code`; people read the text. No text here may carry a key, a prompt or a page.
 */

type Row<D> = (detail: D) => { says: string; next: string };

const row = <D = Record<never, never>>(text: Row<D>): Row<D> => text;

const near = (nearest: readonly string[]) =>
  nearest.length > 0 ? `Did you mean ${nearest.map((n) => `"${n}"`).join(' or ')}?` : '';

export const errors = {
  'crew.unknown': row<{ name: string; nearest: string[]; known: string[] }>((d) => ({
    says: `There is no crew called "${d.name}".`,
    next: [near(d.nearest), `Crews here: ${d.known.join(', ')}.`].filter(Boolean).join(' '),
  })),
  'crew.invalid': row<{ problems: string[] }>((d) => ({
    says: `The crew file has ${d.problems.length === 1 ? 'a mistake' : `${d.problems.length} mistakes`}: ${d.problems.join('; ')}.`,
    next: 'Mend the file; "crews check FILE" says when it is right.',
  })),
  'input.missing': row<{ crew: string; fields: string[] }>((d) => ({
    says: `The crew "${d.crew}" needs ${d.fields.join(', ')}.`,
    next: `Write it after the crew's name.`,
  })),
  'input.invalid': row<{ field: string; why: string }>((d) => ({
    says: `The input "${d.field}" cannot be used: ${d.why}.`,
    next: 'Change it and ask again; nothing was started and nothing paid.',
  })),
  'template.failed': row<{ where: string; why: string }>((d) => ({
    says: `The text of ${d.where} could not be made: ${d.why}.`,
    next: 'This is a mistake in the crew file; "crews check" names the place.',
  })),
  'usage.word': row<{ word: string; nearest: string[]; allowed: string[] }>((d) => ({
    says: `"${d.word}" is not a command or a crew here.`,
    next: [near(d.nearest), d.allowed.length ? `Possible: ${d.allowed.join(', ')}.` : ''].filter(Boolean).join(' '),
  })),
  'usage.wrong': row<{ why: string; usage: string }>((d) => ({ says: d.why, next: `Usage: ${d.usage}` })),
  'internal.impossible': row<{ what: string }>((d) => ({
    says: `Something that cannot happen did: ${d.what}.`,
    next: 'Please report it with this sentence; the run was stopped so that nothing is paid twice.',
  })),
} as const;

export type ErrorCode = keyof typeof errors;
export type ErrorDetail<C extends ErrorCode> = Parameters<(typeof errors)[C]>[0];

/** Thrown for everything that a person must hear about. `message` is `says` and `next` in one line. */
export class CrewsmithError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CrewsmithError';
  readonly code: C;
  readonly detail: ErrorDetail<C>;
  readonly says: string;
  readonly next: string;

  constructor(code: C, detail: ErrorDetail<C>, options?: { cause?: unknown }) {
    const text = (errors[code] as Row<ErrorDetail<C>>)(detail);
    super(`${text.says} ${text.next}`.trim(), options);
    this.code = code;
    this.detail = detail;
    this.says = text.says;
    this.next = text.next;
  }
}

/** True for a CrewsmithError, of one code where `code` is given. */
export function isCrewsmithError<C extends ErrorCode>(error: unknown, code?: C): error is CrewsmithError<C> {
  return error instanceof CrewsmithError && (code === undefined || error.code === code);
}
