import type { Crew, GateStep } from '../core/crew.ts';
import { type Document, documentText } from '../core/document.ts';
import { isObject, type Json } from '../core/json.ts';
import { nameInTitle, subjectOf } from '../core/run-title.ts';
import { required, type Shape } from '../core/shape.ts';
import { textDifference, wordsBetween } from '../core/text-difference.ts';
import { CrewsmithError } from '../errors.ts';
import { documentOf, type Gate } from '../store/gates.ts';
import type { Tx } from '../store/port.ts';
import type { Loaded } from './runs/load.ts';
import type { Working } from './runs/working.ts';

/** Rule K7: what the sandbox wrote is labelled wherever it goes. */
export const sandboxLabel = 'Written by the offline sandbox, by extraction: no model was asked.';

/** What an edit changed in its document. */
export async function wordsChanged(tx: Tx, before: Gate, after: Gate) {
  const text = async ({ workspace_id, id, draft }: Gate) => {
    const row = await documentOf(tx, workspace_id, id, draft);
    return row === undefined ? '' : documentText(JSON.parse(row.body) as Document);
  };
  const [old, now] = [await text(before), await text(after)];
  return { ...wordsBetween(old, now), difference: textDifference(old, now) };
}

/** `Research: acme.com`, of a draft. */
export const titleOf = (loaded: Loaded) => {
  const subject = subjectOf(loaded.crew, loaded.input);
  const crew = nameInTitle(loaded.crew.name);
  return subject === null ? crew : `${crew}: ${subject}`;
};

export function gateStep(crew: Crew, id: string): GateStep {
  const step = crew.steps.find((s) => s.id === id);
  if (step?.kind !== 'gate') throw new CrewsmithError('internal.impossible', { what: `${id} is not a gate` });
  return step;
}

/** The shape of what a gate shows; text where its step says none. */
export function shapeShown(crew: Crew, { shows }: GateStep): Shape {
  const maker = crew.steps.find((s) => s.id === shows.step);
  let shape = maker?.kind === 'prompt' ? maker.output : null;
  for (const name of shows.path) {
    const whole = shape === null ? null : required(shape);
    shape = whole?.is === 'object' ? (whole.fields[name] ?? null) : null;
  }
  return shape ?? { is: 'text' };
}

/** What a gate shows now. */
export function valueShown(work: Working, { shows }: GateStep): Json {
  const output = work.state.steps.find((s) => s.id === shows.step)?.output ?? null;
  return shows.path.reduce<Json>((value, name) => (isObject(value) ? (value[name] ?? null) : null), output);
}
