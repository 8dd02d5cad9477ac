import type { Crew } from '../../src/core/crew.ts';
import { readCrew } from '../../src/core/crew-file.ts';
import { problemText } from '../../src/core/crew-problems.ts';

/** A crew file without mistakes, for tests that put one in. */
export const goodCrew = `name: research
summary: A sourced brief.
input:
  company: { type: website, label: Company, example: acme.com }
  focus: { type: text, required: false }
types:
  Page: { url: url, title: text, facts: [text] }
  Claim: { text: text, sources: [integer] }
  Brief: { what: [Claim], open: [text] }
agents:
  analyst: { model: smart, tools: [web.fetch], instructions: file:research/analyst.md, limits: { turns: 4 } }
  editor: { model: fast, instructions: Check each claim., limits: { output: 3000 } }
steps:
  - gather: { agent: analyst, read: "{{ input.company }}", prompt: "Read {{ input.company }}.", output: { pages: [Page] } }
  - brief:
      agent: editor
      prompt: |
        Write a brief.
        {{ steps.gather.pages | sources }}
      output: Brief
  - review: { agent: editor, prompt: "Check {{ steps.brief }}", output: { score: number, brief: Brief } }
  - approve: { gate: { shows: review.brief } }
  - publish: { deliver: channel, approved: approve }
`;

const files: Readonly<Record<string, string>> = { 'research/analyst.md': 'Take notes.\n', 'empty.md': ' \n' };

export const readText = (text: string) =>
  readCrew({ file: 'c.yaml', text, readFile: (name) => files[name] ?? null });

/** What is said about a text; empty when it is a crew. */
export function told(text: string): string[] {
  const result = readText(text);
  return 'problems' in result ? result.problems.map(problemText) : [];
}

/** What is said about the good file with one piece of it replaced. */
export function toldWith(from: string, to: string): string[] {
  if (!goodCrew.includes(from)) throw new Error(`the good crew does not hold ${from}`);
  return told(goodCrew.replace(from, to));
}

/** A crew from YAML text; throws its problems. */
export function crewOf(text: string): Crew {
  const read = readText(text);
  if ('problems' in read) throw new Error(read.problems.map(problemText).join('\n'));
  return read.crew;
}
