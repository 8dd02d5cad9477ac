import type { Unsupported } from './citations.ts';
import { inertLine } from './inert.ts';

const shown = 20;
const cut = (text: string) => (text.length > 160 ? `${text.slice(0, 160).toWellFormed()}…` : text);
const lines = (all: readonly string[]) =>
  [...all.slice(0, shown), ...(all.length > shown ? [`and ${all.length - shown} more`] : [])].map(
    (line) => `- ${line}`,
  );

/** What a model is told once when its answer did not have the asked form. */
export const repairForm = (problems: readonly string[]): string =>
  [
    'Your answer cannot be used: it does not have the form that was asked for.',
    ...lines(problems),
    'Answer again, in full, in that form. Change nothing else.',
  ].join('\n');

/** What a model is told once when claims have no source that was read (rule R9). */
export function repairCitations(unsupported: readonly Unsupported[], numbers: ReadonlySet<number>): string {
  const said = unsupported.map(
    ({ path, text, why }) => `${path || 'the answer'} ${why}: "${cut(inertLine(text))}"`,
  );
  const may = [...numbers].sort((a, b) => a - b);
  return [
    'Your answer says things that no source supports.',
    ...lines(said),
    may.length > 0
      ? `The sources that were read are ${may.join(', ')}. Give each statement the number of the source that says it, and each page the exact address that was read.`
      : 'No source was read.',
    'Leave out what no source says. Answer again, in full, in the same form.',
  ].join('\n');
}
