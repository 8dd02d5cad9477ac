import { crewOf } from './crew-text.ts';

const writer =
  'agents:\n  writer: { model: smart, instructions: Write., limits: { input: 4000, output: 500, time: 60s } }';

/** One call, and nothing else. */
export const lineCrew = crewOf(`
name: line
summary: One line.
input:
  topic: { type: text, label: Topic }
${writer}
steps:
  - write: { agent: writer, prompt: "About {{ input.topic }}" }
`);

/** Two calls, approved, then shared. */
export const noteCrew = crewOf(`
name: note
summary: A short note, approved, then shared.
input:
  topic: { type: text, label: Topic }
${writer}
steps:
  - draft: { agent: writer, prompt: "About {{ input.topic }}", output: { text: text } }
  - polish: { agent: writer, prompt: "Polish {{ steps.draft.text }}", output: { text: text } }
  - approve: { gate: { shows: polish.text, expires: 2d } }
  - publish: { deliver: channel, approved: approve }
`);
