import type { FormOutcome, FormRef } from '../src/chat/form.ts';
import type { Submitted } from '../src/chat/port.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Crews } from '../src/services/crews.ts';
import { carryOut } from './carry-out.ts';
import { sendGateForm } from './gate-forms.ts';
import { resolve } from './index.ts';
import { sendLimit } from './limit-form.ts';
import { sendKey } from './sent-key.ts';
import { contextOf, mustUse, ownCommand, type Visitor } from './visitor.ts';
import { splitWords } from './words.ts';

type Sent = Pick<Submitted, 'values' | 'files'>;

/** Applies a form that was sent; the role is checked again. What cannot be applied leaves it open (rule S1). */
export async function send(
  visitor: Visitor,
  ref: FormRef,
  sent: Sent,
  crews: () => Promise<Crews>,
): Promise<FormOutcome> {
  const { values } = sent;
  switch (ref.form) {
    case 'crew':
      return await sendCrew(visitor, ref, sent, crews);
    case 'edit':
    case 'changes':
      return await sendGateForm(visitor, ref, values);
    case 'limit':
      return await sendLimit(visitor, ref, values);
    case 'key':
      return await sendKey(visitor, ref, values, crews);
  }
}

/** The command that opened the form, with its inputs in the place of those that were typed. */
async function sendCrew(
  visitor: Visitor,
  { crew, request, mark }: Extract<FormRef, { form: 'crew' }>,
  { values, files }: Sent,
  crews: () => Promise<Crews>,
): Promise<FormOutcome> {
  const { house, answer: to } = visitor;
  const command = await ownCommand(visitor, request);
  try {
    const opened = await resolve(splitWords(command.text), crews, 'chat');
    const flags = ['max', 'client'].flatMap((name) => {
      const value = opened.spec.name === crew ? opened.values.flag(name) : null;
      return value === null ? [] : [`--${name}=${value}`];
    });
    const inputs = Object.entries(values).flatMap(([name, value]) =>
      value.trim() === '' ? [] : [`--${name}=${value}`],
    );
    const resolved = await resolve(['run', crew, ...flags, ...inputs], crews, 'chat');
    await mustUse(visitor, resolved.spec);
    // The form said the price; '' agrees to none above what runs may cost without asking.
    const context = contextOf(
      visitor,
      { request, confirmed: mark },
      // What the form brings stands for what came with the message.
      { files: [...command.files, ...files] },
    );
    const reply = await carryOut({ can: 'write', house }, context, resolved);
    if (reply.run !== null) {
      for (const card of reply.cards) await to.private(card);
      return { form: 'closes' };
    }
    const [asked] = reply.cards;
    if (asked === undefined) return { form: 'closes' };
    const says = `${asked.title}. Type the command again with what it needs, and press its button.`;
    return { form: 'stays', says, fields: {} };
  } catch (error) {
    if (!(error instanceof CrewsmithError)) throw error;
    return refused(error);
  }
}

function refused(error: CrewsmithError): FormOutcome {
  // Sent twice: it has its run.
  if (error.code === 'request.repeated') return { form: 'closes' };
  const { detail, says, next } = error;
  const field = error.code === 'input.invalid' && 'field' in detail ? String(detail.field) : null;
  return { form: 'stays', says: `${says} ${next}`.trim(), fields: field === null ? {} : { [field]: says } };
}
