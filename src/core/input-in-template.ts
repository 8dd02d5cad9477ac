import type { Crew } from './crew.ts';
import { fenceFile } from './fence.ts';
import { asFile, shownInput } from './input-values.ts';
import type { Json } from './json.ts';

/**
 * A file where a template names it. Alone it is its text in a fence; nothing can be made of it that would lose the fence
 * (rule S5), so that no filter goes with it.
 */
export class FileInTemplate {
  readonly name: string;
  readonly #text: string;

  constructor({ name, text }: { readonly name: string; readonly text: string }) {
    this.name = name;
    this.#text = text;
  }

  fenced(): string {
    return fenceFile({ name: this.name, text: this.#text });
  }

  // Filters ask for one of these.
  toString(): string {
    throw new Error('a file stands alone between {{ and }}, without a filter');
  }

  toJSON(): string {
    return this.toString();
  }
}

/** What templates see of inputs: people and channels by their names, files in their fences, the rest as it is. */
export function inputsInTemplate(
  crew: Crew,
  input: Readonly<Record<string, Json>>,
): Readonly<Record<string, unknown>> {
  const types = new Map(crew.input.map(({ name, type }) => [name, type]));
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => {
      const type = types.get(name);
      if (value !== null && type === 'file') return [name, new FileInTemplate(asFile(value))];
      return [name, type === 'user' || type === 'channel' ? shownInput(value) : value];
    }),
  );
}
