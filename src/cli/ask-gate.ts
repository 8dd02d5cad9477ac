import { inertLine } from '../chat/terminal/inert.ts';
import type { TerminalIO } from '../chat/terminal/session.ts';
import type { Edit } from '../core/document-edit.ts';
import type { Draft } from '../services/drafts.ts';
import type { Decide } from '../services/gates.ts';

type Asking = Pick<TerminalIO, 'ask' | 'err'>;

const choices = '[a]pprove  [e]dit  [c]hanges  [r]eject  [l]ater';

/** Asks at a gate until there is an answer; null: later. Throws `NoAnswer` when the signal ends it. */
export async function askGate(
  io: Asking,
  draft: Draft,
  signal: AbortSignal,
): Promise<Decide['decision'] | null> {
  for (;;) {
    const word = (await io.ask(`${choices}: `, signal)).trim().toLowerCase();
    if (word === 'a' || word === 'approve') return { do: 'approve' };
    if (word === 'r' || word === 'reject') return { do: 'reject' };
    if (word === 'l' || word === 'later') return null;
    if (word === 'c' || word === 'changes') {
      const comment = (await io.ask('What should change? ', signal)).trim();
      if (comment !== '') return { do: 'changes', comment };
    } else if (word === 'e' || word === 'edit') {
      const edits = await askEdits(io, draft, signal);
      if (edits.length > 0) return { do: 'edit', edits };
    } else io.err('Type one of the letters.\n');
  }
}

/** Rule G2: saving approves. Empty when nothing was changed after all. */
async function askEdits(io: Asking, { fields }: Draft, signal: AbortSignal): Promise<readonly Edit[]> {
  const edited = new Map<string, Edit>();
  for (;;) {
    fields.forEach(({ path, label, text }, i) => {
      const changed = edited.get(path);
      const now = changed === undefined ? text : changed.text === '' ? '(goes)' : changed.text;
      io.err(`${String(i + 1).padStart(3)}  ${inertLine(label)}${changed ? ' *' : ''}: ${inertLine(now)}\n`);
    });
    const number = (await io.ask('Number of the text to change, Enter when done: ', signal)).trim();
    if (number === '') break;
    const field = fields[Number(number) - 1];
    if (field === undefined) {
      io.err(`A number from 1 to ${fields.length}.\n`);
      continue;
    }
    const text = (await io.ask('New text (Enter leaves it, - removes it): ', signal)).trim();
    if (text !== '') edited.set(field.path, { path: field.path, text: text === '-' ? '' : text });
  }
  if (edited.size === 0) return [];
  const sure = (await io.ask('Save and approve? [y/N] ', signal)).trim().toLowerCase();
  return sure === 'y' || sure === 'yes' ? [...edited.values()] : [];
}
