import type { CardBlock, CardPart } from '../chat/card.ts';
import { documentBlocks } from '../chat/document-card.ts';
import type { Crew, GateStep } from '../core/crew.ts';
import { documentText, labelOf, renderDocument } from '../core/document.ts';
import type { Source } from '../core/fence.ts';
import { isObject, type Json } from '../core/json.ts';
import { required, type Shape } from '../core/shape.ts';

/** What a step gave, and how it reads. */
interface Given {
  readonly crew: Crew;
  readonly step: string;
  readonly output: Json;
  readonly sources: readonly Source[];
}

/** A text longer than this, in characters, would fill the thread. */
const longFrom = 1_200;
const summaryMost = 280;

/**
 * A step's own message in the thread. What a gate asks about now stands in the gate, so that nobody reads it twice; a long text
 * is a summary with all of it at hand.
 */
export function stepBlocks(given: Given, isAskedAbout: boolean): CardBlock[] {
  if (isAskedAbout)
    return [{ type: 'text', text: 'What it gave stands with the decision that is asked for.' }];
  const document = documentOf(given, shapeOf(given));
  const parts = documentBlocks(document);
  const text = documentText(document);
  if (text.length <= longFrom) return parts;
  const words = text.split(/\s+/).length.toLocaleString('en');
  return [{ type: 'long', summary: `${beginOf(parts)}\n\n${words} words in all.`, parts }];
}

/** What the step that a gate shows gave beside the document: a reviewer's score, what was removed. */
export function besideGate(gate: GateStep, given: Given): CardPart[] {
  const shape = shapeOf(given);
  const [shown] = gate.shows.path;
  if (shape.is !== 'object' || shown === undefined || !isObject(given.output)) return [];
  const { output } = given;
  const rest = Object.entries(shape.fields).filter(([name]) => name !== shown && !isEmpty(output[name]));
  if (rest.length === 0) return [];
  const single = rest.filter(([, field]) => isSingle(field));
  const fields = single.map(([name]) => ({ name: labelOf(name), value: singleText(output[name] ?? null) }));
  const others = { ...shape, fields: Object.fromEntries(rest.filter(([, field]) => !isSingle(field))) };
  return [
    { type: 'heading', text: `From ${given.step.replaceAll(/[-_]/g, ' ')}` },
    ...(fields.length === 0 ? [] : [{ type: 'fields', fields } as const]),
    ...(Object.keys(others.fields).length === 0 ? [] : documentBlocks(documentOf(given, others))),
  ];
}

function shapeOf({ crew, step }: Given): Shape {
  const definition = crew.steps.find((s) => s.id === step);
  return required((definition?.kind === 'prompt' ? definition.output : null) ?? { is: 'text' });
}

const documentOf = ({ step, output, sources }: Given, shape: Shape) =>
  renderDocument({ title: step, shape, value: output, sources, labels: [] });

const isEmpty = (value: Json | undefined) =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** A value that fits beside its name. */
const isSingle = (shape: Shape) => !['list', 'object', 'text'].includes(required(shape).is);

const singleText = (value: Json) => (typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value));

/** The first words of a text, with the heading that they stand under. */
function beginOf(parts: readonly CardPart[]): string {
  const lines = parts.flatMap((part) => {
    if (part.type === 'text' || part.type === 'heading') return [part.text];
    return part.type === 'bullets' ? part.items : [];
  });
  const begin = lines.slice(0, 3).join('\n');
  if (begin.length <= summaryMost) return lines.length > 3 ? `${begin} …` : begin;
  return `${begin.slice(0, summaryMost).replace(/\s+\S*$/, '')} …`;
}
