import type { FormOutcome, FormRef } from '../src/chat/form.ts';
import { Secret } from '../src/core/secret.ts';
import { CrewsmithError } from '../src/errors.ts';
import type { Crews } from '../src/services/crews.ts';
import { carryOut } from './carry-out.ts';
import { resolve } from './index.ts';
import { contextOf, mustUse, ownCommand, type Visitor } from './visitor.ts';
import { splitWords } from './words.ts';

/** The command that opened the form, with the secret that it wanted. */
export async function sendKey(
  visitor: Visitor,
  { request }: Extract<FormRef, { form: 'key' }>,
  values: Readonly<Record<string, string>>,
  crews: () => Promise<Crews>,
): Promise<FormOutcome> {
  const { house, answer: to } = visitor;
  const command = await ownCommand(visitor, request);
  try {
    const resolved = await resolve(splitWords(command.text), crews, 'chat');
    await mustUse(visitor, resolved.spec);
    const secret = () => Promise.resolve(new Secret(values.secret ?? ''));
    const context = contextOf(visitor, { request, confirmed: null }, { secret });
    const { cards } = await carryOut({ can: 'write', house }, context, resolved);
    for (const card of cards) await to.private(card);
    return { form: 'closes' };
  } catch (error) {
    if (!(error instanceof CrewsmithError)) throw error;
    return { form: 'stays', says: `${error.says} ${error.next}`.trim(), fields: { secret: error.says } };
  }
}
