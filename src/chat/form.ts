import { matches } from './press.ts';

/**
 * A form that every surface renders in its own way: a modal, a page. What is typed comes back as texts, one a field, with `ref`
 * as it was given. Texts are plain.
 */
export interface Form {
  readonly v: 1;
  readonly ref: FormRef;
  readonly title: string;
  /** Sentences above the fields: what it is for, what it costs. */
  readonly says: readonly string[];
  readonly fields: readonly FormField[];
  /** On its button. */
  readonly submit: string;
}

export interface FormField {
  /** Names it in what comes back. */
  readonly name: string;
  readonly label: string;
  /** Small beside it: an example, or how to write it. */
  readonly hint: string;
  readonly required: boolean;
  /** What stands in it when it opens. */
  readonly value: string;
  /** In characters. */
  readonly most: number;
  readonly input: FieldInput;
}

export type FieldInput =
  | { readonly type: 'text' | 'lines' | 'address' | 'number' | 'date' | 'money' }
  /**
   * Somebody, or a channel: what comes back names them as a command does. `known`: those of the workspace, for surfaces without
   * a list of their own.
   */
  | {
      readonly type: 'person' | 'channel';
      readonly known: readonly { readonly value: string; readonly label: string }[];
    }
  /** Comes back among the files. `endings`: of names, as a hint to whoever chooses. */
  | { readonly type: 'file'; readonly endings: readonly string[] }
  /** Not shown while it is typed, where the surface can; kept and sent back nowhere (rule K4). */
  | { readonly type: 'secret' }
  | {
      readonly type: 'choice';
      readonly choices: readonly { readonly value: string; readonly label: string }[];
    };

/** What a surface's list of choices holds. */
export interface ListMost {
  readonly choices: number;
  /** Characters of one. */
  readonly value: number;
}

export const canBeListed = (values: readonly string[], most: ListMost): boolean =>
  values.length <= most.choices && values.every((value) => value.length <= most.value);

/** Where a surface cannot list the choices, one of them is typed: the hint names them, and who types another is told. */
export function listedOrTyped(field: FormField, most: ListMost): FormField {
  if (field.input.type !== 'choice') return field;
  const values = field.input.choices.map(({ value }) => value);
  if (canBeListed(values, most)) return field;
  return {
    ...field,
    hint: [field.hint, `One of: ${values.join(', ')}`].filter((part) => part !== '').join('. '),
    most: Math.max(field.most, ...values.map((value) => value.length)),
    input: { type: 'text' },
  };
}

/** What a form is about. Like a press it leads to rows, which are read anew when it is sent. */
export type FormRef =
  /** What a crew asks for. `request` is the command that opened it; its flags hold. `mark` names the price on the button. */
  | { readonly form: 'crew'; readonly crew: string; readonly request: string; readonly mark: string }
  | { readonly form: 'edit' | 'changes'; readonly gate: string; readonly draft: number }
  | { readonly form: 'limit'; readonly run: string; readonly budget: string }
  /** The secret for a key; `request` is the command that says the rest. */
  | { readonly form: 'key'; readonly request: string };

const ofGate = { gate: 'string', draft: 'number' } as const;

const wanted = {
  crew: { crew: 'string', request: 'string', mark: 'string' },
  edit: ofGate,
  changes: ofGate,
  limit: { run: 'string', budget: 'string' },
  key: { request: 'string' },
} as const satisfies Readonly<Record<FormRef['form'], object>>;

/** A form's reference as it came back from a platform; null: it is none of ours. */
export function readFormRef(value: unknown): FormRef | null {
  return matches(value, 'form', wanted) ? (value as unknown as FormRef) : null;
}

/** What follows from sending a form (rule S1). */
export type FormOutcome =
  | { readonly form: 'closes' }
  /** It could not be applied: it stays open with the sentence; `fields` says more of single ones, by name. */
  | { readonly form: 'stays'; readonly says: string; readonly fields: Readonly<Record<string, string>> };
