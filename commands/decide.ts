import type { Edit } from '../src/core/document-edit.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Decide } from '../src/services/gates.ts';
import { arg, flag, json } from './cards.ts';
import type { Writing } from './house.ts';
import type { CommandSpec, Values } from './port.ts';
import { usageOf } from './words.ts';

export const decide: CommandSpec = {
  name: 'decide',
  summary: 'Decides on the draft that a run shows: approve, reject, ask for changes, or edit and approve.',
  // The gate says who decides, by their account if it likes (rule G3).
  role: 'viewer',
  of: 'channel',
  surfaces: 'terminal',
  reply: 'thread',
  data: 'write',
  args: [
    arg('run', 'the id of a run'),
    arg('decision', 'what you decide', { choices: ['approve', 'reject', 'changes', 'edit'] }),
    arg('comment', 'what should change', { required: false, rest: true }),
  ],
  flags: [
    flag('set', 'PLACE=TEXT', 'For edit: the new text of a place; nothing after = removes it.', {
      many: true,
    }),
    json,
  ],
  async run({ house, member, surface }, values) {
    const run = values.given('run');
    const view = await house.runs.view(house.workspace, run);
    const { gate, draft } = view.waiting ?? {};
    if (gate === undefined || draft === undefined) {
      throw new CrewsmithError('gate.none', { run, status: view.status });
    }
    const decision = await decisionOf(house, gate, values);
    await house.gates.decide({ workspace: house.workspace, gate, draft, member, surface, decision });
    return { cards: [], form: null, data: { run }, exit: 0, run };
  },
};

async function decisionOf(house: Writing, gate: string, values: Values): Promise<Decide['decision']> {
  const wrong = (why: string): never => {
    throw new CrewsmithError('usage.wrong', { why, usage: usageOf(decide) });
  };
  const word = values.given('decision');
  const comment = values.arg('comment');
  const set = values.flags('set');
  if (set.length > 0 && word !== 'edit') wrong('--set goes with edit.');
  if (comment !== null && word !== 'changes') wrong('A comment goes with changes.');
  if (word === 'approve' || word === 'reject') return { do: word };
  if (word === 'changes') return { do: 'changes', comment: comment ?? wrong('Say what should change.') };
  if (set.length > 0)
    return { do: 'edit', edits: set.map((typed) => edit(typed) ?? wrong(`"${typed}" has no =.`)) };
  const { fields } = await house.drafts.newest(house.workspace, gate);
  return wrong(
    `Say what to change with --set. Places: ${fields.map((f) => `${f.path}=${short(f.text)}`).join(' · ')}`,
  );
}

function edit(typed: string): Edit | null {
  const at = typed.indexOf('=');
  return at < 1 ? null : { path: typed.slice(0, at).trim(), text: typed.slice(at + 1) };
}

const short = (text: string) => (text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text);
