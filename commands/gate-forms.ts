import type { Form, FormOutcome } from '../src/chat/form.ts';
import { longestEdit } from '../src/core/document-edit.ts';
import { editsOf, type Section, sectionsOf } from '../src/core/document-sections.ts';
import { formatUsd } from '../src/core/money.ts';
import { CrewsmithError } from '../src/errors.ts';
import { commentMost, type Decide } from '../src/services/gates.ts';
import { answer, text } from './cards.ts';
import type { Visitor } from './visitor.ts';

interface OfGate {
  readonly gate: string;
  readonly draft: number;
}

/** Rule G2: a field for each section of the draft that was pressed on. Throws what deciding would. */
export async function editForm({ visit, house }: Visitor, { gate, draft }: OfGate): Promise<Form> {
  const press = { workspace: visit.workspace, gate, draft, member: visit.member };
  await house.gates.look({ ...press, do: 'edit' });
  const newest = await house.drafts.newest(visit.workspace, gate);
  if (newest.draft !== draft) throw new CrewsmithError('gate.stale', { draft: newest.draft });
  const sections = sectionsOf(newest.fields);
  if (sections.length === 0) throw new CrewsmithError('edit.nothing', {});
  return {
    v: 1,
    ref: { form: 'edit', gate, draft },
    title: 'Edit the draft',
    says: [
      'Saving approves what you save, and nothing else. Sources stay where they are; an empty line goes.',
    ],
    fields: sections.map((section) => ({
      name: section.name,
      label: section.label,
      hint: section.fields.length > 1 ? 'A line each' : '',
      required: false,
      value: section.text,
      most: longestEdit,
      input: { type: 'lines' },
    })),
    submit: 'Save and approve',
  };
}

/** What should change, with what doing it again may cost (rule M3). Throws what deciding would. */
export async function changesForm({ visit, house }: Visitor, { gate, draft }: OfGate): Promise<Form> {
  const press = { workspace: visit.workspace, gate, draft, member: visit.member };
  const { steps, nano } = await house.gates.look({ ...press, do: 'changes' });
  const again = `${steps} ${steps === 1 ? 'step is' : 'steps are'} done again, at most ${formatUsd(nano)} more.`;
  return {
    v: 1,
    ref: { form: 'changes', gate, draft },
    title: 'Request changes',
    says: [again],
    fields: [
      {
        name: 'comment',
        label: 'What should change?',
        hint: 'Like: shorter, lead with the pricing',
        required: true,
        value: '',
        most: commentMost,
        input: { type: 'lines' },
      },
    ],
    submit: nano === 0n ? 'Request changes' : `Request changes, at most ${formatUsd(nano)}`,
  };
}

/** A form of a gate that was sent: its role and draft are looked at once more, in the commit that applies it. */
export async function sendGateForm(
  visitor: Visitor,
  ref: OfGate & { readonly form: 'edit' | 'changes' },
  values: Readonly<Record<string, string>>,
): Promise<FormOutcome> {
  const { visit, sender, house, answer: to } = visitor;
  const { gate, draft } = ref;
  const press = { workspace: visit.workspace, gate, draft, member: visit.member, surface: sender.surface };
  let typed: readonly (readonly [label: string, text: string])[] = [];
  try {
    let decision: Decide['decision'] = { do: 'changes', comment: values.comment ?? '' };
    typed = [['What should change?', values.comment ?? '']];
    if (ref.form === 'edit') {
      const sections = sectionsOf((await house.drafts.at(visit.workspace, gate, draft)).fields);
      typed = changed(sections, values).map((section) => [section.label, values[section.name] ?? '']);
      const edits = sections.map((section) => editsOf(section, values[section.name] ?? section.text));
      const wrong = sections.filter((_, i) => edits[i] === null);
      if (wrong.length > 0) return tooManyLines(wrong);
      const all = edits.flatMap((of) => of ?? []);
      decision = all.length === 0 ? { do: 'approve' } : { do: 'edit', edits: all };
    }
    await house.gates.decide({ ...press, decision });
    return { form: 'closes' };
  } catch (error) {
    if (!(error instanceof CrewsmithError)) throw error;
    if (error.code === 'gate.no-comment' || error.code === 'gate.long-comment')
      return { form: 'stays', says: error.says, fields: { comment: error.next } };
    if (isLost(error) && typed.length > 0) await to.private(sentBack(error, typed));
    return { form: 'stays', says: `${error.says} ${error.next}`.trim(), fields: {} };
  }
}

/** What will never be applied: the person gets their words back. A text with a key in it is repeated nowhere. */
const isLost = ({ code }: CrewsmithError) =>
  code === 'gate.closed' || code === 'gate.stale' || code === 'gate.forbidden' || code === 'gate.unknown';

function sentBack(error: CrewsmithError, typed: readonly (readonly [label: string, text: string])[]) {
  const body = typed.flatMap(([label, words]) => [{ type: 'heading' as const, text: label }, text(words)]);
  return answer('Your words could not be applied; here they are', [text(error.says), ...body], {
    tone: 'bad',
    foot: error.code,
  });
}

const changed = (sections: readonly Section[], values: Readonly<Record<string, string>>) =>
  sections.filter((section) => editsOf(section, values[section.name] ?? section.text)?.length !== 0);

function tooManyLines(sections: readonly Section[]): FormOutcome {
  const fields = sections.map(({ name, fields }): [string, string] => [
    name,
    `It has ${fields.length} lines with a source each. Change a line where it stands, or take it away; a new one would have no source.`,
  ]);
  return { form: 'stays', says: 'Nothing was saved yet.', fields: Object.fromEntries(fields) };
}
