import type { FieldInput, Form, FormField } from '../src/chat/form.ts';
import type { Crew, InputField } from '../src/core/crew.ts';
import { fileName, textEndings } from '../src/core/input-file.ts';
import type { FormChoices } from '../src/services/inputs.ts';

const longest = { text: 20_000, address: 2_000, word: 200 } as const;

/** What was given before the form: words, beside what can be chosen, and files by the input they are for. */
export interface GivenBefore {
  readonly placed: ReadonlyMap<string, { readonly name: string }>;
  readonly choices: FormChoices;
}

/** What a crew asks for, with what was given already (rule S1). `dear`: sending it agrees to the price. */
export function crewForm(
  crew: Crew,
  before: GivenBefore,
  from: { readonly request: string; readonly mark: string },
  price: string,
  dear: boolean,
): Form {
  return {
    v: 1,
    ref: { form: 'crew', crew: crew.name, ...from },
    title: crew.name.replace(/^./, (letter) => letter.toUpperCase()),
    says: [crew.summary, price],
    fields: crew.input.map((field) => formField(field, before)),
    submit: dear ? 'Start at this price' : 'Start',
  };
}

function formField(field: InputField, { placed, choices }: GivenBefore): FormField {
  const { name, label, required, example } = field;
  const input = inputOf(field, choices);
  const like = example === null ? '' : `Like ${example}`;
  if (input.type === 'file') {
    const shared = placed.get(name);
    const hint = shared === undefined ? like : `${fileName(shared.name)} was shared; another takes its place`;
    return { name, label, required: required && shared === undefined, value: '', most: 0, input, hint };
  }
  const value = choices.typed[name] ?? '';
  const most =
    input.type === 'address' ? longest.address : input.type === 'lines' ? longest.text : longest.word;
  const isUnknown =
    (input.type === 'person' || input.type === 'channel') &&
    value !== '' &&
    !/^<[@#]\w+>$/.test(value) &&
    !input.known.some((one) => one.value === value);
  // Nothing that was typed goes away unseen where a list cannot show it.
  const hint = isUnknown ? `"${value.slice(0, 60)}" is not known here; choose from the list` : like;
  return { name, label, required, value, most, input, hint };
}

function inputOf(field: InputField, choices: FormChoices): FieldInput {
  switch (field.type) {
    case 'website':
    case 'url':
      return { type: 'address' };
    case 'text':
      return { type: 'lines' };
    case 'number':
    case 'integer':
      return { type: 'number' };
    case 'date':
      return { type: 'date' };
    case 'user':
      return { type: 'person', known: choices.user };
    case 'channel':
      return { type: 'channel', known: choices.channel };
    case 'file':
      return { type: 'file', endings: textEndings };
    case 'boolean':
      return { type: 'choice', choices: ['yes', 'no'].map((value) => ({ value, label: value })) };
    case 'choice':
      return { type: 'choice', choices: field.choices.map((value) => ({ value, label: value })) };
  }
}
