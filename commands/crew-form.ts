import type { FieldInput, Form, FormField } from '../src/chat/form.ts';
import type { Crew, InputField } from '../src/core/crew.ts';

const longest = { text: 20_000, address: 2_000, word: 200 } as const;

/** What a crew asks for, with what was typed already (rule S1). `dear`: sending it agrees to the price. */
export function crewForm(
  crew: Crew,
  typed: Readonly<Record<string, string>>,
  from: { readonly request: string; readonly mark: string },
  price: string,
  dear: boolean,
): Form {
  return {
    v: 1,
    ref: { form: 'crew', crew: crew.name, ...from },
    title: crew.name.replace(/^./, (letter) => letter.toUpperCase()),
    says: [crew.summary, price],
    fields: crew.input.map((field) => formField(field, typed[field.name] ?? '')),
    submit: dear ? 'Start at this price' : 'Start',
  };
}

function formField(field: InputField, value: string): FormField {
  const { name, label, required, example } = field;
  const input = inputOf(field);
  const most =
    input.type === 'address' ? longest.address : input.type === 'lines' ? longest.text : longest.word;
  return { name, label, required, value, most, input, hint: example === null ? '' : `Like ${example}` };
}

function inputOf(field: InputField): FieldInput {
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
    case 'boolean':
      return { type: 'choice', choices: ['yes', 'no'].map((value) => ({ value, label: value })) };
    case 'choice':
      return { type: 'choice', choices: field.choices.map((value) => ({ value, label: value })) };
  }
}
